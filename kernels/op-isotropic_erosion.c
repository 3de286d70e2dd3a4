/* isotropic_erosion: erosion by all offsets within a distance. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_erosion)

const wsi_op wsi_op_isotropic_erosion = {
    .name = "isotropic_erosion",
    .module = "morphology",
    .summary = "Binary erosion by a disk: true farther than the radius from every false pixel.",
    .doc = "result = distance to the nearest false pixel > radius. " WSI_ISOTROPIC_DOC
           "Halo: radius / spacing, rounded down.",
    .source = "scikit-image 0.26 morphology.isotropic_erosion",
    .edge = "nothing outside decides",
    .complexity = "O(radius / spacing) a pixel",
    .example = "rgb2gray | threshold:value=0.5 | isotropic_erosion:radius=4.5",
    .params = wsi_isotropic_param_table,
    .param_count = WSI_ISOTROPIC_PARAM_COUNT,
    .params_size = sizeof(wsi_isotropic_params),
    .state_size = sizeof(wsi_morphology_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_binary_resolve,
    .check = wsi_isotropic_check,
    .halo = wsi_isotropic_halo1,
    .scratch = wsi_isotropic_scratch1,
    .prepare = wsi_isotropic_prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(binary_erosion),
    .cuda_scratch = wsi_isotropic_cuda_scratch1,
};
