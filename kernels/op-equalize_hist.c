/* equalize_hist: every pixel becomes the share of the whole image that is not above it. */
#include "exposure-private.h"
#include "histogram.h"
#include "mapping.h"

#include <math.h>
#include <string.h>

typedef struct equalize_params {
    int64_t nbins;
    wsi_reduction_params common;
} equalize_params;

static const wsi_param params[] = {
    {.name = "nbins",
     .unit = "",
     .help = "Bins of the histogram of float images; integers have one for each value.",
     .offset = offsetof(equalize_params, nbins),
     .type = WSI_PARAM_INT,
     .def = "256",
     .min = 1,
     .max = WSI_HISTOGRAM_BINS_MAX},
    WSI_MASK_PARAM(equalize_params, common),
    WSI_LEVEL_PARAM(equalize_params, common),
};

static const equalize_params *params_of(const wsi_fit_call *call)
{
    return (const equalize_params *)call->params;
}

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    WSI_FORWARD(wsi_need_mask(in, ((const equalize_params *)params_)->common.mask.image, err));
    return wsi_resolve_float(params_, in, inputs, out, err);
}

/* ---- what is learnt: the range, and the shares of the values or bins in it ---- */

static int rounds(const wsi_fit_call *call)
{
    return wsi_histogram_rounds(call->in[0].type);
}

/* Shares that the fit has room for: one a value of the type; a bin; a value of as wide a range as is taken. */
static int64_t shares(const wsi_fit_call *call)
{
    const wsi_dtype type = call->in[0].type;
    if (wsi_histogram_binned(type)) return params_of(call)->nbins;
    return wsi_mapping_entries(type) > 0 ? wsi_mapping_entries(type) : WSI_HISTOGRAM_SPAN_MAX;
}

static int fields(const wsi_fit_call *call, wsi_fit_field field[WSI_FIT_FIELDS_MAX])
{
    field[0] = (wsi_fit_field){"range", 2};
    field[1] = (wsi_fit_field){"cdf", shares(call)};
    return 2;
}

/* The round before the histogram, of types that need one. */
static int of_extremes(const wsi_fit_call *call)
{
    return call->round + 1 < rounds(call);
}

static size_t size(const wsi_fit_call *call)
{
    if (of_extremes(call)) return sizeof(wsi_extremes);
    return wsi_histogram_size(call->in[0].type, params_of(call)->nbins, call->fit);
}

static void init(const wsi_fit_call *call, void *acc)
{
    if (of_extremes(call))
        *(wsi_extremes *)acc = wsi_extremes_none();
    else
        wsi_histogram_init((wsi_histogram *)acc, call->in[0].type, params_of(call)->nbins, call->fit);
}

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    const wsi_image *under = wsi_exposure_mask(&params_of(call)->common, im);
    (void)x, (void)y;
    if (of_extremes(call))
        wsi_extremes_add((wsi_extremes *)acc, &im[0], under, 0);
    else
        wsi_histogram_add((wsi_histogram *)acc, &im[0], under);
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    if (of_extremes(call))
        wsi_extremes_merge((wsi_extremes *)acc, (const wsi_extremes *)other);
    else
        wsi_histogram_merge((wsi_histogram *)acc, (const wsi_histogram *)other);
}

static wsi_status finalise_range(const wsi_fit_call *call, const wsi_extremes *e, double *fit, wsi_error *err)
{
    WSI_FORWARD(wsi_exposure_range(e, &fit[0], &fit[1], err));
    return wsi_histogram_check(call->in[0].type, params_of(call)->nbins, fit, err);
}

/* Shares up to each level, which lie where the first level does; after the last they stay 1. */
static void sum_up(const wsi_levels *levels, double *cdf, int64_t first, int64_t n)
{
    uint64_t sum = 0, total = 0;
    for (int64_t i = 0; i < levels->n; i++) total += levels->count[i];
    for (int64_t i = 0; i < first; i++) cdf[i] = (double)levels->count[0] / (double)total;
    for (int64_t i = first; i < n; i++) {
        sum += i - first < levels->n ? levels->count[i - first] : 0;
        const double share = (double)sum / (double)total;
        cdf[i] = levels->narrow ? (double)(float)share : share;
    }
}

/* The values 0 and 1 that there are, of bins whose middle is at one of them or between both. */
static void range_of_truth(const wsi_levels *levels, double *fit)
{
    const double middle = (levels->value[0] + levels->value[levels->n - 1]) / 2;
    fit[0] = middle > 0.75;
    fit[1] = middle > 0.25;
}

static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    const wsi_dtype type = call->in[0].type;
    wsi_levels levels;
    if (of_extremes(call)) return finalise_range(call, (const wsi_extremes *)acc, fit, err);
    WSI_FORWARD(wsi_histogram_levels((const wsi_histogram *)acc, &levels, err));
    if (type == WSI_BOOL) range_of_truth(&levels, fit);
    const int by_value = levels.integer && wsi_mapping_entries(type) > 0;
    if (levels.integer) fit[0] = levels.value[0], fit[1] = levels.value[levels.n - 1];
    sum_up(&levels, fit + 2, by_value ? (int64_t)(levels.value[0] - wsi_mapping_first(type)) : 0, shares(call));
    wsi_levels_free(&levels);
    return WSI_OK;
}

/* ---- what the kernel reads ---- */

/* Entries of the table. */
static int entries(const wsi_fit_call *call)
{
    const wsi_dtype type = call->in[0].type;
    if (wsi_mapping_entries(type) > 0) return wsi_mapping_entries(type);
    return (int)(wsi_histogram_binned(type) ? shares(call) : (int64_t)(call->fit[1] - call->fit[0]) + 1);
}

static int has_lines(const wsi_fit_call *call)
{
    return wsi_mapping_entries(call->in[0].type) == 0 && wsi_histogram_binned(call->in[0].type);
}

static size_t state_size(const wsi_fit_call *call)
{
    return wsi_mapping_size(entries(call), 1, has_lines(call));
}

/* Straight lines between the middles of the bins. */
static wsi_status prepare_lines(const wsi_fit_call *call, wsi_mapping_state *s, wsi_error *err)
{
    wsi_levels levels;
    const int n = s->n;
    double *y = wsi_mapping_y(s, 0), *x = y + n, *slope = x + n + 1;
    WSI_FORWARD(wsi_levels_make(call->in[0].type, n, call->fit, &levels, NULL, err));
    memcpy(x, levels.value, (size_t)n * sizeof *x);
    wsi_levels_free(&levels);
    x[n] = HUGE_VAL;
    for (int i = 0; i + 1 < n; i++) slope[i] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
    s->first[0] = x[0];
    s->scale[0] = n > 1 ? (n - 1) / (x[n - 1] - x[0]) : 0;
    return WSI_OK;
}

/* Bool has bins, but only two values: what lines between those give there. */
static wsi_status prepare_truth(const wsi_fit_call *call, wsi_mapping_state *s, wsi_error *err)
{
    wsi_levels levels;
    WSI_FORWARD(wsi_levels_make(WSI_BOOL, shares(call), call->fit, &levels, NULL, err));
    for (int i = 0; i < 2; i++) wsi_mapping_y(s, 0)[i] = wsi_mapping_interp(i, levels.value, call->fit + 2, levels.n);
    wsi_levels_free(&levels);
    return WSI_OK;
}

static wsi_status prepare(const wsi_fit_call *call, void *state, wsi_error *err)
{
    const wsi_dtype type = call->in[0].type;
    wsi_mapping_state *s = (wsi_mapping_state *)state;
    s->n = entries(call);
    s->tables = 1;
    s->lines = has_lines(call);
    s->first[0] = wsi_mapping_entries(type) > 0 ? wsi_mapping_first(type) : call->fit[0];
    s->scale[0] = 1;
    if (type == WSI_BOOL) return prepare_truth(call, s, err);
    memcpy(wsi_mapping_y(s, 0), call->fit + 2, (size_t)s->n * sizeof(double));
    return s->lines ? prepare_lines(call, s, err) : WSI_OK;
}

static const wsi_reduction reduction = {WSI_EXPOSURE_REDUCTION, .state_size = state_size, .prepare = prepare};

WSI_KERNEL_PICK(mapping)

const wsi_op wsi_op_equalize_hist = {
    .name = "equalize_hist",
    WSI_EXPOSURE_ROW(equalize_params, wsi_mapping_state),
    .summary = "Histogram equalisation over the whole image.",
    .doc =
        "result(x) = share of all samples that are <= x, of the cumulative histogram of the whole image, all channels "
        "together: float32 from 0 to 1. Integers have one bin for each value (32-bit integers may span 262144 values). "
        "Floats have nbins bins of equal width from the smallest to the largest sample, with straight lines between "
        "the middles of the bins; NaN and infinities are refused. With mask the histogram is of the pixels under it, "
        "but the whole image is equalised; what lies beyond their range gets its ends.",
    .cost = 2.2,
    .source = "scikit-image 0.26 exposure.equalize_hist",
    .edge = "none",
    .complexity = "O(1) a pixel, in one pass over the image, or two for floats and 32-bit integers, and one that maps",
    .example = "rgb2gray | equalize_hist",
    .kernel_inputs = 1,
    .cuda = WSI_CUDA(mapping),
};
