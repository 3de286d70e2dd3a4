/* logical_not: where the image is zero. */
#include "op-private.h"

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs, (void)err;
    *out = (wsi_pixfmt){WSI_BOOL, in[0].channels};
    return WSI_OK;
}

WSI_KERNEL_PICK(logical_not)

const wsi_op wsi_op_logical_not = {
    .name = "logical_not",
    .module = "arithmetic",
    .summary = "Where the image is zero.",
    .doc = "result = image == 0, as bool, written to files as 0 and 255. NaN is not 0.",
    .source = "NumPy logical_not",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | threshold:value=0.8 | logical_not",
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .kernel = kernel,
    .cuda = WSI_CUDA(logical_not),
};
