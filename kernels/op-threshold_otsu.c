/* threshold_otsu: foreground by the threshold that sets two classes farthest apart. */
#include "threshold-global.h"

static const wsi_param params[] = {WSI_GLOBAL_NBINS, WSI_GLOBAL_SUMS, WSI_GLOBAL_ESTIMATE};

WSI_KERNEL_PICK(threshold)
WSI_GLOBAL_REDUCTION(wsi_fit_otsu, wsi_global_prepare)

const wsi_op wsi_op_threshold_otsu = {
    WSI_GLOBAL_MASK_ROW,
    .name = "threshold_otsu",
    .summary = "Foreground above Otsu's threshold of the whole image.",
    .doc =
        "The threshold t is the value of the bin for which w1 * w2 * (m1 - m2)^2 is largest, w and m being the weights "
        "and means of the values up to t and above it; the first of several. Without compat it is computed in double; "
        "where "
        "scikit-image's choice in single precision is no worse by more than some millionths, it is taken. A constant "
        "image's threshold is its value."
        "\n\n" WSI_GLOBAL_HISTOGRAM_DOC,
    .source = "scikit-image 0.26 filters.threshold_otsu",
    .complexity =
        "O(1) a pixel, in one pass over the image, or two for floats and 32-bit integers, and one that compares",
    .example = "rgb2gray | threshold_otsu",
};
