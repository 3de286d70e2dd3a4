/* roberts: edge strength by diagonal differences. */
#include "edges-private.h"

WSI_EDGES_PREPARE_FIXED(WSI_EDGES_ROBERTS, 0.0f, 1.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_roberts = {
    .name = "roberts",
    WSI_EDGES_FIXED_ROW,
    .summary = "Edge strength by Roberts' cross, channel by channel.",
    .doc = "sqrt((p^2 + n^2) / 2) of the differences p = image(y + 1, x + 1) - image(y, x) and n = image(y + 1, x) - "
           "image(y, x + 1). " WSI_EDGES_SCALE_DOC,
    .source = "scikit-image 0.26 filters.roberts",
    .example = "rgb2gray | roberts",
};
