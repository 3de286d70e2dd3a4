/* What hessian_matrix_eigvals and structure_tensor_eigenvalues share: all but their names. */
#ifndef WSI_EIGENVALUES_H
#define WSI_EIGENVALUES_H

#include "op-private.h"

/* Three channels, the upper triangle of a symmetric matrix, to two. */
static inline wsi_status wsi_eigenvalues_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                                 wsi_error *err)
{
    (void)params, (void)inputs;
    WSI_FORWARD(wsi_need_channels(in, 3, err));
    *out = (wsi_pixfmt){WSI_F32, 2};
    return WSI_OK;
}

#endif
