/* Parameters and prepared state of `stack` and `unstack`, seen by their rows and their kernels: every channel of the
 * result is a channel of one of the inputs. */
#ifndef WSI_GATHER_H
#define WSI_GATHER_H

#include "common/image.h"
#include "common/param.h"

typedef struct wsi_stack_params {
    wsi_operand second, third, fourth;
} wsi_stack_params;

typedef struct wsi_unstack_params {
    wsi_floats channels; /* whole numbers */
} wsi_unstack_params;

typedef struct wsi_gather_state {
    unsigned char input[WSI_CHANNELS_MAX], channel[WSI_CHANNELS_MAX]; /* of each channel of the result */
} wsi_gather_state;

#endif
