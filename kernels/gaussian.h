/* Parameters and prepared state of `gaussian`, seen by its row and its kernels, and the division of a row into
 * strips that both must agree on. */
#ifndef WSI_GAUSSIAN_H
#define WSI_GAUSSIAN_H

#include <stddef.h>
#include <stdint.h>

#include "common/param.h"
#include "edge.h"

enum { WSI_GAUSSIAN_RADIUS_MAX = 4096 };

typedef struct wsi_gaussian_params {
    wsi_floats sigma;
    double truncate, cval;
    int mode; /* wsi_edge */
    int preserve_range;
} wsi_gaussian_params;

/* Weights 0..R of each axis (symmetric). Those of y also carry the factor of img_as_float, so that rows need
 * only be converted, not scaled. */
typedef struct wsi_gaussian_state {
    int ry, rx;
    float outside; /* cval before that factor */
    float wy[WSI_GAUSSIAN_RADIUS_MAX + 1], wx[WSI_GAUSSIAN_RADIUS_MAX + 1];
} wsi_gaussian_state;

/* A tile is filtered in strips of columns, so that the window of 2*ry+1 converted rows stays in the L1 cache. All
 * lengths in floats; every row has slack for whole vector blocks. */
typedef struct wsi_gaussian_layout {
    int64_t strip;                      /* pixels */
    int64_t stride;                     /* of a window row */
    int64_t window, row, out, pointers; /* offsets into scratch */
    size_t bytes;
} wsi_gaussian_layout;

enum { WSI_GAUSSIAN_BLOCK = 64, WSI_GAUSSIAN_L1_FLOATS = 8192 };

static inline int64_t wsi_gaussian_round(int64_t floats)
{
    return (floats + WSI_GAUSSIAN_BLOCK - 1) / WSI_GAUSSIAN_BLOCK * WSI_GAUSSIAN_BLOCK;
}

static inline wsi_gaussian_layout wsi_gaussian_plan(int ry, int rx, int channels, int64_t w)
{
    const int64_t rows = 2 * (int64_t)ry + 1;
    int64_t strip = WSI_GAUSSIAN_L1_FLOATS / ((rows + 2) * channels) - 2 * rx;
    if (strip < 6 * (int64_t)rx) strip = 6 * (int64_t)rx; /* halo columns are filtered twice: keep them a quarter */
    if (strip < 64) strip = 64;
    if (strip >= w)
        strip = w;
    else
        strip = (w + (w + strip - 1) / strip - 1) / ((w + strip - 1) / strip); /* strips of equal width */
    wsi_gaussian_layout l;
    l.strip = strip;
    l.stride = wsi_gaussian_round((strip + 2 * (int64_t)rx) * channels) + 16;
    l.window = 0;
    l.row = rows * l.stride;
    l.out = l.row + l.stride + WSI_GAUSSIAN_BLOCK;
    l.pointers = l.out + wsi_gaussian_round(strip * channels) + WSI_GAUSSIAN_BLOCK;
    l.bytes = (size_t)l.pointers * sizeof(float) + (size_t)rows * sizeof(float *);
    return l;
}

#endif
