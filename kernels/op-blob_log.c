/* blob_log: blobs by the Laplacian of Gaussian. */
#include "blobs-private.h"

static const wsi_param params[] = {
    WSI_BLOB_SIGMAS("50"), WSI_BLOB_NUMBER, WSI_BLOB_SELECTION("0.2", wsi_blob_none),
    WSI_BLOB_LOG_SCALE,    WSI_BLOB_BORDER,
};

WSI_BLOB_DETECTOR(WSI_BLOB_LOG, "log")

const wsi_op wsi_op_blob_log = {
    WSI_BLOB_DETECTOR_ROW,
    .name = "blob_log",
    .summary = "Table of bright blobs on dark ground, by the Laplacian of Gaussian.",
    .doc =
        "Stands for blob_response:method=log and select_blobs. For each scale s the response is -s^2 times the sum of "
        "second derivatives of the image blurred with s. The radius of a blob is sqrt(2) sigma. " WSI_BLOB_TABLE_DOC
        "\n\nHalo: int(4 max_sigma + 0.5) + 1.",
    .source = "scikit-image 0.26 feature.blob_log",
    .edge = "reflect",
    .complexity = "O(max_sigma num_sigma) a pixel",
    .example = "rgb2gray | invert | blob_log:min_sigma=2,max_sigma=6,num_sigma=3,threshold=0.1",
};
