/* isotropic_opening: opening by all offsets within a distance. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_opening)

const wsi_op wsi_op_isotropic_opening = {
    .name = "isotropic_opening",
    .module = "morphology",
    .summary = "Binary opening by a disk: isotropic erosion, then isotropic dilation.",
    .doc = "Pixels farther than the radius from every false one, and what lies within the radius of "
           "those. " WSI_ISOTROPIC_DOC "Halo: twice radius / spacing rounded down.",
    .source = "scikit-image 0.26 morphology.isotropic_opening",
    .edge = "nothing outside decides",
    .complexity = "O(radius / spacing) a pixel",
    .example = "rgb2gray | threshold:value=0.5 | isotropic_opening:radius=4.5",
    .params = wsi_isotropic_param_table,
    .param_count = WSI_ISOTROPIC_PARAM_COUNT,
    .params_size = sizeof(wsi_isotropic_params),
    .state_size = sizeof(wsi_morphology_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_binary_resolve,
    .check = wsi_isotropic_check,
    .halo = wsi_isotropic_halo2,
    .scratch = wsi_isotropic_scratch2,
    .prepare = wsi_isotropic_prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(binary_opening),
    .cuda_scratch = wsi_isotropic_cuda_scratch2,
};
