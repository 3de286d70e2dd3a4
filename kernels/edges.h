/* Parameters, prepared state and scratch of the edge operators on 3x3 pixels, seen by their rows and kernels. Kernels
 * look at the state alone: some rows have no parameters. */
#ifndef WSI_EDGES_H
#define WSI_EDGES_H

#include <stddef.h>
#include <stdint.h>

#include "edge.h"

typedef enum wsi_edges_kind {
    WSI_EDGES_MAGNITUDE = 0, /* of the derivatives along both axes */
    WSI_EDGES_ROWS,          /* derivative along rows, */
    WSI_EDGES_COLUMNS,       /* along columns */
    WSI_EDGES_ROBERTS,       /* magnitude of both diagonals, */
    WSI_EDGES_ROBERTS_POS,   /* i - e, */
    WSI_EDGES_ROBERTS_NEG,   /* h - f (px/edges-px.h) */
    WSI_EDGES_LAPLACE
} wsi_edges_kind;

typedef struct wsi_edges_params {
    int axis; /* wsi_edges_kind: one of the first three */
    int mode; /* wsi_edge */
    double cval;
} wsi_edges_params;

typedef struct wsi_edges_state {
    int kind, mode;
    float side, middle; /* weights of the smoothing */
    float scale;        /* factor of img_as_float over the sum of the weights */
    float outside;      /* cval before img_as_float */
} wsi_edges_state;

/* Floats of one of the three window rows; a fourth row holds the result. */
static inline size_t wsi_edges_stride(int64_t w, int channels)
{
    return ((size_t)(w + 2) * (size_t)channels + 15) / 16 * 16 + 16;
}

#endif
