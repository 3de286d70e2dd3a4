/* blob_dog: blobs by differences of Gaussians. */
#include "blobs-private.h"

static const wsi_param params[] = {
    WSI_BLOB_SIGMAS("50"),
    WSI_BLOB_RATIO,
    WSI_BLOB_SELECTION("0.5", wsi_blob_none),
    WSI_BLOB_BORDER,
};

WSI_BLOB_DETECTOR(WSI_BLOB_DOG, "dog")

const wsi_op wsi_op_blob_dog = {
    WSI_BLOB_DETECTOR_ROW,
    .name = "blob_dog",
    .summary = "Table of bright blobs on dark ground, by differences of Gaussians.",
    .doc =
        "Stands for blob_response:method=dog and select_blobs. Scales are min_sigma times powers of sigma_ratio; the "
        "response is the image blurred with a scale less that blurred with the next, divided by sigma_ratio - 1. The "
        "radius of a blob is sqrt(2) sigma. " WSI_BLOB_TABLE_DOC
        "\n\nHalo: int(4 s + 0.5) + 1 for the last scale s, up to sigma_ratio max_sigma.",
    .source = "scikit-image 0.26 feature.blob_dog",
    .edge = "reflect",
    .complexity = "O(max_sigma) a pixel",
    .example = "rgb2gray | invert | blob_dog:min_sigma=2,max_sigma=6,threshold=0.1",
};
