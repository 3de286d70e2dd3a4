/* Parameters and prepared state of `mask` and `where`, seen by their rows and their kernels. */
#ifndef WSI_MASK_H
#define WSI_MASK_H

#include "common/param.h"

typedef struct wsi_mask_params {
    wsi_operand mask;
    double fill;
} wsi_mask_params;

typedef struct wsi_where_params {
    wsi_operand condition, other;
} wsi_where_params;

typedef struct wsi_mask_state {
    unsigned char fill[sizeof(double)]; /* one sample in the result's type, where a number fills */
} wsi_mask_state;

#endif
