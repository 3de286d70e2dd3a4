/* Where a result pixel lies in the input, and the taps that blur and interpolate in one. */
#ifndef WSI_RESAMPLE_PX_H
#define WSI_RESAMPLE_PX_H

#include "kernels/edge.h"
#include "kernels/resample.h"
#include "px.h"

/* The first input pixel of a result pixel's sum, and how far its place lies towards the next pixel. */
typedef struct wsi_px_place {
    int64_t first;
    float toward;
} wsi_px_place;

static WSI_HD int64_t wsi_px_floor(double v)
{
    const int64_t whole = (int64_t)v;
    return v < (double)whole ? whole - 1 : whole;
}

static WSI_HD wsi_px_place wsi_px_resample_place(int64_t i, const wsi_resample_axis *axis, int order)
{
    const double at = ((double)i + 0.5) * axis->zoom - 0.5;
    const int64_t pixel = wsi_px_floor(order ? at : at + 0.5);
    wsi_px_place p;
    p.first = pixel - axis->radius;
    p.toward = order ? (float)(at - (double)pixel) : 0.0f;
    return p;
}

static WSI_HD int wsi_px_resample_taps(const wsi_resample_axis *axis, int order)
{
    return 2 * axis->radius + 1 + order;
}

/* Tap k of them: the blur around the place's own pixel and, shifted by one, around the next. */
static WSI_HD float wsi_px_resample_tap(const wsi_resample_axis *axis, int k, float toward, int order)
{
    const float *w = axis->blur.w + WSI_TAPS_REACH - axis->radius;
    const int n = 2 * axis->radius + 1;
    if (!order) return w[k];
    return (1.0f - toward) * (k < n ? w[k] : 0.0f) + toward * (k > 0 ? w[k - 1] : 0.0f);
}

/* Columns of a crop that some columns of the result read. */
typedef struct wsi_px_columns {
    int64_t first, end; /* of all taps; they may lie beyond the crop */
    int64_t lo, hi;     /* within the crop, and what those beyond are mapped to */
    int64_t base;       /* the lesser of first and lo */
} wsi_px_columns;

/* Of w columns of the result from at_x on; crop_x: the crop's first column in the whole input; crop_w: its columns. */
static inline wsi_px_columns wsi_px_resample_columns(const wsi_resample_state *s, int64_t at_x, int64_t w,
                                                     int64_t crop_x, int64_t crop_w)
{
    wsi_px_columns c;
    c.first = wsi_px_resample_place(at_x, &s->x, s->order).first - crop_x;
    c.end = wsi_px_resample_place(at_x + w - 1, &s->x, s->order).first - crop_x + wsi_px_resample_taps(&s->x, s->order);
    c.lo = c.first < 0 ? 0 : c.first;
    c.hi = c.end > crop_w ? crop_w : c.end;
    for (int64_t x = c.first; x < c.end; x++) {
        if (x >= 0 && x < crop_w) x = crop_w;
        if (x >= c.end) break;
        const int64_t from = wsi_edge_map((wsi_edge)s->mode, x, crop_w);
        if (from >= 0 && from < c.lo) c.lo = from;
        if (from >= c.hi) c.hi = from + 1;
    }
    c.base = c.first < c.lo ? c.first : c.lo;
    return c;
}

#endif
