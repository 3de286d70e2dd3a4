/* The reduction of thresholds that need a histogram; see threshold-global.h.
 *
 * Types that need their range first find it in a round of its own. Of floats that round also counts values by the upper
 * bits of their keys, which is fine enough to foretell the histogram, and so the threshold, before the second round has
 * counted it exactly. */
#include "threshold-global.h"

#include <math.h>

#include "common/mem.h"
#include "extremes.h"
#include "learn.h"
#include "selected.h"
#include "value-keys.h"

enum { BUCKET_BITS = 19, BUCKETS = 1 << BUCKET_BITS, RUN = 512 };

/* Accumulator of the first of two rounds. */
typedef struct wsi_global_range {
    wsi_extremes extremes; /* of float32 only the samples */
    int32_t low, high;     /* keys of float32, see learn.h */
    int shift;             /* of a key to its bucket */
    uint32_t count[]; /* floats alone: twice BUCKETS, for every other pixel; of more than 2^32 pixels they may wrap */
} wsi_global_range;

static const wsi_global_params *params_of(const wsi_fit_call *call)
{
    return (const wsi_global_params *)call->params;
}

static wsi_dtype type_of(const wsi_fit_call *call)
{
    return call->in[0].type;
}

const wsi_image *wsi_global_mask(const wsi_fit_call *call, const wsi_image *im)
{
    const int mask = params_of(call)->estimate.mask.image;
    return mask >= 0 ? &im[mask] : NULL;
}

wsi_threshold_how wsi_global_how(const wsi_global_params *p)
{
    return (wsi_threshold_how){p->compat, p->classes, p->max_num_iter, p->tolerance,
                               p->initial_guess.n ? p->initial_guess.v : NULL};
}

int wsi_global_fields(const wsi_fit_call *call, wsi_fit_field fields[WSI_FIT_FIELDS_MAX])
{
    const int64_t classes = params_of(call)->classes;
    fields[0] = (wsi_fit_field){"range", 2};
    fields[1] = (wsi_fit_field){"threshold", classes ? classes - 1 : 1};
    return 2;
}

int wsi_global_rounds(const wsi_fit_call *call)
{
    return wsi_histogram_rounds(type_of(call));
}

static int first_of_two(const wsi_fit_call *call)
{
    return call->round == 0 && wsi_global_rounds(call) == 2;
}

size_t wsi_global_size(const wsi_fit_call *call)
{
    const size_t buckets = wsi_histogram_binned(type_of(call)) ? 2 * (size_t)BUCKETS : 0;
    if (first_of_two(call)) return sizeof(wsi_global_range) + buckets * sizeof(uint32_t);
    return wsi_histogram_size(type_of(call), params_of(call)->nbins, call->fit + WSI_FIT_RANGE);
}

void wsi_global_init(const wsi_fit_call *call, void *acc)
{
    if (first_of_two(call)) {
        wsi_global_range *r = (wsi_global_range *)acc;
        r->extremes = wsi_extremes_none();
        r->low = INT32_MAX;
        r->high = INT32_MIN;
        r->shift = wsi_key_bits(type_of(call)) - BUCKET_BITS;
        return;
    }
    wsi_histogram_init((wsi_histogram *)acc, type_of(call), params_of(call)->nbins, call->fit + WSI_FIT_RANGE);
}

static void count_buckets(wsi_global_range *r, const uint32_t *bucket, int64_t n)
{
    for (int64_t i = 0; i < n; i++) r->count[(i & 1) * BUCKETS + bucket[i]]++;
}

static void count_f32(void *user, const void *samples, int64_t n)
{
    wsi_global_range *r = (wsi_global_range *)user;
    const wsi_learn_kernel *kernel = wsi_learn_kernel_for(wsi_cpu_best());
    for (int64_t from = 0; from < n; from += RUN) {
        const int64_t run = n - from < RUN ? n - from : RUN;
        uint32_t bucket[RUN];
        kernel->keys_f32((const float *)samples + from, run, r->shift, bucket, &r->low, &r->high);
        count_buckets(r, bucket, run);
    }
    r->extremes.samples += n;
}

static void count_f64(void *user, const void *samples, int64_t n)
{
    wsi_global_range *r = (wsi_global_range *)user;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t bucket = (uint32_t)(wsi_key_f64(((const double *)samples)[i]) >> r->shift);
        count_buckets(r, &bucket, 1);
    }
}

void wsi_global_accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    const wsi_image *mask = wsi_global_mask(call, im);
    (void)x, (void)y;
    if (!first_of_two(call)) {
        wsi_histogram_add((wsi_histogram *)acc, &im[0], mask);
        return;
    }
    wsi_global_range *r = (wsi_global_range *)acc;
    if (type_of(call) != WSI_F32) wsi_extremes_add(&r->extremes, &im[0], mask, 0);
    if (type_of(call) == WSI_F32) wsi_each_selected(&im[0], mask, count_f32, r);
    if (type_of(call) == WSI_F64) wsi_each_selected(&im[0], mask, count_f64, r);
}

static void add_buckets(wsi_global_range *r, const wsi_global_range *more, int64_t first, int64_t last)
{
    for (int64_t i = first; i <= last; i++) r->count[i] += more->count[i];
    for (int64_t i = first; i <= last; i++) r->count[BUCKETS + i] += more->count[BUCKETS + i];
}

/* Of a signed key. */
static int64_t bucket_of(const wsi_global_range *r, int32_t key)
{
    return ((uint32_t)key ^ (UINT32_C(1) << 31)) >> r->shift;
}

void wsi_global_merge(const wsi_fit_call *call, void *acc, const void *other)
{
    if (!first_of_two(call)) {
        wsi_histogram_merge((wsi_histogram *)acc, (const wsi_histogram *)other);
        return;
    }
    wsi_global_range *r = (wsi_global_range *)acc;
    const wsi_global_range *more = (const wsi_global_range *)other;
    wsi_extremes_merge(&r->extremes, &more->extremes);
    if (more->low < r->low) r->low = more->low;
    if (more->high > r->high) r->high = more->high;
    if (type_of(call) == WSI_F32 && more->low <= more->high)
        add_buckets(r, more, bucket_of(r, more->low), bucket_of(r, more->high));
    if (type_of(call) == WSI_F64) add_buckets(r, more, 0, BUCKETS - 1);
}

/* The value of a signed key; a NaN's key is beyond those of infinities. */
static double value_of(int32_t key)
{
    return wsi_key_value(WSI_F32, (uint32_t)key ^ (UINT32_C(1) << 31));
}

/* Zeros are positive: which of both came first does not matter. */
static wsi_status find_range(const wsi_fit_call *call, const wsi_global_range *r, double *fit, wsi_error *err)
{
    const int keys = type_of(call) == WSI_F32;
    WSI_RETURN_IF(!r->extremes.samples, WSI_ERR_INPUT_UNSUPPORTED,
                  "there is no pixel to learn from: the mask is zero everywhere");
    fit[WSI_FIT_RANGE] = (keys ? value_of(r->low) : wsi_extremes_low(&r->extremes)) + 0.0;
    fit[WSI_FIT_RANGE + 1] = (keys ? value_of(r->high) : wsi_extremes_high(&r->extremes)) + 0.0;
    return wsi_histogram_check(type_of(call), params_of(call)->nbins, fit + WSI_FIT_RANGE, err);
}

wsi_status wsi_global_finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err, wsi_threshold_fn fn)
{
    if (first_of_two(call)) return find_range(call, (const wsi_global_range *)acc, fit, err);
    const wsi_threshold_how how = wsi_global_how(params_of(call));
    wsi_levels levels;
    WSI_FORWARD(wsi_histogram_levels((const wsi_histogram *)acc, &levels, err));
    fit[WSI_FIT_RANGE] = levels.lowest;
    fit[WSI_FIT_RANGE + 1] = levels.highest;
    const wsi_status status = fn(&levels, &how, fit + WSI_FIT_THRESHOLD, err);
    wsi_levels_free(&levels);
    return status;
}

/* Pixels below each edge, those of the bucket around it shared out evenly. */
static void foretell(const wsi_global_range *r, wsi_dtype type, const double *edges, const wsi_levels *levels)
{
    const uint64_t first = wsi_key_of(type, levels->lowest) >> r->shift;
    const uint64_t last = wsi_key_of(type, levels->highest) >> r->shift;
    uint64_t below = 0, passed = 0;
    int64_t bin = 0;
    for (uint64_t b = first; b <= last; b++) {
        const uint64_t counted = (uint64_t)r->count[b] + r->count[BUCKETS + b];
        const double from = fmax(wsi_key_value(type, b << r->shift), levels->lowest);
        const double to = b < last ? wsi_key_value(type, (b + 1) << r->shift) : levels->highest;
        for (; bin + 1 < levels->n && edges[bin + 1] < to; bin++) {
            const double part = edges[bin + 1] > from ? (edges[bin + 1] - from) / (to - from) : 0;
            const uint64_t upto = below + (uint64_t)(part * (double)counted + 0.5);
            levels->count[bin] = upto - passed;
            passed = upto;
        }
        below += counted;
    }
    levels->count[bin] = below - passed;
    if (levels->lowest == levels->highest) return;
    if (!levels->count[0]) levels->count[0] = 1; /* the smallest value is in it, and the largest in the last one */
    if (!levels->count[levels->n - 1]) levels->count[levels->n - 1] = 1;
}

/* Where the foretold histogram has no threshold, the exact one may. */
wsi_status wsi_global_speculate(const wsi_fit_call *call, const void *acc, double *fit, wsi_error *err,
                                wsi_threshold_fn fn)
{
    const wsi_global_params *p = params_of(call);
    const wsi_threshold_how how = wsi_global_how(p);
    const wsi_dtype type = type_of(call);
    wsi_levels levels;
    if (!wsi_histogram_binned(type)) return WSI_OK; /* integers of 32 bits are not foretold */
    double *edges = (double *)wsi_calloc((size_t)p->nbins + 1, sizeof *edges);
    WSI_RETURN_IF(!edges, WSI_ERR_NO_MEMORY, "out of memory for a histogram");
    wsi_status status = wsi_levels_make(type, p->nbins, fit + WSI_FIT_RANGE, &levels, edges, err);
    if (status == WSI_OK) {
        foretell((const wsi_global_range *)acc, type, edges, &levels);
        status = fn(&levels, &how, fit + WSI_FIT_THRESHOLD, err);
        wsi_levels_free(&levels);
    }
    wsi_free(edges);
    return status == WSI_ERR_NO_MEMORY ? status : WSI_OK;
}

wsi_status wsi_global_prepare(const wsi_fit_call *call, void *state, wsi_error *err)
{
    (void)err;
    wsi_compare_prepare((wsi_compare_state *)state, WSI_GREATER, type_of(call), 1, call->fit[WSI_FIT_THRESHOLD]);
    return WSI_OK;
}

wsi_status wsi_global_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)inputs;
    *out = (wsi_pixfmt){WSI_BOOL, 1};
    WSI_FORWARD(wsi_need_channels(&in[0], 1, err));
    return wsi_need_mask(in, ((const wsi_global_params *)params)->estimate.mask.image, err);
}
