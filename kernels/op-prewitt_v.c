/* prewitt_v: vertical edges. */
#include "edges-private.h"

WSI_EDGES_PREPARE_FIXED(WSI_EDGES_COLUMNS, 1.0f, 1.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_prewitt_v = {
    .name = "prewitt_v",
    WSI_EDGES_FIXED_ROW,
    .summary = "Vertical edges by Prewitt's operator, channel by channel.",
    .doc = "Derivative along columns with weights (-1, 0, 1), smoothed across with (1, 1, 1) / 3: prewitt with "
           "axis=1. " WSI_EDGES_SCALE_DOC,
    .source = "scikit-image 0.26 filters.prewitt_v",
    .example = "rgb2gray | prewitt_v",
};
