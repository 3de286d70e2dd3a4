/* rank_maximum: the largest value about each pixel. */
#include "rank-private.h"

WSI_KERNEL_PICK(dilation)

const wsi_op wsi_op_rank_maximum = {
    .name = "rank_maximum",
    .summary = "Largest value of each pixel's neighbourhood.",
    .doc = "The largest value of the footprint's pixels inside the image: a dilation in mode ignore, with the "
           "footprint as it is. " WSI_RANK_DOC,
    .source = "scikit-image 0.26 filters.rank.maximum",
    .example = "cast:dtype=uint8 | rank_maximum:footprint=disk,radius=4",
    WSI_RANK_EXTREME_ROW,
    .scratch = wsi_rank_extreme_scratch,
    .kernel = kernel,
    .cuda = WSI_CUDA(dilation),
    .cuda_scratch = wsi_rank_extreme_cuda_scratch,
};
