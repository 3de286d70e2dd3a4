/* rank_maximum: the largest value about each pixel. */
#include "rank-private.h"

WSI_KERNEL_PICK(dilation)

const wsi_op wsi_op_rank_maximum = {
    .name = "rank_maximum",
    .module = "filters",
    .summary = "Largest value of each pixel's neighbourhood.",
    .doc = "The largest value of the footprint's pixels inside the image: a dilation in mode ignore, with the "
           "footprint as it is. " WSI_RANK_DOC,
    .source = "scikit-image 0.26 filters.rank.maximum",
    .edge = WSI_RANK_EDGE,
    .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",
    .example = "cast:dtype=uint8 | rank_maximum:footprint=disk,radius=4",
    .params = wsi_rank_param_table,
    .param_count = WSI_RANK_PARAM_COUNT,
    .params_size = sizeof(wsi_rank_params),
    .state_size = sizeof(wsi_morphology_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_rank_resolve,
    .check = wsi_rank_check,
    .halo = wsi_rank_halo,
    .scratch = wsi_rank_extreme_scratch,
    .prepare = wsi_rank_extreme_prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(dilation),
    .cuda_scratch = wsi_rank_extreme_cuda_scratch,
};
