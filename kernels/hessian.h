/* Prepared state of hessian_matrix and hessian_matrix_det: each has two ways, of which the parameters pick one. */
#ifndef WSI_HESSIAN_H
#define WSI_HESSIAN_H

#include "differences.h"
#include "ridge.h"

typedef struct wsi_hessian_matrix_state {
    int gaussian; /* which of the two is prepared */
    wsi_differences_state differences;
    wsi_ridge_state derivatives;
} wsi_hessian_matrix_state;

typedef struct wsi_hessian_det_state {
    int approximate;
    wsi_box_state boxes;
    wsi_differences_state differences;
} wsi_hessian_det_state;

#endif
