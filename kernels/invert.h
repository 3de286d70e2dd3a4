/* Parameters of `invert`, seen by its row and its kernels. */
#ifndef WSI_INVERT_H
#define WSI_INVERT_H

typedef struct wsi_invert_params {
    int signed_float;
} wsi_invert_params;

#endif
