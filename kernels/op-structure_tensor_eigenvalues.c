/* structure_tensor_eigenvalues: eigenvalues of the matrix that structure_tensor gives. */
#include "eigenvalues.h"

WSI_KERNEL_PICK(eigenvalues)

const wsi_op wsi_op_structure_tensor_eigenvalues = {
    .name = "structure_tensor_eigenvalues",
    .summary = "Eigenvalues of the symmetric 2x2 matrices that structure_tensor gives, the larger one first.",
    .source = "scikit-image 0.26 feature.structure_tensor_eigenvalues",
    .example = "rgb2gray | structure_tensor:sigma=2 | structure_tensor_eigenvalues",
    WSI_EIGENVALUES_ROW,
};
