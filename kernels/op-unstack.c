/* unstack: several channels of an image, in any order. */
#include "gather.h"
#include "op-private.h"

static const wsi_param params[] = {
    {.name = "channels",
     .unit = "",
     .help = "Channels of the result in their order; 0 is the first one of the image.",
     .offset = offsetof(wsi_unstack_params, channels),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = WSI_CHANNELS_MAX - 1,
     .min_count = 1,
     .max_count = 16,
     .flags = WSI_PARAM_REQUIRED | WSI_PARAM_WHOLE},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const wsi_floats *list = &((const wsi_unstack_params *)p)->channels;
    (void)inputs;
    for (int i = 0; i < list->n; i++)
        WSI_RETURN_IF(list->v[i] >= in[0].channels, WSI_ERR_CHAIN,
                      "parameter channels: %.0f is not allowed: the image has channels 0 to %d", list->v[i],
                      in[0].channels - 1);
    *out = (wsi_pixfmt){in[0].type, list->n};
    return WSI_OK;
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_floats *list = &((const wsi_unstack_params *)p)->channels;
    (void)in, (void)inputs, (void)err;
    for (int i = 0; i < list->n; i++) ((wsi_gather_state *)state)->channel[i] = (unsigned char)list->v[i];
    return WSI_OK;
}

WSI_KERNEL_PICK(unstack)

const wsi_op wsi_op_unstack = {
    .name = "unstack",
    .module = "arithmetic",
    .summary = "Several channels of an image, in any order.",
    .doc = "The same as image[..., channels] in NumPy: channels=[2,1,0] turns RGB into BGR, channels=[0,0,0] makes "
           "three of one. Values and type are unchanged. One channel alone: `channel`.",
    .source = "NumPy indexing",
    .edge = "none",
    .complexity = "O(1) a sample",
    .example = "unstack:channels=[2,1,0]",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_unstack_params),
    .state_size = sizeof(wsi_gather_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(unstack),
};
