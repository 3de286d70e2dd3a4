/* Parameters and prepared state of `mask`, seen by its row and its kernels. */
#ifndef WSI_MASK_H
#define WSI_MASK_H

#include "common/param.h"

typedef struct wsi_mask_params {
    wsi_operand mask;
    double fill;
} wsi_mask_params;

typedef struct wsi_mask_state {
    unsigned char fill[sizeof(double)]; /* one sample in the image's type */
} wsi_mask_state;

#endif
