/* hessian_matrix_eigvals: eigenvalues of the matrix that hessian_matrix gives. */
#include "eigenvalues.h"

WSI_KERNEL_PICK(eigenvalues)

const wsi_op wsi_op_hessian_matrix_eigvals = {
    .name = "hessian_matrix_eigvals",
    .module = "feature",
    .summary = "Eigenvalues of the symmetric 2x2 matrices that hessian_matrix gives, the larger one first.",
    .doc = "Of [a b; b c], given as channels a, b, c: (a + c) / 2 + r and (a + c) / 2 - r with "
           "r = sqrt(b^2 + ((a - c) / 2)^2), as two channels of float32. Values are taken as they are.",
    .source = "scikit-image 0.26 feature.hessian_matrix_eigvals",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | hessian_matrix:sigma=2 | hessian_matrix_eigvals",
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = wsi_eigenvalues_resolve,
    .kernel = kernel,
    .cuda = WSI_CUDA(eigenvalues),
};
