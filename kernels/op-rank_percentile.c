/* rank_percentile: the value of a given rank about each pixel. */
#include "rank-private.h"

WSI_KERNEL_PICK(rank_percentile)

const wsi_op wsi_op_rank_percentile = {
    .name = "rank_percentile",
    .summary = "Value of a given rank in each pixel's neighbourhood.",
    .doc = "The smallest value v of the footprint's pixels inside the image with more than p0 times their number at or "
           "below v; for p0 = 1 the largest one. " WSI_RANK_DOC,
    .cost = 15,
    .source = "scikit-image 0.26 filters.rank.percentile",
    .example = "cast:dtype=uint8 | rank_percentile:footprint=disk,radius=3,p0=0.25",
    WSI_RANK_SUM_ROW(WSI_RANK_PARAM_COUNT + 1, wsi_rank_state),
    .complexity = "O(bits * size) vector operations a pixel; for 8-bit images of more than 255 pixels O(rows)",
    .exactness = WSI_EXACT,
    .resolve = wsi_rank_resolve,
    .prepare = wsi_rank_prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(rank_percentile),
};
