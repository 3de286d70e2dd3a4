/* sqrt: of every sample, in float32. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(sqrt)

const wsi_op wsi_op_sqrt = {
    .name = "sqrt",
    WSI_MATHS_ROW,
    .summary = "Square root.",
    .doc = "result = the square root of the image; NaN below 0. " WSI_MATHS_DOC,
    .example = "rgb2gray | sqrt",
    .kernel = kernel,
    .cuda = WSI_CUDA(sqrt),
};
