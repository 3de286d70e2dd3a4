/* opening: erosion, then dilation with the footprint turned round. */
#include "morphology-private.h"

WSI_KERNEL_PICK(opening)

const wsi_op wsi_op_opening = {
    WSI_MORPHOLOGY_ROW(2),
    .name = "opening",
    .summary = "Morphological opening: erosion, then dilation. Removes bright spots smaller than the footprint.",
    .doc = "The erosion is continued beyond the slide's edges by the mode itself before it is dilated, with the "
           "footprint turned round. " WSI_MORPHOLOGY_DOC "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.opening; rectangles by van Herk 1992, Gil and Werman 1993",
    .edge = "mode, default reflect, in each of the two stages",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | threshold:value=0.5 | opening:footprint=disk,radius=3",
    .cuda = WSI_CUDA(opening),
};
