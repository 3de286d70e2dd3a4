/* match_histograms: values become those of a reference image of the same rank.
 *
 * Values are counted by level: the values of a type of up to 16 bits, those within a span of 65536 of 32-bit integers,
 * and 65536 evenly spaced ones between the smallest and the largest value of floats. The fit of an image is its counts;
 * that of a reference image is made by the same rules. */
#include <math.h>
#include <string.h>

#include "exposure-private.h"
#include "common/mem.h"
#include "mapping.h"
#include "selected.h"

enum { LEVELS = 65536, COPIES = 4, CHANNELS_MAX = 16, AXIS_NONE = 0 };

typedef struct match_params {
    int channel_axis;
    wsi_reduction_params common;
} match_params;

static const char *const axes[] = {"none", "-1", NULL};

static const wsi_param params[] = {
    {.name = "channel_axis",
     .unit = "",
     .help = "Whether all samples are matched together, giving float32 (none), or each channel by itself (-1).",
     .offset = offsetof(match_params, channel_axis),
     .type = WSI_PARAM_ENUM,
     .def = "none",
     .names = axes},
    WSI_MASK_PARAM(match_params, common),
    WSI_LEVEL_PARAM(match_params, common),
};

static const match_params *params_of(const wsi_fit_call *call)
{
    return (const match_params *)call->params;
}

static int is_float(wsi_dtype type)
{
    return type == WSI_F32 || type == WSI_F64;
}

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const match_params *p = (const match_params *)params_;
    const int apart = p->channel_axis != AXIS_NONE;
    (void)inputs;
    WSI_FORWARD(wsi_need_mask(in, p->common.mask.image, err));
    WSI_RETURN_IF(apart && wsi_dtype_size(in[0].type) > 1 && in[0].channels > CHANNELS_MAX, WSI_ERR_CHAIN,
                  "takes at most %d channels of %s, not %d", CHANNELS_MAX, wsi_dtype_name(in[0].type), in[0].channels);
    *out = (wsi_pixfmt){apart && !is_float(in[0].type) ? in[0].type : WSI_F32, in[0].channels};
    return WSI_OK;
}

/* ---- levels, and how many samples have each ---- */

static int tables(const wsi_fit_call *call)
{
    return params_of(call)->channel_axis == AXIS_NONE ? 1 : call->in[0].channels;
}

static int levels(const wsi_fit_call *call)
{
    const int known = wsi_mapping_entries(call->in[0].type);
    return known > 0 ? known : LEVELS;
}

/* 1, or 2: then the range comes first. */
static int rounds(const wsi_fit_call *call)
{
    return wsi_mapping_entries(call->in[0].type) > 0 ? 1 : 2;
}

static int of_range(const wsi_fit_call *call)
{
    return call->round + 1 < rounds(call);
}

/* low and high are values of the first and last level of each table, counts those of one table after the other. */
static int fields(const wsi_fit_call *call, wsi_fit_field field[WSI_FIT_FIELDS_MAX])
{
    field[0] = (wsi_fit_field){"low", tables(call)};
    field[1] = (wsi_fit_field){"high", tables(call)};
    field[2] = (wsi_fit_field){"counts", (int64_t)tables(call) * levels(call)};
    return 3;
}

/* Levels in a unit of value. */
static double scale_of(const wsi_fit_call *call, const double *fit, int table)
{
    const double low = fit[table], high = fit[tables(call) + table];
    if (!is_float(call->in[0].type)) return 1;
    return high > low ? (LEVELS - 1) / (high - low) : 0;
}

static double value_of(const wsi_fit_call *call, const double *fit, int table, int level)
{
    const double low = fit[table], high = fit[tables(call) + table];
    return is_float(call->in[0].type) ? low + level * ((high - low) / (LEVELS - 1)) : low + level;
}

/* Where a fit has a table's counts. */
static int64_t counts_at(const wsi_fit_call *call, int table)
{
    return 2 * tables(call) + (int64_t)table * levels(call);
}

/* Accumulator of the second round; before it wsi_extremes of each table. */
typedef struct tally {
    double first[WSI_CHANNELS_MAX], scale[WSI_CHANNELS_MAX];
    int levels, tables, channels, copies;
    wsi_dtype type;
    uint64_t count[]; /* copies of levels, of one table after the other */
} tally;

/* Neighbours are often alike, and a count cannot be raised again before it was written: bytes have several. */
static int copies(const wsi_fit_call *call)
{
    return wsi_dtype_size(call->in[0].type) == 1 ? COPIES : 1;
}

static size_t size(const wsi_fit_call *call)
{
    if (of_range(call)) return (size_t)tables(call) * sizeof(wsi_extremes);
    return sizeof(tally) + (size_t)copies(call) * (size_t)levels(call) * (size_t)tables(call) * sizeof(uint64_t);
}

static void init(const wsi_fit_call *call, void *acc)
{
    tally *t = (tally *)acc;
    const wsi_pixfmt fmt = call->in[0];
    for (int i = 0; i < tables(call) && of_range(call); i++) ((wsi_extremes *)acc)[i] = wsi_extremes_none();
    if (of_range(call)) return;
    *t = (tally){.levels = levels(call), .tables = tables(call), .channels = fmt.channels, .copies = copies(call)};
    t->type = fmt.type;
    for (int i = 0; i < t->tables && rounds(call) > 1; i++) {
        t->first[i] = call->fit[i];
        t->scale[i] = scale_of(call, call->fit, i);
    }
}

/* n samples, `step` apart, into a table; direct types by their bits. */
#define COUNT(name, ctype, entry)                                                                                      \
    static void count_##name(tally *t, int table, const void *samples, int64_t n, int step)                            \
    {                                                                                                                  \
        const ctype *v = (const ctype *)samples;                                                                       \
        uint64_t *count = t->count + (size_t)table * (size_t)t->levels * (size_t)t->copies;                            \
        const double first = t->first[table], scale = t->scale[table];                                                 \
        const size_t next = (size_t)t->levels * (t->copies > 1);                                                       \
        (void)first, (void)scale;                                                                                      \
        for (int64_t i = 0; i < n; i++) count[(size_t)(i % COPIES) * next + (size_t)(entry)]++;                        \
    }

COUNT(bool, uint8_t, v[i * step] != 0)
COUNT(u8, uint8_t, v[i * step])
COUNT(i8, int8_t, v[i * step] + 128)
COUNT(u16, uint16_t, v[i * step])
COUNT(i16, int16_t, v[i * step] + 32768)
COUNT(u32, uint32_t, wsi_px_mapping_entry(first, scale, LEVELS, v[i * step]))
COUNT(i32, int32_t, wsi_px_mapping_entry(first, scale, LEVELS, v[i * step]))
COUNT(f32, float, wsi_px_mapping_entry(first, scale, LEVELS, (double)v[i * step]))
COUNT(f64, double, wsi_px_mapping_entry(first, scale, LEVELS, v[i * step]))

typedef void (*count_fn)(tally *, int, const void *, int64_t, int);

static void take(void *user, const void *samples, int64_t pixels)
{
    static const count_fn counters[WSI_DTYPE_COUNT] = {count_bool, count_u8,  count_i8,  count_u16, count_i16,
                                                       count_u32,  count_i32, count_f32, count_f64};
    tally *t = (tally *)user;
    const int step = t->tables > 1 ? t->channels : 1;
    for (int i = 0; i < t->tables; i++)
        counters[t->type](t, i, (const char *)samples + (size_t)i * wsi_dtype_size(t->type),
                          pixels * t->channels / step, step);
}

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    const wsi_image *under = wsi_exposure_mask(&params_of(call)->common, im);
    (void)x, (void)y;
    if (of_range(call))
        wsi_extremes_add((wsi_extremes *)acc, &im[0], under, tables(call) > 1);
    else
        wsi_each_selected(&im[0], under, take, acc);
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    tally *t = (tally *)acc;
    const tally *more = (const tally *)other;
    if (of_range(call)) {
        for (int i = 0; i < tables(call); i++)
            wsi_extremes_merge((wsi_extremes *)acc + i, (const wsi_extremes *)other + i);
        return;
    }
    for (size_t i = 0; i < (size_t)t->levels * (size_t)t->copies * (size_t)t->tables; i++)
        t->count[i] += more->count[i];
}

static wsi_status finalise_range(const wsi_fit_call *call, const wsi_extremes *e, double *fit, wsi_error *err)
{
    for (int i = 0; i < tables(call); i++) {
        double low, high;
        WSI_FORWARD(wsi_exposure_range(&e[i], &low, &high, err));
        WSI_RETURN_IF(!isfinite(low) || !isfinite(high) || !isfinite(high - low), WSI_ERR_INPUT_UNSUPPORTED,
                      "takes no image with NaN or infinities (its values range from %g to %g)", low, high);
        WSI_RETURN_IF(!is_float(call->in[0].type) && high - low >= LEVELS, WSI_ERR_INPUT_UNSUPPORTED,
                      "takes integers that span at most %d values, not from %.0f to %.0f: cast them to float32, which "
                      "has so many levels",
                      LEVELS, low, high);
        fit[i] = low;
        fit[tables(call) + i] = high;
    }
    return WSI_OK;
}

/* Samples of a level, of all copies. */
static double count_of(const tally *t, int table, int level)
{
    const uint64_t *count = t->count + (size_t)table * (size_t)t->levels * (size_t)t->copies + level;
    uint64_t sum = 0;
    for (int i = 0; i < t->copies; i++) sum += count[(size_t)i * (size_t)t->levels];
    return (double)sum;
}

static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    const tally *t = (const tally *)acc;
    double samples = 0;
    if (of_range(call)) return finalise_range(call, (const wsi_extremes *)acc, fit, err);
    for (int i = 0; i < t->tables; i++) {
        double *counts = fit + counts_at(call, i);
        if (rounds(call) == 1) fit[i] = wsi_mapping_first(t->type), fit[t->tables + i] = fit[i] + t->levels - 1;
        for (int k = 0; k < t->levels; k++) samples += counts[k] = count_of(t, i, k);
    }
    return wsi_exposure_need_samples(samples, err);
}

/* ---- what the kernel reads ---- */

static size_t state_size(const wsi_fit_call *call)
{
    return wsi_mapping_size(levels(call), tables(call), 0);
}

/* The values that a reference has, and the share of its samples up to each; returns how many. */
static int64_t shares_of_target(const wsi_fit_call *call, int table, double *share, double *value)
{
    const double *counts = call->target + counts_at(call, table);
    double sum = 0, total = 0;
    int64_t n = 0;
    for (int i = 0; i < levels(call); i++) total += counts[i];
    for (int i = 0; i < levels(call); i++) {
        if (counts[i] == 0) continue;
        sum += counts[i];
        share[n] = sum / total;
        value[n++] = value_of(call, call->target, table, i);
    }
    return n;
}

static void prepare_table(const wsi_fit_call *call, int table, double *share, double *value, wsi_mapping_state *s)
{
    const int64_t known = shares_of_target(call, table, share, value);
    const double *counts = call->fit + counts_at(call, table);
    double *y = wsi_mapping_y(s, table), sum = 0, total = 0;
    for (int i = 0; i < s->n; i++) total += counts[i];
    for (int i = 0; i < s->n && known > 0; i++) {
        sum += counts[i];
        y[i] = wsi_mapping_interp(sum / total, share, value, known);
        if (call->in[0].type == WSI_BOOL && params_of(call)->channel_axis != AXIS_NONE) y[i] = y[i] != 0;
    }
    s->first[table] = call->fit[table];
    s->scale[table] = scale_of(call, call->fit, table);
}

static wsi_status prepare(const wsi_fit_call *call, void *state, wsi_error *err)
{
    wsi_mapping_state *s = (wsi_mapping_state *)state;
    WSI_RETURN_IF(!call->target, WSI_ERR_CHAIN, "needs a reference slide, or its saved parameters, to match");
    s->n = levels(call);
    s->tables = tables(call);
    double *share = (double *)wsi_calloc(2 * (size_t)s->n, sizeof *share);
    WSI_RETURN_IF(!share, WSI_ERR_NO_MEMORY, "out of memory for a histogram");
    for (int i = 0; i < s->tables; i++) prepare_table(call, i, share, share + s->n, s);
    wsi_free(share);
    return WSI_OK;
}

static const wsi_reduction reduction = {WSI_EXPOSURE_REDUCTION, .takes_target = 2, .state_size = state_size,
                                        .prepare = prepare};

WSI_KERNEL_PICK(mapping)

const wsi_op wsi_op_match_histograms = {
    .name = "match_histograms",
    WSI_EXPOSURE_ROW(match_params, wsi_mapping_state),
    .summary = "Give an image the histogram of a reference slide.",
    .doc =
        "With F(x) the share of all samples that are <= x, the result is the reference's value at that share of its "
        "own samples, on straight lines between its values. channel_axis=none takes all channels together and gives "
        "float32; channel_axis=-1 takes each by itself and keeps integer types, cut off, not rounded, as in the "
        "reference implementation.\n\nTypes of up to 16 bits, and 32-bit integers that span at most 65536 values, are "
        "counted value by value and come out as in memory. Floats are first put on 65536 evenly spaced levels between "
        "the smallest and the largest sample, of the slide and of the reference alike, since a count for each float "
        "would not fit in memory: a sample moves by at most 1/131070 of that range before it is matched. NaN and "
        "infinities are refused. Slide and reference must be of one type. With mask the shares are of the pixels under "
        "it, of both. The reference is the slide of --reference, or a fit in --params.",
    .cost = 1.4,
    .source = "scikit-image 0.26 exposure.match_histograms",
    .edge = "none",
    .complexity = "O(1) a pixel, in one pass over the image, or two for floats and 32-bit integers, and one that maps",
    .example = "match_histograms:channel_axis=-1",
    .kernel_inputs = 1,
    .cuda = WSI_CUDA(mapping),
};
