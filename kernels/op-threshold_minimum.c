/* threshold_minimum: foreground above the valley between the two maxima of the smoothed histogram. */
#include "threshold-global.h"

static const wsi_param params[] = {WSI_GLOBAL_NBINS,
                                   {.name = "max_num_iter",
                                    .unit = "steps",
                                    .help = "Steps of smoothing at most.",
                                    .offset = offsetof(wsi_global_params, max_num_iter),
                                    .type = WSI_PARAM_INT,
                                    .def = "10000",
                                    .min = 1,
                                    .max = 1000000},
                                   WSI_GLOBAL_COMPAT("Changes nothing here: the smoothed histogram is float32 in "
                                                     "any case."),
                                   WSI_GLOBAL_ESTIMATE};

WSI_KERNEL_PICK(threshold)
WSI_GLOBAL_REDUCTION(wsi_fit_minimum, wsi_global_prepare)

const wsi_op wsi_op_threshold_minimum = {
    WSI_GLOBAL_MASK_ROW,
    .name = "threshold_minimum",
    .summary = "Foreground above the minimum between the two maxima of the whole image's histogram.",
    .doc = "The histogram is smoothed by the mean of three bins, again and again, until fewer than three maxima are "
           "left; the threshold is the value of the lowest bin between two. Where there are not two at the end, or not "
           "before the last of max_num_iter steps, the image is refused. As in scikit-image, the smoothed histogram is "
           "kept as float32."
           "\n\n" WSI_GLOBAL_HISTOGRAM_DOC,
    .source = "scikit-image 0.26 filters.threshold_minimum",
    .complexity =
        "O(1) a pixel, in one pass over the image, or two for floats and 32-bit integers, and one that compares",
    .example = "rgb2gray | threshold_minimum",
};
