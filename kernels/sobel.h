/* Parameters, prepared state and scratch of `sobel`, seen by its row and its kernels. */
#ifndef WSI_SOBEL_H
#define WSI_SOBEL_H

#include <stddef.h>
#include <stdint.h>

#include "edge.h"

typedef enum wsi_sobel_axis { WSI_SOBEL_MAGNITUDE = 0, WSI_SOBEL_ROWS, WSI_SOBEL_COLUMNS } wsi_sobel_axis;

typedef struct wsi_sobel_params {
    int axis; /* wsi_sobel_axis */
    int mode; /* wsi_edge */
    double cval;
} wsi_sobel_params;

typedef struct wsi_sobel_state {
    float scale;   /* factor of img_as_float over 4 */
    float outside; /* cval before that factor */
} wsi_sobel_state;

/* Floats of one of the three window rows; a fourth row holds the result. */
static inline size_t wsi_sobel_stride(int64_t w, int channels)
{
    return ((size_t)(w + 2) * (size_t)channels + 15) / 16 * 16 + 16;
}

#endif
