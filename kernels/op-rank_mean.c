/* rank_mean: the mean about each pixel. */
#include "rank-private.h"

WSI_KERNEL_PICK(rank_mean)

const wsi_op wsi_op_rank_mean = {
    .name = "rank_mean",
    .module = "filters",
    .summary = "Mean of each pixel's neighbourhood.",
    .doc = "The sum of the footprint's pixels inside the image over their number, rounded down. " WSI_RANK_DOC,
    .source = "scikit-image 0.26 filters.rank.mean",
    .edge = WSI_RANK_EDGE,
    .complexity = "O(rows of the footprint) a pixel",
    .example = "cast:dtype=uint8 | rank_mean:footprint=disk,radius=4",
    .params = wsi_rank_param_table,
    .param_count = WSI_RANK_PARAM_COUNT,
    .params_size = sizeof(wsi_rank_params),
    .state_size = sizeof(wsi_rank_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_rank_resolve,
    .check = wsi_rank_check,
    .halo = wsi_rank_halo,
    .scratch = wsi_rank_row_scratch,
    .prepare = wsi_rank_prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(rank_mean),
};
