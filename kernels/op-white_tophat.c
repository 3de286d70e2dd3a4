/* white_tophat: the image less its opening. */
#include "morphology-private.h"

WSI_KERNEL_PICK(white_tophat)

const wsi_op wsi_op_white_tophat = {
    .name = "white_tophat",
    .module = "morphology",
    .summary = "White top-hat: the image less its opening. Bright spots smaller than the footprint.",
    .doc = "result = image - opening(image), for bool the exclusive or. Integers wrap around where the "
           "opening is the larger one, as it can be with an even footprint or with mode constant, min or "
           "max. " WSI_MORPHOLOGY_DOC "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.white_tophat",
    .edge = "mode, default reflect, in each of the two stages",
    .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",
    .example = "rgb2gray | white_tophat:footprint=disk,radius=5",
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
    .cuda = WSI_CUDA(white_tophat),
    .cuda_scratch = wsi_morphology_cuda_scratch2,
};
