/* binary_opening: opening of truth values. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_opening)

const wsi_op wsi_op_binary_opening = {
    .name = "binary_opening",
    .module = "morphology",
    .summary = "Binary opening: erosion, then dilation. Removes spots smaller than the footprint.",
    .doc = "Erosion, then dilation with the footprint turned round. " WSI_BINARY_DOC
           "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.binary_opening",
    .edge = "mode, default ignore, in each of the two stages",
    .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",
    .example = "rgb2gray | threshold:value=0.5 | binary_opening:footprint=disk,radius=3",
    .params = wsi_binary_param_table,
    .param_count = WSI_BINARY_PARAM_COUNT,
    .params_size = sizeof(wsi_morphology_params),
    .state_size = sizeof(wsi_morphology_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_binary_resolve,
    .check = wsi_morphology_check,
    .halo = wsi_morphology_halo2,
    .scratch = wsi_binary_scratch2,
    .prepare = wsi_binary_prepare_erosion,
    .kernel = kernel,
    .cuda = WSI_CUDA(binary_opening),
    .cuda_scratch = wsi_binary_cuda_scratch2,
};
