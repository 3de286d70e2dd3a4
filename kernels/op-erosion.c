/* erosion: minimum over a neighbourhood. */
#include "morphology-private.h"

WSI_KERNEL_PICK(erosion)

const wsi_op wsi_op_erosion = {
    WSI_MORPHOLOGY_ROW(1),
    .name = "erosion",
    .summary = "Morphological erosion: the minimum over the footprint.",
    .doc =
        "result = minimum over the footprint. " WSI_MORPHOLOGY_DOC "Halo: the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.erosion; rectangles by van Herk 1992, Gil and Werman 1993",
    .edge = "mode, default reflect",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | threshold:value=0.5 | erosion:footprint=disk,radius=3",
    .cuda = WSI_CUDA(erosion),
};
