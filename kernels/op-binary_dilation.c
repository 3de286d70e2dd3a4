/* binary_dilation: dilation of truth values. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_dilation)

const wsi_op wsi_op_binary_dilation = {
    .name = "binary_dilation",
    .module = "morphology",
    .summary = "Binary dilation: true where the footprint sees a true pixel.",
    .doc = "result = maximum over the footprint. " WSI_BINARY_DOC "Halo: the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.binary_dilation",
    .edge = "mode, default ignore",
    .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",
    .example = "rgb2gray | threshold:value=0.5 | binary_dilation:footprint=disk,radius=3",
    .params = wsi_binary_param_table,
    .param_count = WSI_BINARY_PARAM_COUNT,
    .params_size = sizeof(wsi_morphology_params),
    .state_size = sizeof(wsi_morphology_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_binary_resolve,
    .check = wsi_morphology_check,
    .halo = wsi_morphology_halo1,
    .scratch = wsi_binary_scratch1,
    .prepare = wsi_binary_prepare_dilation,
    .kernel = kernel,
    .cuda = WSI_CUDA(binary_dilation),
    .cuda_scratch = wsi_binary_cuda_scratch1,
};
