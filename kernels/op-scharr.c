/* scharr: edge strength or derivative. */
#include "edges-private.h"

WSI_EDGES_PREPARE_AXIS(3.0f, 10.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_scharr = {
    .name = "scharr",
    WSI_EDGES_AXIS_ROW,
    .summary = "Edge strength by Scharr's operator, channel by channel.",
    .doc =
        "Derivative along an axis with weights (-1, 0, 1), smoothed across it with (3, 10, 3) / 16" WSI_EDGES_AXIS_DOC,
    .source = "scikit-image 0.26 filters.scharr",
    .example = "rgb2gray | scharr",
};
