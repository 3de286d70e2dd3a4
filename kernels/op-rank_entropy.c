/* rank_entropy: Shannon's entropy of the values about each pixel. */
#include "rank-private.h"

#include <math.h>

static wsi_status resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    WSI_FORWARD(wsi_rank_resolve(params, in, inputs, out, err));
    out->type = WSI_F32;
    return WSI_OK;
}

static wsi_status prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_rank_entropy_state *s = (wsi_rank_entropy_state *)state;
    (void)in, (void)inputs, (void)err;
    wsi_rank_state_of((const wsi_rank_params *)params, &s->rank);
    for (int n = 1; n <= s->rank.footprint.size; n++) s->bits[n] = n * (int64_t)llrint(log2(n) / WSI_RANK_ENTROPY_UNIT);
    return WSI_OK;
}

WSI_KERNEL_PICK(rank_entropy)

const wsi_op wsi_op_rank_entropy = {
    .name = "rank_entropy",
    .summary = "Entropy of each pixel's neighbourhood, in bits.",
    .doc = "-sum p log2(p) over the values of the footprint's pixels inside the image, p a value's share of them; "
           "float32. Sums are of integers, in units of 2^-32 bits. " WSI_RANK_DOC,
    .cost = 35,
    .source = "scikit-image 0.26 filters.rank.entropy",
    .example = "cast:dtype=uint8 | rank_entropy:footprint=disk,radius=5",
    WSI_RANK_SUM_ROW(WSI_RANK_PARAM_COUNT, wsi_rank_entropy_state),
    .complexity = "O(rows of the footprint) a pixel",
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(rank_entropy),
};
