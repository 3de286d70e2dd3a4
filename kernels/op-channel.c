/* channel: one channel of an image. */
#include "op-private.h"
#include "channel.h"

static const wsi_param params[] = {
    {.name = "index",
     .unit = "",
     .help = "Channel to keep; 0 is the first.",
     .offset = offsetof(wsi_channel_params, index),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = 0,
     .max = WSI_CHANNELS_MAX - 1},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const int64_t index = ((const wsi_channel_params *)p)->index;
    (void)inputs;
    WSI_RETURN_IF(index >= in[0].channels, WSI_ERR_CHAIN,
                  "parameter index: %lld is not allowed: the image has channels 0 to %d", (long long)index,
                  in[0].channels - 1);
    *out = (wsi_pixfmt){in[0].type, 1};
    return WSI_OK;
}

WSI_KERNEL_PICK(channel)

const wsi_op wsi_op_channel = {
    .name = "channel",
    .module = "util",
    .summary = "Take one channel out of a multi-channel image.",
    .doc = "The same as image[..., index] in NumPy. Values and type are unchanged.",
    .source = "NumPy indexing",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "channel:index=1",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_channel_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .kernel = kernel,
    .cuda = WSI_CUDA(channel),
};
