/* rank_gradient: the range of values about each pixel. */
#include "rank-private.h"

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    return wsi_rank_plane(w, h, in[0]) + wsi_rank_extreme_scratch(p, in, inputs, w, h);
}

static size_t cuda_scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    return wsi_rank_plane(w, h, in[0]) + wsi_rank_extreme_cuda_scratch(p, in, inputs, w, h);
}

WSI_KERNEL_PICK(rank_gradient)

const wsi_op wsi_op_rank_gradient = {
    .name = "rank_gradient",
    .summary = "Largest less smallest value of each pixel's neighbourhood.",
    .doc = "The largest less the smallest value of the footprint's pixels inside the image. " WSI_RANK_DOC,
    .source = "scikit-image 0.26 filters.rank.gradient",
    .example = "cast:dtype=uint8 | rank_gradient:footprint=disk,radius=2",
    WSI_RANK_EXTREME_ROW,
    .scratch = scratch,
    .kernel = kernel,
    .cuda = WSI_CUDA(rank_gradient),
    .cuda_scratch = cuda_scratch,
};
