/* logical_xor: of two images, or of an image and a number. */
#include "logical-private.h"

WSI_KERNEL_PICK(logical_xor)

const wsi_op wsi_op_logical_xor = {
    .name = "logical_xor",
    WSI_LOGICAL_ROW,
    .summary = "Where one of the image and another is not zero, and the other is.",
    .doc = "result = one of image and other not 0, the other 0. " WSI_LOGICAL_DOC,
    .example = "rgb2gray | threshold:value=0.4 as bright | compare:from=@source,other=200,op=less as dark | "
               "logical_xor:other=@bright",
    .kernel = kernel,
    .cuda = WSI_CUDA(logical_xor),
};
