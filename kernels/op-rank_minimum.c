/* rank_minimum: the smallest value about each pixel. */
#include "rank-private.h"

WSI_KERNEL_PICK(erosion)

const wsi_op wsi_op_rank_minimum = {
    .name = "rank_minimum",
    .summary = "Smallest value of each pixel's neighbourhood.",
    .doc = "The smallest value of the footprint's pixels inside the image: an erosion in mode ignore. " WSI_RANK_DOC,
    .source = "scikit-image 0.26 filters.rank.minimum",
    .example = "cast:dtype=uint8 | rank_minimum:footprint=disk,radius=4",
    WSI_RANK_EXTREME_ROW,
    .scratch = wsi_rank_extreme_scratch,
    .kernel = kernel,
    .cuda = WSI_CUDA(erosion),
    .cuda_scratch = wsi_rank_extreme_cuda_scratch,
};
