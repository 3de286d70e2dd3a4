/* blob_doh: blobs by the determinant of the Hessian. */
#include "blobs-private.h"

static const wsi_param params[] = {
    WSI_BLOB_SIGMAS("30"),
    WSI_BLOB_NUMBER,
    WSI_BLOB_SELECTION("0.01", wsi_blob_none),
    WSI_BLOB_LOG_SCALE,
};

WSI_BLOB_DETECTOR(WSI_BLOB_DOH, "doh")

const wsi_op wsi_op_blob_doh = {
    WSI_BLOB_DETECTOR_ROW,
    .name = "blob_doh",
    .summary = "Table of blobs, bright or dark, by the determinant of the Hessian.",
    .doc =
        "Stands for blob_response:method=doh and select_blobs: the response is that of hessian_matrix_det with boxes. "
        "The radius of a blob is sigma. Sums of boxes are taken directly, the reference's from an integral image whose "
        "rounding, about 1e-16 of the sum of all pixels, decides there between responses that are "
        "equal. " WSI_BLOB_TABLE_DOC "\n\nHalo: int(3 max_sigma) + 1.",
    .source = "scikit-image 0.26 feature.blob_doh",
    .edge = "boxes as of hessian_matrix_det",
    .complexity = "O(max_sigma num_sigma) a pixel",
    .example = "rgb2gray | blob_doh:min_sigma=3,max_sigma=9,num_sigma=3",
};
