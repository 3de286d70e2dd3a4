/* Parameters of `channel`, seen by its row and its kernels. */
#ifndef WSI_CHANNEL_H
#define WSI_CHANNEL_H

#include <stdint.h>

typedef struct wsi_channel_params {
    int64_t index;
} wsi_channel_params;

#endif
