/* maximum: the larger of image and other, pixel by pixel. */
#include "arithmetic-private.h"

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)inputs, (void)err;
    wsi_bound_prepare((wsi_bound_state *)state, &((const wsi_arithmetic_params *)p)->other, in, 0);
    return WSI_OK;
}

WSI_KERNEL_PICK(maximum)

const wsi_op wsi_op_maximum = {
    .name = "maximum",
    WSI_ARITHMETIC_KEPT_ROW,
    .summary = "The larger of the image and a number or another image.",
    .doc = "result = the larger of image and other, NaN where either is. " WSI_ARITHMETIC_KEPT_DOC,
    .source = "NumPy maximum",
    .example = "rgb2gray as gray | median as smooth | maximum:from=@gray,other=@smooth",
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(maximum),
};
