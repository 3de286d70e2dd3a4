/* Integer scales between the frames of images: how many pixels of a step's result stand for how many of its input.
 *
 * A result of scale up/down has ceil(n * up / down) pixels where its input has n. Its pixel x is made from the input
 * pixels from floor(x * down / up) on. */
#ifndef WSI_SCALE_H
#define WSI_SCALE_H

#include "image.h"

enum { WSI_SCALE_MAX = 1 << 16 }; /* largest `up` and `down` of a chain */

/* 1 in all four: the same frame. */
typedef struct wsi_scale {
    int64_t up_x, up_y, down_x, down_y;
} wsi_scale;

#define WSI_SCALE_ONE ((wsi_scale){1, 1, 1, 1})

static inline wsi_scale wsi_scale_down(int64_t x, int64_t y)
{
    return (wsi_scale){1, 1, x, y};
}

int wsi_scale_equal(wsi_scale a, wsi_scale b);
/* Both, one after the other, in lowest terms. */
wsi_scale wsi_scale_product(wsi_scale a, wsi_scale b);
/* The whole image r in the result's frame; r.x and r.y are 0. */
wsi_rect wsi_scale_frame(wsi_scale s, wsi_rect r);
/* The input pixels that the pixels of `out` are made from, before any halo. They may reach beyond the input, where its
 * size is no multiple of `down`. */
wsi_rect wsi_scale_back(wsi_scale s, wsi_rect out);
/* The part of the result (`frame`: all of it) that belongs to `core` of the input (`level`: all of that). Cores that
 * partition the level have parts that partition the frame; they may be empty. */
wsi_rect wsi_scale_share(wsi_scale s, wsi_rect core, wsi_rect level, wsi_rect frame);

int64_t wsi_ceil_div(int64_t a, int64_t b); /* of a >= 0 and b > 0 */
int64_t wsi_common_multiple(int64_t a, int64_t b);

#endif
