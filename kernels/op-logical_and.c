/* logical_and: of two images, or of an image and a number. */
#include "logical-private.h"

WSI_KERNEL_PICK(logical_and)

const wsi_op wsi_op_logical_and = {
    .name = "logical_and",
    WSI_LOGICAL_ROW,
    .summary = "Where the image and another are both not zero.",
    .doc = "result = image and other, both not 0. " WSI_LOGICAL_DOC,
    .example = "rgb2gray | threshold:value=0.4 as bright | compare:from=@source,other=200,op=less as dark | "
               "logical_and:other=@bright",
    .kernel = kernel,
    .cuda = WSI_CUDA(logical_and),
};
