/* sobel: edge strength or derivative. */
#include "edges-private.h"

WSI_EDGES_PREPARE_AXIS(1.0f, 2.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_sobel = {
    .name = "sobel",
    WSI_EDGES_AXIS_ROW,
    .summary = "Edge strength by Sobel's operator, channel by channel.",
    .doc = "Derivative along an axis with weights (-1, 0, 1), smoothed across it with (1, 2, 1) / 4" WSI_EDGES_AXIS_DOC,
    .source = "scikit-image 0.26 filters.sobel",
    .example = "rgb2gray | sobel",
};
