/* threshold_niblack: a threshold from the mean and standard deviation about each pixel. */
#include "local-private.h"

static wsi_status prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_local_params *p = (const wsi_local_params *)params;
    wsi_local_state *s = (wsi_local_state *)state;
    (void)in, (void)inputs, (void)err;
    wsi_local_window(&p->window_size, WSI_EDGE_MIRROR, s);
    s->formula = WSI_LOCAL_NIBLACK;
    s->k = p->k;
    return WSI_OK;
}

WSI_KERNEL_PICK(threshold_niblack)

const wsi_op wsi_op_threshold_niblack = {
    .name = "threshold_niblack",
    .summary = "Niblack's local threshold, as an image, channel by channel.",
    .doc = "threshold = m - k s. " WSI_LOCAL_DOC,
    .cost = 6.5,
    .source = "scikit-image 0.26 filters.threshold_niblack",
    .example = "rgb2gray | threshold_niblack:window_size=25,k=0.3",
    WSI_LOCAL_ROW(WSI_LOCAL_PARAM_COUNT - 1),
    .cuda = WSI_CUDA(threshold_niblack),
};
