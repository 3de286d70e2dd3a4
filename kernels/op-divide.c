/* divide: image / other, pixel by pixel. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(divide)

const wsi_op wsi_op_divide = {
    .name = "divide",
    WSI_ARITHMETIC_FLOAT_ROW,
    .summary = "Divide the image by a number or another image.",
    .doc = "result = image / other; infinite, or NaN for 0 / 0, where other is 0. " WSI_ARITHMETIC_DOC,
    .example = "divide:other=255",
    .kernel = kernel,
    .cuda = WSI_CUDA(divide),
};
