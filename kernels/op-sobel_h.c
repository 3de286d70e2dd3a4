/* sobel_h: horizontal edges. */
#include "edges-private.h"

WSI_EDGES_PREPARE_FIXED(WSI_EDGES_ROWS, 1.0f, 2.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_sobel_h = {
    .name = "sobel_h",
    WSI_EDGES_FIXED_ROW,
    .summary = "Horizontal edges by Sobel's operator, channel by channel.",
    .doc = "Derivative along rows with weights (-1, 0, 1), smoothed across with (1, 2, 1) / 4: sobel with "
           "axis=0. " WSI_EDGES_SCALE_DOC,
    .source = "scikit-image 0.26 filters.sobel_h",
    .example = "rgb2gray | sobel_h",
};
