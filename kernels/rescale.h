/* Prepared state of `rescale_intensity`, seen by its row and its kernels. */
#ifndef WSI_RESCALE_H
#define WSI_RESCALE_H

#include "px/rescale-px.h"

typedef struct wsi_rescale_state {
    wsi_px_rescale range;
} wsi_rescale_state;

#endif
