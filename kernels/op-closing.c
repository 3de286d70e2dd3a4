/* closing: dilation, then erosion with the footprint turned round. */
#include "morphology-private.h"

WSI_KERNEL_PICK(closing)

const wsi_op wsi_op_closing = {
    WSI_MORPHOLOGY_ROW(2),
    .name = "closing",
    .summary = "Morphological closing: dilation, then erosion. Removes dark spots smaller than the footprint.",
    .doc = "The dilation is continued beyond the slide's edges by the mode itself before it is eroded, with the "
           "footprint turned round. " WSI_MORPHOLOGY_DOC "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.closing; rectangles by van Herk 1992, Gil and Werman 1993",
    .edge = "mode, default reflect, in each of the two stages",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | threshold:value=0.5 | closing:footprint=disk,radius=3",
    .cuda = WSI_CUDA(closing),
};
