/* Prepared state of `gabor`, seen by its row and its kernels. */
#ifndef WSI_GABOR_H
#define WSI_GABOR_H

#include "linear.h"
#include "stencil.h"

/* Of weights that are no product: pixels from the middle to a side. */
enum { WSI_GABOR_REACH = 64 };

typedef struct wsi_gabor_state {
    int separable;           /* which of the two is filled */
    wsi_linear_state linear; /* WSI_LINEAR_WAVE */
    wsi_stencil_state head;  /* its weights follow */
    float taps[2 * (2 * WSI_GABOR_REACH + 1) * (2 * WSI_GABOR_REACH + 1)];
} wsi_gabor_state;

#endif
