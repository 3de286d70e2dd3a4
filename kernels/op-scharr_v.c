/* scharr_v: vertical edges. */
#include "edges-private.h"

WSI_EDGES_PREPARE_FIXED(WSI_EDGES_COLUMNS, 3.0f, 10.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_scharr_v = {
    .name = "scharr_v",
    WSI_EDGES_FIXED_ROW,
    .summary = "Vertical edges by Scharr's operator, channel by channel.",
    .doc = "Derivative along columns with weights (-1, 0, 1), smoothed across with (3, 10, 3) / 16: scharr with "
           "axis=1. " WSI_EDGES_SCALE_DOC,
    .source = "scikit-image 0.26 filters.scharr_v",
    .example = "rgb2gray | scharr_v",
};
