/* mask: keep an image where another one is not zero. */
#include "mask.h"
#include "op-private.h"

static const wsi_param params[] = {
    {.name = "mask",
     .unit = "",
     .help = "Image that keeps a pixel where it is not zero.",
     .offset = offsetof(wsi_mask_params, mask),
     .type = WSI_PARAM_IMAGE,
     .def = "",
     .flags = WSI_PARAM_REQUIRED},
    {.name = "fill",
     .unit = "image's own scale",
     .help = "Value of the other pixels.",
     .offset = offsetof(wsi_mask_params, fill),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 1,
     .max = 0},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)inputs;
    *out = in[0];
    return wsi_need_broadcast(in, ((const wsi_mask_params *)p)->mask.image, err);
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)inputs;
    return wsi_sample_of(in[0].type, ((const wsi_mask_params *)p)->fill, "fill", ((wsi_mask_state *)state)->fill, err);
}

WSI_KERNEL_PICK(mask)

const wsi_op wsi_op_mask = {
    .name = "mask",
    .module = "arithmetic",
    .summary = "Keep pixels where a mask is not zero, and give the others one value.",
    .doc = "result = image where mask != 0, else fill; the same as numpy.where. A mask of one channel serves every "
           "channel of the image; otherwise the numbers of channels must agree. Keeps the image's type, which must be "
           "able to hold fill. NaN in a mask is not zero.",
    .source = "NumPy where",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | threshold:value=0.7 as bright | mask:from=@source,mask=@bright",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_mask_params),
    .state_size = sizeof(wsi_mask_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(mask),
};
