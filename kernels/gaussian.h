/* Parameters and prepared state of `gaussian`, seen by its row and its kernels. */
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

#endif
