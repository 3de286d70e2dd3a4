/* farid_h: derivative along rows. */
#include "farid-private.h"

WSI_FARID_FIXED(ROWS)

const wsi_op wsi_op_farid_h = {
    .name = "farid_h",
    WSI_FARID_FIXED_ROW,
    .summary = "Horizontal edges by Farid and Simoncelli's operator, channel by channel.",
    .doc = WSI_FARID_DOC ": farid with axis=0. " WSI_FARID_SCALE_DOC,
    .source = "scikit-image 0.26 filters.farid_h; Farid and Simoncelli 2004",
    .example = "rgb2gray | farid_h",
};
