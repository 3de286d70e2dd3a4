/* roberts_neg_diag: the other diagonal difference. */
#include "edges-private.h"

WSI_EDGES_PREPARE_FIXED(WSI_EDGES_ROBERTS_NEG, 0.0f, 1.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_roberts_neg_diag = {
    .name = "roberts_neg_diag",
    WSI_EDGES_FIXED_ROW,
    .summary = "Difference along the rising diagonal, channel by channel.",
    .doc = "image(y + 1, x) - image(y, x + 1). " WSI_EDGES_SCALE_DOC,
    .source = "scikit-image 0.26 filters.roberts_neg_diag",
    .example = "rgb2gray | roberts_neg_diag",
};
