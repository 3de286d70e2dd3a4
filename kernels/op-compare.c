/* compare: image against other, pixel by pixel. */
#include "arithmetic-private.h"
#include "compare.h"

static const char *const comparisons[] = {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal", NULL};

static const wsi_param params[] = {
    {.name = "other",
     .unit = "image's own scale",
     .help = "What the image is compared with: a number, or an image.",
     .offset = offsetof(wsi_compare_params, other),
     .type = WSI_PARAM_OPERAND,
     .def = "",
     .min = 1,
     .max = 0,
     .flags = WSI_PARAM_REQUIRED},
    {.name = "op",
     .unit = "",
     .help = "What must hold: image > other is greater, and so on.",
     .offset = offsetof(wsi_compare_params, op),
     .type = WSI_PARAM_ENUM,
     .def = "greater",
     .names = comparisons},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const int image = ((const wsi_compare_params *)p)->other.image;
    (void)inputs;
    *out = (wsi_pixfmt){WSI_BOOL, in[0].channels};
    return image < 0 ? WSI_OK : wsi_need_broadcast(in, image, err);
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_compare_params *c = (const wsi_compare_params *)p;
    (void)inputs, (void)err;
    wsi_compare_prepare((wsi_compare_state *)state, (wsi_comparison)c->op, in[0].type, c->other.image < 0,
                        c->other.value);
    return WSI_OK;
}

WSI_KERNEL_PICK(compare)

const wsi_op wsi_op_compare = {
    .name = "compare",
    .module = "arithmetic",
    .summary = "Where the image is greater than, less than or equal to a number or another image.",
    .doc = "result = image op other, as bool, written to files as 0 and 255. Values are compared as they are, whatever "
           "their types, and exactly; for float32 images a number is first rounded to float32, as NumPy does. NaN is "
           "not_equal to everything and nothing else. " WSI_ARITHMETIC_CHANNELS,
    .source = "NumPy greater, greater_equal, less, less_equal, equal, not_equal",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray as gray | gaussian:sigma=8 as background | compare:from=@gray,other=@background,op=less",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_compare_params),
    .state_size = sizeof(wsi_compare_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(compare),
};
