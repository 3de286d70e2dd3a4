/* exp: of every sample, in float32. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(exp)

const wsi_op wsi_op_exp = {
    .name = "exp",
    WSI_MATHS_ROW,
    .summary = "Exponential.",
    .doc = "result = e to the power of the image; inf above 88.7, the end of float32. " WSI_MATHS_DOC,
    .example = "rgb2gray | exp",
    .kernel = kernel,
    .cuda = WSI_CUDA(exp),
};
