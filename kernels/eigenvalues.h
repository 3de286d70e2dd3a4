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

/* The part of both rows that is the same. */
#define WSI_EIGENVALUES_ROW                                                                                            \
    .module = "feature",                                                                                               \
    .doc = "Of [a b; b c], given as channels a, b, c: (a + c) / 2 + r and (a + c) / 2 - r with "                       \
           "r = sqrt(b^2 + ((a - c) / 2)^2), as two channels of float32. Values are taken as they are.",               \
    .edge = "none", .complexity = "O(1) a pixel", .exactness = WSI_TOLERANCE, .tolerance = 1e-6, .backends_exact = 1,  \
    .stores_any = 1, .resolve = wsi_eigenvalues_resolve, .kernel = kernel, .cuda = WSI_CUDA(eigenvalues)

#endif
