/* erosion: minimum over a neighbourhood. */
#include "morphology-private.h"

WSI_KERNEL_PICK(erosion)

const wsi_op wsi_op_erosion = {
    .name = "erosion",
    .module = "morphology",
    .summary = "Morphological erosion: the minimum over the footprint.",
    .doc =
        "result = minimum over the footprint. " WSI_MORPHOLOGY_DOC "Halo: the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.erosion; rectangles by van Herk 1992, Gil and Werman 1993",
    .edge = "mode, default reflect",
    .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",
    .example = "rgb2gray | threshold:value=0.5 | erosion:footprint=disk,radius=3",
    .params = wsi_morphology_param_table,
    .param_count = WSI_MORPHOLOGY_PARAM_COUNT,
    .params_size = sizeof(wsi_morphology_params),
    .state_size = sizeof(wsi_morphology_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_same,
    .check = wsi_morphology_check,
    .halo = wsi_morphology_halo1,
    .scratch = wsi_morphology_scratch1,
    .prepare = wsi_morphology_prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(erosion),
    .cuda_scratch = wsi_morphology_cuda_scratch1,
};
