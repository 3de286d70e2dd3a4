/* threshold_isodata: foreground above the threshold midway between the means of both sides. */
#include "threshold-global.h"

static const wsi_param params[] = {WSI_GLOBAL_NBINS, WSI_GLOBAL_SUMS, WSI_GLOBAL_ESTIMATE};

WSI_KERNEL_PICK(threshold)
WSI_GLOBAL_REDUCTION(wsi_fit_isodata, wsi_global_prepare)

const wsi_op wsi_op_threshold_isodata = {
    WSI_GLOBAL_MASK_ROW,
    .name = "threshold_isodata",
    .summary = "Foreground above the ISODATA (inter-means) threshold of the whole image.",
    .doc = "The threshold is the smallest value of a bin that lies at, or less than a bin's width below, the middle "
           "between the means of the values up to it and above it. Where there is none (a constant float image) the "
           "image is refused. The reference's return_all is not offered."
           "\n\n" WSI_GLOBAL_HISTOGRAM_DOC,
    .source = "scikit-image 0.26 filters.threshold_isodata",
    .complexity =
        "O(1) a pixel, in one pass over the image, or two for floats and 32-bit integers, and one that compares",
    .example = "rgb2gray | threshold_isodata",
};
