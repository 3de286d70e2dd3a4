/* rank_minimum: the smallest value about each pixel. */
#include "rank-private.h"

WSI_KERNEL_PICK(erosion)

const wsi_op wsi_op_rank_minimum = {
    .name = "rank_minimum",
    .module = "filters",
    .summary = "Smallest value of each pixel's neighbourhood.",
    .doc = "The smallest value of the footprint's pixels inside the image: an erosion in mode ignore. " WSI_RANK_DOC,
    .source = "scikit-image 0.26 filters.rank.minimum",
    .edge = WSI_RANK_EDGE,
    .complexity = "O(rows of the footprint) a pixel; rectangles O(log width)",
    .example = "cast:dtype=uint8 | rank_minimum:footprint=disk,radius=4",
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
    .cuda = WSI_CUDA(erosion),
    .cuda_scratch = wsi_rank_extreme_cuda_scratch,
};
