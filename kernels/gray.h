/* Prepared state of `rgb2gray`, seen by its row and its kernels. */
#ifndef WSI_GRAY_H
#define WSI_GRAY_H

#include "px/gray-px.h"

typedef struct wsi_gray_state {
    wsi_px_gray weights;
} wsi_gray_state;

#endif
