/* scharr_h: horizontal edges. */
#include "edges-private.h"

WSI_EDGES_PREPARE_FIXED(WSI_EDGES_ROWS, 3.0f, 10.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_scharr_h = {
    .name = "scharr_h",
    WSI_EDGES_FIXED_ROW,
    .summary = "Horizontal edges by Scharr's operator, channel by channel.",
    .doc = "Derivative along rows with weights (-1, 0, 1), smoothed across with (3, 10, 3) / 16: scharr with "
           "axis=0. " WSI_EDGES_SCALE_DOC,
    .source = "scikit-image 0.26 filters.scharr_h",
    .example = "rgb2gray | scharr_h",
};
