/* minimum: the smaller of image and other, pixel by pixel. */
#include "arithmetic-private.h"

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)inputs, (void)err;
    wsi_bound_prepare((wsi_bound_state *)state, &((const wsi_arithmetic_params *)p)->other, in, 1);
    return WSI_OK;
}

WSI_KERNEL_PICK(minimum)

const wsi_op wsi_op_minimum = {
    .name = "minimum",
    WSI_ARITHMETIC_KEPT_ROW,
    .summary = "The smaller of the image and a number or another image.",
    .doc = "result = the smaller of image and other, NaN where either is. " WSI_ARITHMETIC_KEPT_DOC,
    .source = "NumPy minimum",
    .example = "minimum:other=200",
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(minimum),
};
