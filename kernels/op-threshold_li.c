/* threshold_li: foreground by minimum cross entropy. Integers have a histogram; floats are in threshold-li.c. */
#include "threshold-li.h"

static const wsi_param params[] = {
    {.name = "tolerance",
     .unit = "image's own scale",
     .help = "The search ends when the threshold moves by no more than this; 0 is half a grey level for integers, and "
             "half the smallest difference between two values for floats.",
     .offset = offsetof(wsi_global_params, tolerance),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 0,
     .max = 1e308},
    {.name = "initial_guess",
     .unit = "image's own scale",
     .help = "Where the search begins, a value between the smallest and the largest one; without it, at the mean.",
     .offset = offsetof(wsi_global_params, initial_guess),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 1,
     .max = 0,
     .min_count = 0,
     .max_count = 1},
    WSI_GLOBAL_COMPAT(
        "Round the counts of grey levels to float32 as scikit-image does. Changes nothing for floats, whose "
        "means scikit-image rounds in an order of its own."),
    WSI_GLOBAL_ESTIMATE};

static int floats(const wsi_fit_call *call)
{
    return call->in[0].type == WSI_F32 || call->in[0].type == WSI_F64;
}

static int fields(const wsi_fit_call *call, wsi_fit_field f[WSI_FIT_FIELDS_MAX])
{
    return floats(call) ? wsi_li_fields(call, f) : wsi_global_fields(call, f);
}

static size_t size(const wsi_fit_call *call)
{
    return floats(call) ? wsi_li_size(call) : wsi_global_size(call);
}

static void init(const wsi_fit_call *call, void *acc)
{
    (floats(call) ? wsi_li_init : wsi_global_init)(call, acc);
}

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    (floats(call) ? wsi_li_accumulate : wsi_global_accumulate)(call, im, x, y, acc);
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    (floats(call) ? wsi_li_merge : wsi_global_merge)(call, acc, other);
}

static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    return floats(call) ? wsi_li_finalise(call, acc, fit, err) : wsi_global_finalise(call, acc, fit, err, wsi_fit_li);
}

static const wsi_reduction reduction = {
    .fields = fields,
    .rounds = wsi_global_rounds,
    .size = size,
    .init = init,
    .accumulate = accumulate,
    .merge = merge,
    .finalise = finalise,
    .prepare = wsi_global_prepare,
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    WSI_RETURN_IF(in[0].type == WSI_BOOL, WSI_ERR_CHAIN, "takes integers and floats, not bool");
    return wsi_global_resolve(p, in, inputs, out, err);
}

WSI_KERNEL_PICK(threshold)

const wsi_op wsi_op_threshold_li = {
    WSI_GLOBAL_ROW,
    .name = "threshold_li",
    .summary = "Foreground above Li's minimum cross entropy threshold of the whole image.",
    .doc =
        "With values counted from the smallest one on, the next threshold is (a - b) / (log a - log b), a and b being "
        "the means of the pixels up to the last threshold and above it; that is repeated until it moves by no more "
        "than the tolerance, or a is 0. Means are exact; of float64 images they are so to 2^-32 of a value. "
        "scikit-image rounds the means of float images to their type: thresholds agree to its last digits. Where a "
        "tolerance ends a search of many steps in a float image, the threshold is within 1e-4 of the range of that "
        "step. NaN and infinities do not count. A constant image's threshold is its value. There is no "
        "iter_callback.\n\n" WSI_GLOBAL_DOC,
    .cost = 2.5,
    .source = "scikit-image 0.26 filters.threshold_li",
    .complexity =
        "O(1) a pixel, in one pass over the image, or two for floats and 32-bit integers, and one that compares",
    .example = "rgb2gray | threshold_li",
    .state_size = sizeof(wsi_compare_state),
    .resolve = resolve,
    .cuda = WSI_CUDA(threshold),
};
