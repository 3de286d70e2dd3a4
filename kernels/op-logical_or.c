/* logical_or: of two images, or of an image and a number. */
#include "logical-private.h"

WSI_KERNEL_PICK(logical_or)

const wsi_op wsi_op_logical_or = {
    .name = "logical_or",
    WSI_LOGICAL_ROW,
    .summary = "Where the image or another is not zero.",
    .doc = "result = image or other, or both, not 0. " WSI_LOGICAL_DOC,
    .example = "rgb2gray | threshold:value=0.4 as bright | compare:from=@source,other=200,op=less as dark | "
               "logical_or:other=@bright",
    .kernel = kernel,
    .cuda = WSI_CUDA(logical_or),
};
