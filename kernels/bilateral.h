/* Parameters, prepared state and scratch of `denoise_bilateral`, seen by its row and its kernels. */
#ifndef WSI_BILATERAL_H
#define WSI_BILATERAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/param.h"
#include "edge.h"

enum { WSI_BILATERAL_RADIUS_MAX = 64, WSI_BILATERAL_BINS_MAX = 65536 };
enum { WSI_BILATERAL_SIDE_MAX = 2 * WSI_BILATERAL_RADIUS_MAX + 1 };

typedef struct wsi_bilateral_params {
    int64_t win_size; /* 0: from sigma_spatial */
    int64_t bins;
    double sigma_spatial, cval;
    wsi_floats sigma_color, max_value, min_value; /* empty: the image's own */
    int mode;                                     /* index of the row's names */
} wsi_bilateral_params;

/* All in float64, as the reference computes. */
typedef struct wsi_bilateral_state {
    int radius, bins;
    wsi_edge mode;
    double scale;       /* factor of img_as_float */
    double outside;     /* CONSTANT's value after that */
    double bins_a_unit; /* bins over the largest distance: which weight a distance has */
    double spatial[WSI_BILATERAL_SIDE_MAX * WSI_BILATERAL_SIDE_MAX]; /* row by row of the window */
    double color[WSI_BILATERAL_BINS_MAX];
} wsi_bilateral_state;

/* Pixels whose results are computed together. */
enum { WSI_BILATERAL_BLOCK = 64 };

/* Pixels of a channel's row with the window's reach, padded to whole blocks. */
static inline size_t wsi_bilateral_stride(int64_t w, int radius)
{
    return ((size_t)(w + 2 * radius) + 2 * WSI_BILATERAL_BLOCK - 1) / WSI_BILATERAL_BLOCK * WSI_BILATERAL_BLOCK;
}

/* A ring of rows, each channel by itself, and a block's sums and distances. */
static inline size_t wsi_bilateral_scratch(int64_t w, int radius, int channels)
{
    const size_t rows = 2 * (size_t)radius + 1;
    return (rows * wsi_bilateral_stride(w, radius) * (size_t)channels + (size_t)(channels + 2) * WSI_BILATERAL_BLOCK) *
               sizeof(double) +
           (size_t)w * (size_t)channels * sizeof(float);
}

#endif
