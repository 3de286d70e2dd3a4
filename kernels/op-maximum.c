/* maximum: the larger of image and other, pixel by pixel. */
#include "arithmetic-private.h"

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_operand *other = &((const wsi_arithmetic_params *)p)->other;
    const wsi_dtype type = wsi_common_type(in[0].type, other, in);
    double lo, hi;
    (void)inputs, (void)err;
    wsi_type_range(type, &lo, &hi);
    if (other->image < 0) wsi_bound_set((wsi_bound_state *)state, type, other->value, hi);
    return WSI_OK;
}

WSI_KERNEL_PICK(maximum)

const wsi_op wsi_op_maximum = {
    .name = "maximum",
    WSI_ARITHMETIC_ROW,
    .summary = "The larger of the image and a number or another image.",
    .doc = "result = the larger of image and other, NaN where either is. " WSI_ARITHMETIC_KEPT_DOC,
    .source = "NumPy maximum",
    .example = "rgb2gray as gray | median as smooth | maximum:from=@gray,other=@smooth",
    .state_size = sizeof(wsi_bound_state),
    .exactness = WSI_EXACT,
    .resolve = wsi_arithmetic_resolve_kept,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(maximum),
};
