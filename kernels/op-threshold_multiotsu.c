/* threshold_multiotsu: several classes, as far apart as possible. */
#include "digitize.h"
#include "threshold-global.h"

static const wsi_param params[] = {{.name = "classes",
                                    .unit = "classes",
                                    .help = "Classes of pixels; there is one threshold less.",
                                    .offset = offsetof(wsi_global_params, classes),
                                    .type = WSI_PARAM_INT,
                                    .def = "3",
                                    .min = 2,
                                    .max = WSI_CLASSES_MAX},
                                   WSI_GLOBAL_NBINS,
                                   WSI_GLOBAL_SUMS,
                                   WSI_GLOBAL_ESTIMATE};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    WSI_FORWARD(wsi_global_resolve(p, in, inputs, out, err));
    out->type = WSI_U8;
    return WSI_OK;
}

static wsi_status prepare(const wsi_fit_call *call, void *state, wsi_error *err)
{
    const wsi_global_params *p = (const wsi_global_params *)call->params;
    (void)err;
    wsi_digitize_prepare((wsi_digitize_state *)state, (int)p->classes - 1, call->fit + WSI_FIT_THRESHOLD);
    return WSI_OK;
}

WSI_KERNEL_PICK(digitize)
WSI_GLOBAL_REDUCTION(wsi_fit_multiotsu, prepare)

const wsi_op wsi_op_threshold_multiotsu = {
    WSI_GLOBAL_ROW,
    .name = "threshold_multiotsu",
    .summary = "Classes of grey levels between Otsu's thresholds of the whole image.",
    .doc = "The thresholds are those values of bins for which the variance between the classes, sum over classes of "
           "(sum of p * i)^2 / (sum of p), is largest, p being a bin's share of the pixels and i its number; the first "
           "of several. The result is uint8, the number of thresholds that are not above the pixel: 0 to "
           "classes - 1, as numpy.digitize has it; NaN belongs to the last class. An image of fewer values than "
           "classes is refused. Without compat the variances are summed in double; where scikit-image's choice in "
           "single precision is no worse than that by more than a millionth, it is taken. As in scikit-image, the "
           "first bin counts as number 1, and a class of it alone as "
           "nothing.\n\n" WSI_GLOBAL_BINS_DOC "\n\n" WSI_GLOBAL_FIT_DOC,
    .source = "scikit-image 0.26 filters.threshold_multiotsu",
    .complexity = "O(classes) a pixel, in one pass over the image, or two for floats and 32-bit integers, and one that "
                  "compares",
    .example = "rgb2gray | threshold_multiotsu:classes=3",
    .state_size = sizeof(wsi_digitize_state),
    .resolve = resolve,
    .cuda = WSI_CUDA(digitize),
};
