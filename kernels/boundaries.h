/* Parameters and scratch of `find_boundaries`, seen by its row and its kernels. */
#ifndef WSI_BOUNDARIES_H
#define WSI_BOUNDARIES_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"
#include "px/boundaries-px.h"

typedef struct wsi_boundaries_params {
    int64_t connectivity; /* 1: neighbours by sides; 2: by corners as well */
    int mode;             /* wsi_boundaries_mode */
    int64_t background;
} wsi_boundaries_params;

/* Bytes of a row with a pixel more on each side. */
static inline size_t wsi_boundaries_row(int64_t w, wsi_pixfmt fmt)
{
    return ((size_t)(w + 2) * wsi_pixfmt_size(fmt) + 63) / 64 * 64 + 64;
}

#endif
