/* Absorbance (optical density) of a transmitted intensity, and back, as cuCIM's image_to_absorbance and
 * absorbance_to_image. */
#ifndef WSI_ABSORBANCE_PX_H
#define WSI_ABSORBANCE_PX_H

#include "log-px.h"
#include "math-px.h"

/* -log(v / high), v clipped to low..high: not above high first, so that low wins where it is the larger. NaN stays
 * NaN. */
static WSI_HD float wsi_px_absorbance_of(float v, float low, float high)
{
    const float bounded = v > high ? high : v;
    const float a = -wsi_px_log((bounded < low ? low : bounded) / high);
    return v != v ? v : a;
}

/* In float64, so that an integer is rounded from the true value. */
static WSI_HD double wsi_px_intensity_of(double absorbance, double source)
{
    return wsi_px_exp2(absorbance * -1.4426950408889634) * source; /* log2 e */
}

/* Rounded half to even within a type's range; NaN becomes the lowest. */
static WSI_HD double wsi_px_whole_in(double v, double lowest, double highest)
{
    return wsi_px_rint_f64(wsi_px_clip_f64(v, lowest, highest));
}

#endif
