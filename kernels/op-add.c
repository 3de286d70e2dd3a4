/* add: image + other, pixel by pixel. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(add)

const wsi_op wsi_op_add = {
    .name = "add",
    WSI_ARITHMETIC_FLOAT_ROW,
    .summary = "Add a number or another image to the image.",
    .doc = "result = image + other. " WSI_ARITHMETIC_DOC,
    .example = "rgb2gray | add:other=0.1",
    .kernel = kernel,
    .cuda = WSI_CUDA(add),
};
