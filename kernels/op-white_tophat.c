/* white_tophat: the image less its opening. */
#include "morphology-private.h"

WSI_KERNEL_PICK(white_tophat)

const wsi_op wsi_op_white_tophat = {
    WSI_MORPHOLOGY_ROW(2),
    .name = "white_tophat",
    .summary = "White top-hat: the image less its opening. Bright spots smaller than the footprint.",
    .doc = "result = image - opening(image), for bool the exclusive or. Integers wrap around where the "
           "opening is the larger one, as it can be with an even footprint or with mode constant, min or "
           "max. " WSI_MORPHOLOGY_DOC "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.white_tophat",
    .edge = "mode, default reflect, in each of the two stages",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | white_tophat:footprint=disk,radius=5",
    .cuda = WSI_CUDA(white_tophat),
};
