/* dilation: maximum over a neighbourhood. */
#include "morphology-private.h"

WSI_KERNEL_PICK(dilation)

const wsi_op wsi_op_dilation = {
    WSI_MORPHOLOGY_ROW(1),
    .name = "dilation",
    .summary = "Morphological dilation: the maximum over the footprint.",
    .doc = "result = maximum over the footprint, which is not turned round (as in scikit-image). " WSI_MORPHOLOGY_DOC
           "Halo: the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.dilation; rectangles by van Herk 1992, Gil and Werman 1993",
    .edge = "mode, default reflect",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | threshold:value=0.5 | dilation:footprint=disk,radius=3",
    .cuda = WSI_CUDA(dilation),
};
