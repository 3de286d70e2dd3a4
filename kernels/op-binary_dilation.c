/* binary_dilation: dilation of truth values. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_dilation)

const wsi_op wsi_op_binary_dilation = {
    WSI_BINARY_ROW(1, dilation),
    .name = "binary_dilation",
    .summary = "Binary dilation: true where the footprint sees a true pixel.",
    .doc = "result = maximum over the footprint. " WSI_BINARY_DOC "Halo: the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.binary_dilation",
    .edge = "mode, default ignore",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | threshold:value=0.5 | binary_dilation:footprint=disk,radius=3",
    .cuda = WSI_CUDA(binary_dilation),
};
