/* scikit-image's rescale_intensity for one value, in float64 and in the reference's order of operations, so that
 * integers come out exactly the same. */
#ifndef WSI_RESCALE_PX_H
#define WSI_RESCALE_PX_H

#include "px.h"

/* in_span and out_span are high - low. */
typedef struct wsi_px_rescale {
    double in_low, in_high, in_span, out_low, out_high, out_span;
} wsi_px_rescale;

/* NaN stays NaN. */
static WSI_HD double wsi_px_bound(double v, double lo, double hi)
{
    const double a = v < lo ? lo : v;
    return a > hi ? hi : a;
}

/* The value's distance from the low end, to be divided by in_span; and the result at such a share of the way. */
static WSI_HD double wsi_px_rescale_offset(wsi_px_rescale r, double v)
{
    return wsi_px_bound(v, r.in_low, r.in_high) - r.in_low;
}

static WSI_HD double wsi_px_rescale_place(wsi_px_rescale r, double share)
{
    return share * r.out_span + r.out_low;
}

static WSI_HD double wsi_px_rescale_of(wsi_px_rescale r, double v)
{
    return wsi_px_rescale_place(r, wsi_px_rescale_offset(r, v) / r.in_span);
}

/* With an empty input range the reference clips to the output range instead. */
static WSI_HD double wsi_px_rescale_flat(wsi_px_rescale r, double v)
{
    return wsi_px_bound(wsi_px_bound(v, r.in_low, r.in_high), r.out_low, r.out_high);
}

#endif
