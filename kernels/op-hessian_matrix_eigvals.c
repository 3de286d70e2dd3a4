/* hessian_matrix_eigvals: eigenvalues of the matrix that hessian_matrix gives. */
#include "eigenvalues.h"

WSI_KERNEL_PICK(eigenvalues)

const wsi_op wsi_op_hessian_matrix_eigvals = {
    .name = "hessian_matrix_eigvals",
    .summary = "Eigenvalues of the symmetric 2x2 matrices that hessian_matrix gives, the larger one first.",
    .source = "scikit-image 0.26 feature.hessian_matrix_eigvals",
    .example = "rgb2gray | hessian_matrix:sigma=2 | hessian_matrix_eigvals",
    WSI_EIGENVALUES_ROW,
};
