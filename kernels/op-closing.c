/* closing: dilation, then erosion with the footprint turned round. */
#include "morphology-private.h"

WSI_KERNEL_PICK(closing)

const wsi_op wsi_op_closing = {
    .name = "closing",
    .module = "morphology",
    .summary = "Morphological closing: dilation, then erosion. Removes dark spots smaller than the footprint.",
    .doc = "The dilation is continued beyond the slide's edges by the mode itself before it is eroded, with the "
           "footprint turned round. " WSI_MORPHOLOGY_DOC "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.closing; rectangles by van Herk 1992, Gil and Werman 1993",
    .edge = "mode, default reflect, in each of the two stages",
    .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",
    .example = "rgb2gray | threshold:value=0.5 | closing:footprint=disk,radius=3",
    .params = wsi_morphology_param_table,
    .param_count = WSI_MORPHOLOGY_PARAM_COUNT,
    .params_size = sizeof(wsi_morphology_params),
    .state_size = sizeof(wsi_morphology_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_same,
    .check = wsi_morphology_check,
    .halo = wsi_morphology_halo2,
    .scratch = wsi_morphology_scratch2,
    .prepare = wsi_morphology_prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(closing),
    .cuda_scratch = wsi_morphology_cuda_scratch2,
};
