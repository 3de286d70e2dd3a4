/* black_tophat: its closing less the image. */
#include "morphology-private.h"

WSI_KERNEL_PICK(black_tophat)

const wsi_op wsi_op_black_tophat = {
    .name = "black_tophat",
    .module = "morphology",
    .summary = "Black top-hat: the closing less the image. Dark spots smaller than the footprint.",
    .doc = "result = closing(image) - image, for bool the exclusive or. Integers wrap around where the "
           "closing is the smaller one, as it can be with an even footprint or with mode constant, min or "
           "max. " WSI_MORPHOLOGY_DOC "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.black_tophat",
    .edge = "mode, default reflect, in each of the two stages",
    .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",
    .example = "rgb2gray | black_tophat:footprint=disk,radius=5",
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
    .cuda = WSI_CUDA(black_tophat),
    .cuda_scratch = wsi_morphology_cuda_scratch2,
};
