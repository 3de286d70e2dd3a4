/* binary_erosion: erosion of truth values. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_erosion)

const wsi_op wsi_op_binary_erosion = {
    WSI_BINARY_ROW(1, erosion),
    .name = "binary_erosion",
    .summary = "Binary erosion: true where the footprint sees only true pixels.",
    .doc = "result = minimum over the footprint. " WSI_BINARY_DOC "Halo: the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.binary_erosion",
    .edge = "mode, default ignore",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | threshold:value=0.5 | binary_erosion:footprint=disk,radius=3",
    .cuda = WSI_CUDA(binary_erosion),
};
