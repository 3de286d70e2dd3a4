/* rank_mean: the mean about each pixel. */
#include "rank-private.h"

WSI_KERNEL_PICK(rank_mean)

const wsi_op wsi_op_rank_mean = {
    .name = "rank_mean",
    .summary = "Mean of each pixel's neighbourhood.",
    .doc = "The sum of the footprint's pixels inside the image over their number, rounded down. " WSI_RANK_DOC,
    .cost = 5,
    .source = "scikit-image 0.26 filters.rank.mean",
    .example = "cast:dtype=uint8 | rank_mean:footprint=disk,radius=4",
    WSI_RANK_SUM_ROW(WSI_RANK_PARAM_COUNT, wsi_rank_state),
    .complexity = "O(rows of the footprint) a pixel",
    .exactness = WSI_EXACT,
    .resolve = wsi_rank_resolve,
    .prepare = wsi_rank_prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(rank_mean),
};
