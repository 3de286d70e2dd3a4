/* threshold_yen: foreground by Yen's criterion. */
#include "threshold-global.h"

static const wsi_param params[] = {WSI_GLOBAL_NBINS, WSI_GLOBAL_SUMS, WSI_GLOBAL_ESTIMATE};

WSI_KERNEL_PICK(threshold)
WSI_GLOBAL_REDUCTION(wsi_fit_yen, wsi_global_prepare)

const wsi_op wsi_op_threshold_yen = {
    WSI_GLOBAL_MASK_ROW,
    .name = "threshold_yen",
    .summary = "Foreground above Yen's threshold of the whole image.",
    .doc = "With p the share of pixels in each bin and P their sum up to bin t, the threshold is the value of the bin "
           "where (P (1 - P))^2 / (sum of p^2 up to t * sum of p^2 above t) is largest, the first of several. "
           "Where scikit-image's choice in single precision is no worse than that by more than 4e-6, it is taken. A "
           "constant image of integers has its value as threshold; of a constant float image it is the middle of the "
           "first of nbins bins over value - 0.5 to value + 0.5, as in scikit-image."
           "\n\n" WSI_GLOBAL_HISTOGRAM_DOC,
    .source = "scikit-image 0.26 filters.threshold_yen",
    .complexity =
        "O(1) a pixel, in one pass over the image, or two for floats and 32-bit integers, and one that compares",
    .example = "rgb2gray | threshold_yen",
};
