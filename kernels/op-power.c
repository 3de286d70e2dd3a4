/* power: image to the power of other, pixel by pixel. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(power)

const wsi_op wsi_op_power = {
    .name = "power",
    WSI_ARITHMETIC_FLOAT_ROW,
    .summary = "Raise the image to a power, a number or another image.",
    .doc =
        "result = image ** other, as C's pow: NaN for a negative base unless the exponent is whole; 1 for an "
        "exponent of 0. Base and exponent are rounded to float32; whole and half numbers from 0.5 to 4 (but 3.5), and "
        "-1, are taken by products and roots. " WSI_ARITHMETIC_DOC,
    .example = "rgb2gray | power:other=2",
    .kernel = kernel,
    .cuda = WSI_CUDA(power),
};
