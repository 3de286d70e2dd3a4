/* isotropic_closing: closing by all offsets within a distance. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_closing)

const wsi_op wsi_op_isotropic_closing = {
    .name = "isotropic_closing",
    .module = "morphology",
    .summary = "Binary closing by a disk: isotropic dilation, then isotropic erosion.",
    .doc = "Pixels within the radius of a true one, less what lies within the radius of the others. " WSI_ISOTROPIC_DOC
           "Halo: twice radius / spacing rounded down.",
    .source = "scikit-image 0.26 morphology.isotropic_closing",
    .edge = "nothing outside decides",
    .complexity = "O(radius / spacing) a pixel",
    .example = "rgb2gray | threshold:value=0.5 | isotropic_closing:radius=4.5",
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
    .cuda = WSI_CUDA(binary_closing),
    .cuda_scratch = wsi_isotropic_cuda_scratch2,
};
