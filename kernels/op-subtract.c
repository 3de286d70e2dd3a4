/* subtract: image - other, pixel by pixel. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(subtract)

const wsi_op wsi_op_subtract = {
    .name = "subtract",
    WSI_ARITHMETIC_FLOAT_ROW,
    .summary = "Subtract a number or another image from the image.",
    .doc = "result = image - other. " WSI_ARITHMETIC_DOC,
    .example = "rgb2gray as gray | gaussian:sigma=4 as smooth | subtract:from=@gray,other=@smooth",
    .kernel = kernel,
    .cuda = WSI_CUDA(subtract),
};
