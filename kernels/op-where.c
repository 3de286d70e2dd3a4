/* where: an image where a condition holds, another image or a number elsewhere. */
#include "arithmetic-private.h"
#include "mask.h"

static const wsi_param params[] = {
    {.name = "condition",
     .unit = "",
     .help = "Image that says where: where it is not zero, the result is the image.",
     .offset = offsetof(wsi_where_params, condition),
     .type = WSI_PARAM_IMAGE,
     .def = "",
     .flags = WSI_PARAM_REQUIRED},
    {.name = "other",
     .unit = "image's own scale",
     .help = "The result elsewhere: a number, or an image.",
     .offset = offsetof(wsi_where_params, other),
     .type = WSI_PARAM_OPERAND,
     .def = "",
     .min = 1,
     .max = 0,
     .flags = WSI_PARAM_REQUIRED},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const wsi_where_params *w = (const wsi_where_params *)p;
    (void)inputs;
    *out = (wsi_pixfmt){wsi_common_type(in[0].type, &w->other, in), in[0].channels};
    WSI_FORWARD(wsi_need_broadcast(in, w->condition.image, err));
    return w->other.image < 0 ? WSI_OK : wsi_need_broadcast(in, w->other.image, err);
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_operand *other = &((const wsi_where_params *)p)->other;
    (void)inputs, (void)err;
    wsi_sample_put(wsi_common_type(in[0].type, other, in), other->value, ((wsi_mask_state *)state)->fill);
    return WSI_OK;
}

WSI_KERNEL_PICK(where)

const wsi_op wsi_op_where = {
    .name = "where",
    .module = "arithmetic",
    .summary = "The image where a condition holds, and another image or a number elsewhere.",
    .doc = "result = image where condition != 0, else other; numpy.where(condition, image, other). NaN in a condition "
           "is not zero. " WSI_ARITHMETIC_KEPT_DOC " So is a condition of one channel.",
    .source = "NumPy where",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example =
        "gaussian:sigma=4 | cast:dtype=uint8 as smooth | rgb2gray:from=@source | threshold:value=0.7 as bright | "
        "where:from=@source,condition=@bright,other=@smooth",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_where_params),
    .state_size = sizeof(wsi_mask_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(where),
};
