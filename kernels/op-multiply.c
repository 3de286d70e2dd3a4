/* multiply: image * other, pixel by pixel. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(multiply)

const wsi_op wsi_op_multiply = {
    .name = "multiply",
    .module = "arithmetic",
    .summary = "Multiply the image by a number or another image.",
    .doc = "result = image * other. " WSI_ARITHMETIC_DOC,
    .source = "NumPy arithmetic in float32",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | multiply:other=2",
    .params = wsi_arithmetic_param_table,
    .param_count = 1,
    .params_size = sizeof(wsi_arithmetic_params),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = wsi_arithmetic_resolve,
    .kernel = kernel,
    .cuda = WSI_CUDA(multiply),
};
