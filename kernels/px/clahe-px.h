/* Contrast-limited adaptive histogram equalisation of one pixel, in the order of operations of scikit-image's
 * equalize_adapthist, so that levels come out exactly the same: products in float64, their sum in float32, cut off. */
#ifndef WSI_CLAHE_PX_H
#define WSI_CLAHE_PX_H

#include "px.h"

/* Where a coordinate lies between the blocks' middles: of the blocks before and after it, and the share of the second.
 * Blocks are `edge` long, the first begins at 0. */
typedef struct wsi_px_clahe_place {
    int64_t before, after;
    double share;
} wsi_px_clahe_place;

static WSI_HD wsi_px_clahe_place wsi_px_clahe_place_of(int64_t at, int64_t edge, int64_t blocks)
{
    const int64_t from = at + edge / 2, cell = from / edge;
    wsi_px_clahe_place p;
    p.before = cell > 0 ? cell - 1 : 0;
    p.after = cell < blocks ? cell : blocks - 1;
    p.share = (double)(from - cell * edge) / (double)edge;
    return p;
}

/* The four maps' values at a pixel's bin: y before and after, and x before and after. */
static WSI_HD int wsi_px_clahe_blend(const uint16_t v[4], double x, double y)
{
    const double left = 1.0 - x, above = 1.0 - y;
    float sum = (float)((double)v[0] * (left * above));
    sum += (float)((double)v[1] * (x * above));
    sum += (float)((double)v[2] * (left * y));
    sum += (float)((double)v[3] * (x * y));
    return (int)sum;
}

/* A float as one of 65536 levels from 0 to 1, rounded in its own type. */
static WSI_HD uint16_t wsi_px_clahe_level_f32(float v)
{
    const float t = wsi_px_rint_f32(v * 65535.0f);
    return (uint16_t)(int)wsi_px_clip_f32(t, 0.0f, 65535.0f);
}

static WSI_HD uint16_t wsi_px_clahe_level_f64(double v)
{
    const double t = wsi_px_rint_f64(v * 65535.0);
    return (uint16_t)(int)wsi_px_clip_f64(t, 0.0, 65535.0);
}

/* A channel of a pixel whose largest one is `largest`, when that becomes `value`, hue and saturation staying. */
static WSI_HD float wsi_px_clahe_channel(double channel, double largest, double value)
{
    const double scaled = channel * (value / largest);
    return (float)(largest == 0.0 ? value : scaled);
}

#endif
