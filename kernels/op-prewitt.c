/* prewitt: edge strength or derivative. */
#include "edges-private.h"

WSI_EDGES_PREPARE_AXIS(1.0f, 1.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_prewitt = {
    .name = "prewitt",
    WSI_EDGES_AXIS_ROW,
    .summary = "Edge strength by Prewitt's operator, channel by channel.",
    .doc = "Derivative along an axis with weights (-1, 0, 1), smoothed across it with (1, 1, 1) / 3" WSI_EDGES_AXIS_DOC,
    .source = "scikit-image 0.26 filters.prewitt",
    .example = "rgb2gray | prewitt",
};
