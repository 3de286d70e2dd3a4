/* threshold: above a given value or not. */
#include "compare.h"
#include "op-private.h"

static const wsi_param params[] = {
    {.name = "value",
     .unit = "image's own scale",
     .help = "Threshold; a pixel is foreground when strictly greater. Grey levels for integer images, plain values "
             "for floats.",
     .offset = offsetof(wsi_threshold_params, value),
     .type = WSI_PARAM_FLOAT,
     .def = "",
     .min = 1,
     .max = 0,
     .flags = WSI_PARAM_REQUIRED},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs, (void)err;
    *out = (wsi_pixfmt){WSI_BOOL, in[0].channels};
    return WSI_OK;
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)inputs, (void)err;
    wsi_compare_prepare((wsi_compare_state *)state, WSI_GREATER, in[0].type, 1,
                        ((const wsi_threshold_params *)p)->value);
    return WSI_OK;
}

WSI_KERNEL_PICK(threshold)

const wsi_op wsi_op_threshold = {
    .name = "threshold",
    .module = "filters",
    .summary = "Foreground where the image is strictly greater than a given value.",
    .doc = "result = image > value, channel by channel. The value is in the image's own scale: 0 to 255 for uint8, "
           "plain values for floats. Integers are compared exactly; for float32 images the value is first rounded to "
           "float32, as NumPy does. NaN is never foreground. The result is bool, written to files as 0 and 255.",
    .source = "NumPy comparison",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | threshold:value=0.5",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_threshold_params),
    .state_size = sizeof(wsi_compare_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(threshold),
};
