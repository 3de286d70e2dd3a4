/* log: of every sample, in float32. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(log)

const wsi_op wsi_op_log = {
    .name = "log",
    WSI_MATHS_ROW,
    .summary = "Natural logarithm.",
    .doc = "result = ln(image); -inf for 0, NaN below. " WSI_MATHS_DOC,
    .example = "rgb2gray | maximum:other=0.001 | log",
    .kernel = kernel,
    .cuda = WSI_CUDA(log),
};
