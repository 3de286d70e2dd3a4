/* binary_opening: opening of truth values. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_opening)

const wsi_op wsi_op_binary_opening = {
    WSI_BINARY_ROW(2, erosion),
    .name = "binary_opening",
    .summary = "Binary opening: erosion, then dilation. Removes spots smaller than the footprint.",
    .doc = "Erosion, then dilation with the footprint turned round. " WSI_BINARY_DOC
           "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.binary_opening",
    .edge = "mode, default ignore, in each of the two stages",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | threshold:value=0.5 | binary_opening:footprint=disk,radius=3",
    .cuda = WSI_CUDA(binary_opening),
};
