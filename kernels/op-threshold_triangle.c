/* threshold_triangle: foreground by the bin farthest from the line from the histogram's peak to its longer tail. */
#include "threshold-global.h"

static const wsi_param params[] = {
    WSI_GLOBAL_NBINS, WSI_GLOBAL_COMPAT("Changes nothing here: scikit-image sums nothing up."), WSI_GLOBAL_ESTIMATE};

WSI_KERNEL_PICK(threshold)
WSI_GLOBAL_REDUCTION(wsi_fit_triangle, wsi_global_prepare)

const wsi_op wsi_op_threshold_triangle = {
    WSI_GLOBAL_MASK_ROW,
    .name = "threshold_triangle",
    .summary = "Foreground above the triangle method's threshold of the whole image.",
    .doc = "A line runs from the histogram's peak to the end of its longer tail; the threshold is the value of the bin "
           "that lies farthest below it, the first of several. A constant image's threshold is its value."
           "\n\n" WSI_GLOBAL_HISTOGRAM_DOC,
    .source = "scikit-image 0.26 filters.threshold_triangle",
    .complexity =
        "O(1) a pixel, in one pass over the image, or two for floats and 32-bit integers, and one that compares",
    .example = "rgb2gray | threshold_triangle",
};
