/* roberts_pos_diag: one diagonal difference. */
#include "edges-private.h"

WSI_EDGES_PREPARE_FIXED(WSI_EDGES_ROBERTS_POS, 0.0f, 1.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_roberts_pos_diag = {
    .name = "roberts_pos_diag",
    WSI_EDGES_FIXED_ROW,
    .summary = "Difference along the falling diagonal, channel by channel.",
    .doc = "image(y + 1, x + 1) - image(y, x). " WSI_EDGES_SCALE_DOC,
    .source = "scikit-image 0.26 filters.roberts_pos_diag",
    .example = "rgb2gray | roberts_pos_diag",
};
