/* multiply: image * other, pixel by pixel. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(multiply)

const wsi_op wsi_op_multiply = {
    .name = "multiply",
    WSI_ARITHMETIC_FLOAT_ROW,
    .summary = "Multiply the image by a number or another image.",
    .doc = "result = image * other. " WSI_ARITHMETIC_DOC,
    .example = "rgb2gray | multiply:other=2",
    .kernel = kernel,
    .cuda = WSI_CUDA(multiply),
};
