/* Parameters and state of operations that turn cells of the image into one pixel each: downscale_local_mean, and the
 * quality maps blur_laplacian_variance, blur_tenengrad and tissue_fraction. */
#ifndef WSI_CELLS_H
#define WSI_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "common/param.h"

enum { WSI_CELL_MAX = 4096 }; /* pixels a side */

typedef struct wsi_downscale_params {
    wsi_floats factors; /* one, or y and x */
    double cval;
} wsi_downscale_params;

/* Of all quality maps; method and threshold are tissue_fraction's. */
typedef struct wsi_quality_params {
    int64_t block;
    int method; /* wsi_tissue_method */
    double threshold;
} wsi_quality_params;

typedef enum wsi_tissue_method { WSI_TISSUE_SATURATION = 0, WSI_TISSUE_ABSORBANCE, WSI_TISSUE_MASK } wsi_tissue_method;

typedef struct wsi_cells_state {
    int fy, fx;     /* pixels of a cell */
    double factor;  /* of the sum's mean */
    double padding; /* value of pixels that do not exist; they count when pad is set */
    int pad;
    int method;       /* wsi_tissue_method */
    double threshold; /* of tissue_fraction: saturation, or product of the channels' own values */
} wsi_cells_state;

/* Floats of scratch: a row of results. */
static inline size_t wsi_cells_row(int64_t w, int channels)
{
    return ((size_t)w * (size_t)channels + 15) / 16 * 16;
}

#endif
