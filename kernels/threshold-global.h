/* What the rows of the thresholds of a whole image share: parameters, and the reduction around a fit of a histogram. */
#ifndef WSI_THRESHOLD_GLOBAL_H
#define WSI_THRESHOLD_GLOBAL_H

#include "compare.h"
#include "op-private.h"
#include "reduction-params.h"
#include "reduction.h"
#include "threshold-fit.h"

typedef struct wsi_global_params {
    wsi_reduction_params estimate;
    int compat;
    int64_t nbins, classes, max_num_iter;
    double tolerance;
    wsi_floats initial_guess;
} wsi_global_params;

/* Fields of every fit: smallest and largest value, then the thresholds. */
enum { WSI_FIT_RANGE = 0, WSI_FIT_THRESHOLD = 2 };

#define WSI_GLOBAL_COMPAT(text)                                                                                        \
    {                                                                                                                  \
        .name = "compat", .unit = "", .help = text, .offset = offsetof(wsi_global_params, compat),                     \
        .type = WSI_PARAM_BOOL, .def = "false"                                                                         \
    }
#define WSI_GLOBAL_SUMS                                                                                                \
    WSI_GLOBAL_COMPAT("Round sums to float32 where scikit-image does, instead of summing exactly; of images of many "  \
                      "millions of pixels that may be another threshold.")
#define WSI_GLOBAL_NBINS                                                                                               \
    {                                                                                                                  \
        .name = "nbins", .unit = "bins",                                                                               \
        .help = "Bins of the histogram of a float or bool image; integers have one for each value.",                   \
        .offset = offsetof(wsi_global_params, nbins), .type = WSI_PARAM_INT, .def = "256", .min = 2,                   \
        .max = WSI_HISTOGRAM_BINS_MAX                                                                                  \
    }
#define WSI_GLOBAL_ESTIMATE WSI_MASK_PARAM(wsi_global_params, estimate), WSI_LEVEL_PARAM(wsi_global_params, estimate)

/* What the documents of all say. */
#define WSI_GLOBAL_FIT_DOC                                                                                             \
    "Thresholds are those of the whole image, or of its pixels under `mask`, in the image's own scale: grey levels "   \
    "of "                                                                                                              \
    "integers, plain values of floats, in the precision of the image's type. They do not depend on tiles, threads or " \
    "device. With `level` they are estimated on a smaller level of the slide. Takes one channel (`rgb2gray` or "       \
    "`channel` before it)."
#define WSI_GLOBAL_DOC                                                                                                 \
    WSI_GLOBAL_FIT_DOC                                                                                                 \
    " A pixel is foreground when it is strictly greater. The result is bool, written to files as 0 and 255; the "      \
    "threshold itself, which is what the reference returns, is in the run's .params.json."
#define WSI_GLOBAL_BINS_DOC                                                                                            \
    "Integers have one bin for each value (of 32 bits: at most 262144 between the smallest and the largest); floats "  \
    "nbins of equal width from the smallest to the largest value, as in numpy.histogram; bool is binned like float64 " \
    "0 and 1. NaN and infinities are refused, as they are there: mask them. A histogram of one's own (hist) is not "   \
    "taken."
#define WSI_GLOBAL_HISTOGRAM_DOC WSI_GLOBAL_BINS_DOC "\n\n" WSI_GLOBAL_DOC

/* Threshold of a complete histogram. */
wsi_status wsi_global_finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err, wsi_threshold_fn fn);
wsi_status wsi_global_speculate(const wsi_fit_call *call, const void *acc, double *fit, wsi_error *err,
                                wsi_threshold_fn fn);
int wsi_global_fields(const wsi_fit_call *call, wsi_fit_field fields[WSI_FIT_FIELDS_MAX]);
int wsi_global_rounds(const wsi_fit_call *call);
size_t wsi_global_size(const wsi_fit_call *call);
void wsi_global_init(const wsi_fit_call *call, void *acc);
void wsi_global_accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc);
void wsi_global_merge(const wsi_fit_call *call, void *acc, const void *other);
/* The state of the kernel of `threshold`. */
wsi_status wsi_global_prepare(const wsi_fit_call *call, void *state, wsi_error *err);
/* One channel to bool. */
wsi_status wsi_global_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);
/* How the parameters want it. */
wsi_threshold_how wsi_global_how(const wsi_global_params *p);
/* The mask among a call's images, or NULL. */
const wsi_image *wsi_global_mask(const wsi_fit_call *call, const wsi_image *im);

/* Defines `reduction`, of a fit of a histogram. */
#define WSI_GLOBAL_REDUCTION(fn, prepare_fn)                                                                           \
    static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)                       \
    {                                                                                                                  \
        return wsi_global_finalise(call, acc, fit, err, fn);                                                           \
    }                                                                                                                  \
    static wsi_status speculate(const wsi_fit_call *call, const void *acc, double *fit, wsi_error *err)                \
    {                                                                                                                  \
        return wsi_global_speculate(call, acc, fit, err, fn);                                                          \
    }                                                                                                                  \
    static const wsi_reduction reduction = {                                                                           \
        .fields = wsi_global_fields,                                                                                   \
        .rounds = wsi_global_rounds,                                                                                   \
        .size = wsi_global_size,                                                                                       \
        .init = wsi_global_init,                                                                                       \
        .accumulate = wsi_global_accumulate,                                                                           \
        .merge = wsi_global_merge,                                                                                     \
        .finalise = finalise,                                                                                          \
        .prepare = prepare_fn,                                                                                         \
        .speculate = speculate,                                                                                        \
    };

/* What all rows have in common. */
#define WSI_GLOBAL_ROW                                                                                                 \
    .module = "filters", .edge = "none", .params = params, .param_count = WSI_COUNT(params),                           \
    .params_size = sizeof(wsi_global_params), .exactness = WSI_EXACT, .backends_exact = 1, .kernel_inputs = 1,         \
    .reduction = &reduction, .kernel = kernel
/* And those that compare with one threshold. */
#define WSI_GLOBAL_MASK_ROW                                                                                            \
    WSI_GLOBAL_ROW, .state_size = sizeof(wsi_compare_state), .resolve = wsi_global_resolve, .cuda = WSI_CUDA(threshold)

#endif
