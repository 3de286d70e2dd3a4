/* black_tophat: its closing less the image. */
#include "morphology-private.h"

WSI_KERNEL_PICK(black_tophat)

const wsi_op wsi_op_black_tophat = {
    WSI_MORPHOLOGY_ROW(2),
    .name = "black_tophat",
    .summary = "Black top-hat: the closing less the image. Dark spots smaller than the footprint.",
    .doc = "result = closing(image) - image, for bool the exclusive or. Integers wrap around where the "
           "closing is the smaller one, as it can be with an even footprint or with mode constant, min or "
           "max. " WSI_MORPHOLOGY_DOC "Halo: twice the footprint's half-width and half-height.",
    .source = "scikit-image 0.26 morphology.black_tophat",
    .edge = "mode, default reflect, in each of the two stages",
    .complexity = WSI_MORPHOLOGY_COST,
    .example = "rgb2gray | black_tophat:footprint=disk,radius=5",
    .cuda = WSI_CUDA(black_tophat),
};
