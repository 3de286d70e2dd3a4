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

/* A tile is filtered in strips of columns, GROUP output rows at a time: the window of 2*ry + GROUP converted rows of
 * a strip stays in the L2 cache, and a vector's width of it, used for all rows of the group, in L1. Lengths and
 * offsets in floats; rows are padded to whole vectors. */
typedef struct wsi_gaussian_layout {
    int64_t strip;                       /* pixels */
    int64_t stride;                      /* of a row of the window and of vertical sums */
    int64_t window, sums, out, pointers; /* offsets into scratch */
    size_t bytes;
} wsi_gaussian_layout;

/* Floats of the widest vector, and of the cache share of a window. */
enum { WSI_GAUSSIAN_GROUP = 8, WSI_GAUSSIAN_VECTOR = 16, WSI_GAUSSIAN_L2_FLOATS = 96 * 1024 };

static inline int64_t wsi_gaussian_round(int64_t floats)
{
    return (floats + WSI_GAUSSIAN_VECTOR - 1) / WSI_GAUSSIAN_VECTOR * WSI_GAUSSIAN_VECTOR;
}

static inline wsi_gaussian_layout wsi_gaussian_plan(int ry, int rx, int channels, int64_t w)
{
    const int64_t rows = 2 * (int64_t)ry + WSI_GAUSSIAN_GROUP;
    int64_t strip = WSI_GAUSSIAN_L2_FLOATS / (rows * channels) - 2 * rx;
    if (strip < 6 * (int64_t)rx) strip = 6 * (int64_t)rx; /* halo columns are filtered twice: keep them a quarter */
    if (strip < 64) strip = 64;
    if (strip >= w)
        strip = w;
    else
        strip = (w + (w + strip - 1) / strip - 1) / ((w + strip - 1) / strip); /* strips of equal width */
    wsi_gaussian_layout l;
    l.strip = strip;
    l.stride = wsi_gaussian_round((strip + 2 * (int64_t)rx) * channels) + 2 * WSI_GAUSSIAN_VECTOR;
    l.stride +=
        l.stride / WSI_GAUSSIAN_VECTOR % 2 ? 0 : WSI_GAUSSIAN_VECTOR; /* an odd number of lines: all cache sets */
    l.window = 0;
    l.sums = rows * l.stride;
    l.out = l.sums + WSI_GAUSSIAN_GROUP * l.stride;
    l.pointers = l.out + wsi_gaussian_round(strip * channels);
    l.bytes = (size_t)l.pointers * sizeof(float) + (size_t)rows * sizeof(float *);
    return l;
}

#endif
