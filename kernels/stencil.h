/* Correlation with any two-dimensional weights, for kernels that are no product of one for rows and one for columns:
 * prepared state, seen by the rows and their kernels. The sum over taps has one order: down each column of the weights,
 * these sums added from left to right. */
#ifndef WSI_STENCIL_H
#define WSI_STENCIL_H

#include <stddef.h>
#include <stdint.h>

#include "edge.h"

/* Weight (i, j) of kernel k, of the sample at (x - left + j, y - top + i), is taps[(k * w + j) * h + i] of the
 * kernels * w * h floats that follow this head. */
typedef struct wsi_stencil_state {
    int w, h, left, top;
    int kernels;   /* 1 or 2: outputs o0, o1 */
    int finish;    /* wsi_linear_finish, with a and b */
    int mode;      /* wsi_edge */
    int symmetric; /* as for load_row */
    float a, b;    /* linear.h */
    float outside; /* CONSTANT's value */
} wsi_stencil_state;

static inline const float *wsi_stencil_taps(const wsi_stencil_state *s)
{
    return (const float *)(s + 1);
}

/* The CPU works in strips of columns, whose h rows, converted to float32, stay in the L2 cache. Lengths in floats. */
typedef struct wsi_stencil_layout {
    int64_t strip;      /* pixels */
    int64_t stride;     /* of a row of the window */
    int64_t out_stride; /* of a row of results */
    size_t bytes;
} wsi_stencil_layout;

/* w, h: of the weights; columns: of the result. */
wsi_stencil_layout wsi_stencil_plan(int w, int h, int kernels, int channels, int64_t columns);

#endif
