/* stack: the channels of several images as one image. */
#include "gather.h"
#include "op-private.h"

static const wsi_param params[] = {
    {.name = "second",
     .unit = "",
     .help = "Image whose channels follow the image's own.",
     .offset = offsetof(wsi_stack_params, second),
     .type = WSI_PARAM_IMAGE,
     .def = "",
     .flags = WSI_PARAM_REQUIRED},
    {.name = "third",
     .unit = "",
     .help = "Image whose channels come after these.",
     .offset = offsetof(wsi_stack_params, third),
     .type = WSI_PARAM_IMAGE,
     .def = ""},
    {.name = "fourth",
     .unit = "",
     .help = "Image whose channels come last.",
     .offset = offsetof(wsi_stack_params, fourth),
     .type = WSI_PARAM_IMAGE,
     .def = ""},
};

enum { STACK_IMAGES = 4 };

/* The inputs in their order; returns how many. */
static int images_of(const wsi_stack_params *p, int *image)
{
    const int given[] = {0, p->second.image, p->third.image, p->fourth.image};
    int n = 0;
    for (int i = 0; i < STACK_IMAGES; i++)
        if (given[i] >= 0) image[n++] = given[i];
    return n;
}

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    int image[STACK_IMAGES], channels = 0;
    const int n = images_of((const wsi_stack_params *)p, image);
    (void)inputs;
    for (int i = 0; i < n; i++) {
        const wsi_pixfmt fmt = in[image[i]];
        WSI_RETURN_IF(fmt.type != in[0].type, WSI_ERR_CHAIN,
                      "takes images of one type, not %s and %s: put a cast before it", wsi_dtype_name(in[0].type),
                      wsi_dtype_name(fmt.type));
        channels += fmt.channels;
    }
    WSI_RETURN_IF(channels > WSI_CHANNELS_MAX, WSI_ERR_CHAIN, "makes %d channels, but an image has at most %d",
                  channels, WSI_CHANNELS_MAX);
    *out = (wsi_pixfmt){in[0].type, channels};
    return WSI_OK;
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    int image[STACK_IMAGES], at = 0;
    const int n = images_of((const wsi_stack_params *)p, image);
    wsi_gather_state *s = (wsi_gather_state *)state;
    (void)inputs, (void)err;
    for (int i = 0; i < n; i++)
        for (int c = 0; c < in[image[i]].channels; c++, at++) {
            s->input[at] = (unsigned char)image[i];
            s->channel[at] = (unsigned char)c;
        }
    return WSI_OK;
}

WSI_KERNEL_PICK(stack)

const wsi_op wsi_op_stack = {
    .name = "stack",
    .module = "arithmetic",
    .summary = "The channels of two to four images as one image.",
    .doc =
        "The same as numpy.dstack((image, second, third, fourth)): first the image's own channels, then those of the "
        "others. All must have one type, which the result keeps; `cast` changes it. The opposite is `channel` or "
        "`unstack`.",
    .source = "NumPy dstack",
    .edge = "none",
    .complexity = "O(1) a sample",
    .example = "channel:index=2 as blue | channel:from=@source,index=0 as red | stack:second=@blue",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_stack_params),
    .state_size = sizeof(wsi_gather_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(stack),
};
