/* opening: erosion, then dilation with the footprint turned round. */
#include "morphology-private.h"

WSI_KERNEL_PICK(opening)

const wsi_op wsi_op_opening = {
    .name = "opening",
    .module = "morphology",
    .summary = "Morphological opening: erosion, then dilation. Removes bright spots smaller than the footprint.",
    .doc = "The erosion is continued beyond the slide's edges by the mode itself before it is dilated, with the "
           "footprint turned round. " WSI_MORPHOLOGY_DOC "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.opening; rectangles by van Herk 1992, Gil and Werman 1993",
    .edge = "mode, default reflect, in each of the two stages",
    .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",
    .example = "rgb2gray | threshold:value=0.5 | opening:footprint=disk,radius=3",
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
    .cuda = WSI_CUDA(opening),
    .cuda_scratch = wsi_morphology_cuda_scratch2,
};
