/* binary_closing: closing of truth values. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_closing)

const wsi_op wsi_op_binary_closing = {
    WSI_BINARY_ROW(2, dilation),
    .name = "binary_closing",
    .summary = "Binary closing: dilation, then erosion. Fills holes smaller than the footprint.",
    .doc = "Dilation with the footprint turned round, then erosion. " WSI_BINARY_DOC
           "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.binary_closing",
    .edge = "mode, default ignore, in each of the two stages",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | threshold:value=0.5 | binary_closing:footprint=disk,radius=3",
    .cuda = WSI_CUDA(binary_closing),
};
