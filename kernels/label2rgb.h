/* Parameters and prepared state of `label2rgb`, seen by its row and its kernels. */
#ifndef WSI_LABEL2RGB_H
#define WSI_LABEL2RGB_H

#include "common/param.h"
#include "px/label-px.h"

typedef struct wsi_label2rgb_params {
    wsi_operand image; /* index among the inputs, -1: none */
    wsi_floats colors, bg_color;
    double alpha, image_alpha, saturation;
    int64_t bg_label;
} wsi_label2rgb_params;

typedef struct wsi_label2rgb_state {
    wsi_px_labels px;
} wsi_label2rgb_state;

#endif
