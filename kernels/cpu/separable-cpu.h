/* Separable correlation of an image (kernels/separable.h), handed over a stretch of rows at a time. */
#ifndef WSI_SEPARABLE_CPU_H
#define WSI_SEPARABLE_CPU_H

#include "isa.h"

#include "kernels/separable.h"

/* Takes results: out[m] has n float32 samples of output m, which are samples i .. i+n-1 of row y of the result. May
 * change them. Every sample comes once; rows of a strip of columns come from top to bottom. */
typedef void (*wsi_separable_fn)(void *to, int64_t i, int64_t y, float *const *out, int64_t n);

/* Computes the filter for w x h pixels; result (x, y) is centred on (x + ox, y + oy) of src, whose channels are
 * filtered one by one. By the clamped-crop rule what lies outside src lies outside the slide: src may be a step's
 * input, or, for a later stage, a plane that reaches as far as this stage asks within the slide.
 * symmetric: as for load_row. scratch: wsi_separable_plan's bytes, 64-byte aligned. */
void WSI_CPU(separable)(const wsi_separable *filter, const wsi_image *src, int symmetric, int64_t ox, int64_t oy,
                        int64_t w, int64_t h, void *scratch, wsi_separable_fn take, void *to);

/* Images that get the outputs, each in its own type. */
typedef struct wsi_separable_images {
    int count;
    wsi_image image[WSI_SEPARABLE_OUTS_MAX];
} wsi_separable_images;

/* Stores them; `to` is a wsi_separable_images. */
void WSI_CPU(separable_store)(void *to, int64_t i, int64_t y, float *const *out, int64_t n);

#endif
