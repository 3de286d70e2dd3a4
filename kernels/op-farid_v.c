/* farid_v: derivative along columns. */
#include "farid-private.h"

WSI_FARID_FIXED(COLUMNS)

const wsi_op wsi_op_farid_v = {
    .name = "farid_v",
    WSI_FARID_FIXED_ROW,
    .summary = "Vertical edges by Farid and Simoncelli's operator, channel by channel.",
    .doc = WSI_FARID_DOC ": farid with axis=1. " WSI_FARID_SCALE_DOC,
    .source = "scikit-image 0.26 filters.farid_v; Farid and Simoncelli 2004",
    .example = "rgb2gray | farid_v",
};
