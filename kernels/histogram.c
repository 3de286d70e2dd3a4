/* Histograms of whole images; see histogram.h.
 *
 * Neighbouring pixels are often alike, and a count cannot be raised again before it was written: bytes and bins are
 * counted in several tables in turn, which are added up at the end of every rectangle. The bin of a float is guessed
 * by a multiplication and then put right by its edges, so that it is the same one whatever the guess. */
#include "histogram.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "learn.h"
#include "op-private.h"
#include "selected.h"

enum { TABLES = 4, RUN = 512 };

struct wsi_histogram {
    wsi_dtype type;
    int64_t n;       /* counters: of bytes all 256 */
    int64_t first;   /* integers: value of the first one */
    int64_t bins;    /* as asked for; of bool, which is counted as bytes first */
    double range[2]; /* floats */
};

int wsi_histogram_binned(wsi_dtype type)
{
    return type == WSI_F32 || type == WSI_F64 || type == WSI_BOOL;
}

static int direct(wsi_dtype type)
{
    return wsi_dtype_size(type) <= 2;
}

int wsi_histogram_rounds(wsi_dtype type)
{
    return direct(type) ? 1 : 2;
}

static double in_type(wsi_dtype type, double v)
{
    return type == WSI_F32 ? (double)(float)v : v;
}

/* numpy.linspace in the image's own type. */
static void make_edges(wsi_dtype type, int64_t bins, const double range[2], double *edges)
{
    const int flat = range[0] == range[1];
    const double low = flat ? in_type(type, range[0] - 0.5) : range[0];
    const double high = flat ? in_type(type, range[1] + 0.5) : range[1];
    const double span = in_type(type, high - low), step = in_type(type, span / (double)bins);
    for (int64_t i = 0; i < bins; i++) {
        const double at = step != 0 ? (double)i * step : in_type(type, (double)i / (double)bins) * span;
        edges[i] = in_type(type, in_type(type, at) + low);
    }
    edges[bins] = high;
}

static int rising(const double *edges, int64_t bins)
{
    for (int64_t i = 0; i < bins; i++)
        if (!(edges[i] < edges[i + 1])) return 0;
    return 1;
}

wsi_status wsi_levels_make(wsi_dtype type, int64_t bins, const double range[2], wsi_levels *levels, double *edges,
                           wsi_error *err)
{
    double *own = edges ? edges : (double *)wsi_calloc((size_t)bins + 1, sizeof *own);
    *levels = (wsi_levels){.n = bins, .lowest = range[0], .highest = range[1], .narrow = type == WSI_F32};
    levels->count = (uint64_t *)wsi_calloc((size_t)bins, sizeof *levels->count);
    levels->value = (double *)wsi_calloc((size_t)bins, sizeof *levels->value);
    wsi_status status = WSI_OK;
    if (!own || !levels->count || !levels->value) {
        status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory for a histogram of %lld bins", (long long)bins);
    } else {
        make_edges(type, bins, range, own);
        if (!rising(own, bins))
            status = wsi_error_set(err, WSI_ERR_INPUT_UNSUPPORTED, "%lld bins are too many for values from %g to %g",
                                   (long long)bins, range[0], range[1]);
        for (int64_t i = 0; i < bins; i++) levels->value[i] = in_type(type, own[i] + own[i + 1]) / 2;
    }
    if (!edges) wsi_free(own);
    if (status != WSI_OK) wsi_levels_free(levels);
    return status;
}

wsi_status wsi_histogram_check(wsi_dtype type, int64_t bins, const double range[2], wsi_error *err)
{
    WSI_RETURN_IF(!isfinite(range[0]) || !isfinite(range[1]), WSI_ERR_INPUT_UNSUPPORTED,
                  "takes no image with %s; a mask can leave them out",
                  isnan(range[0]) || isnan(range[1]) ? "NaN" : "infinities");
    if (wsi_histogram_binned(type)) {
        wsi_levels levels;
        WSI_FORWARD(wsi_levels_make(type, bins, range, &levels, NULL, err));
        wsi_levels_free(&levels);
        return WSI_OK;
    }
    WSI_RETURN_IF(range[1] - range[0] >= WSI_HISTOGRAM_SPAN_MAX, WSI_ERR_INPUT_UNSUPPORTED,
                  "takes integers that span at most %d values, not from %.0f to %.0f", WSI_HISTOGRAM_SPAN_MAX, range[0],
                  range[1]);
    return WSI_OK;
}

static int64_t counters_of(wsi_dtype type, int64_t bins, const double *range)
{
    if (direct(type)) return (int64_t)1 << (8 * wsi_dtype_size(type));
    return wsi_histogram_binned(type) ? bins : (int64_t)(range[1] - range[0]) + 1;
}

/* Tables: more than one where they are small. */
static int tables_of(wsi_dtype type, int64_t n)
{
    return n <= (wsi_histogram_binned(type) ? 512 : 256) ? TABLES : 1;
}

static uint64_t *counts_of(const wsi_histogram *h)
{
    return (uint64_t *)(h + 1);
}

/* Of floats: n + 1 edges in the image's own type behind the counts. */
static void *edges_of(const wsi_histogram *h)
{
    return counts_of(h) + h->n * tables_of(h->type, h->n);
}

size_t wsi_histogram_size(wsi_dtype type, int64_t bins, const double *range)
{
    const int64_t n = counters_of(type, bins, range);
    const size_t edges = direct(type) || !wsi_histogram_binned(type) ? 0 : ((size_t)n + 1) * sizeof(double);
    return sizeof(wsi_histogram) + (size_t)n * (size_t)tables_of(type, n) * sizeof(uint64_t) + edges;
}

/* Edges are made as double; those of float32 then move together, in place. */
void wsi_histogram_init(wsi_histogram *h, wsi_dtype type, int64_t bins, const double *range)
{
    *h = (wsi_histogram){.type = type, .n = counters_of(type, bins, range), .bins = bins};
    if (range) memcpy(h->range, range, sizeof h->range);
    if (type == WSI_I8) h->first = INT8_MIN;
    if (type == WSI_I16) h->first = INT16_MIN;
    if (direct(type)) return;
    if (!wsi_histogram_binned(type)) {
        h->first = (int64_t)range[0];
        return;
    }
    double *edges = (double *)edges_of(h);
    make_edges(type, bins, range, edges);
    if (type != WSI_F32) return;
    for (int64_t i = 0; i <= bins; i++) {
        const float edge = (float)edges[i];
        memcpy((char *)edges + (size_t)i * sizeof edge, &edge, sizeof edge);
    }
}

static void add_bytes(void *user, const void *samples, int64_t n)
{
    wsi_histogram *h = (wsi_histogram *)user;
    uint64_t *count = counts_of(h);
    const uint8_t *v = (const uint8_t *)samples;
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, v + i, sizeof word);
        const uint64_t same = (word & 0xff) * UINT64_C(0x0101010101010101);
        if (word == same) {
            count[word & 0xff] += 8;
            continue;
        }
        for (int k = 0; k < 8; k++) count[(uint64_t)(k % TABLES * 256) + ((word >> (8 * k)) & 0xff)]++;
    }
    for (; i < n; i++) count[v[i]]++;
}

#define DIRECT(name, ctype)                                                                                            \
    static void add_##name(void *user, const void *samples, int64_t n)                                                 \
    {                                                                                                                  \
        wsi_histogram *h = (wsi_histogram *)user;                                                                      \
        uint64_t *count = counts_of(h);                                                                                \
        const ctype *v = (const ctype *)samples;                                                                       \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const int64_t at = (int64_t)v[i] - h->first;                                                               \
            if (at >= 0 && at < h->n) count[at]++;                                                                     \
        }                                                                                                              \
    }

DIRECT(u16, uint16_t)
DIRECT(i16, int16_t)
DIRECT(u32, uint32_t)
DIRECT(i32, int32_t)

static void count_bins(wsi_histogram *h, const int32_t *bin, int64_t n)
{
    uint64_t *count = counts_of(h);
    const int64_t stride = tables_of(h->type, h->n) > 1 ? h->n : 0;
    for (int64_t i = 0; i < n; i++) count[(i % TABLES) * stride + bin[i]]++;
}

/* The bin of x is the last one whose edge is not above it. */
#define BINNED(name, ctype)                                                                                            \
    static void add_##name(void *user, const void *samples, int64_t n)                                                 \
    {                                                                                                                  \
        wsi_histogram *h = (wsi_histogram *)user;                                                                      \
        const ctype *v = (const ctype *)samples, *edge = (const ctype *)edges_of(h);                                   \
        const ctype low = edge[0], top = (ctype)(h->n - 1), scale = (ctype)h->n / (edge[h->n] - low);                  \
        const int64_t last = h->n - 1;                                                                                 \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            ctype guess = (v[i] - low) * scale;                                                                        \
            guess = guess > 0 ? guess : 0; /* also what is no number */                                                \
            int32_t at = (int32_t)(guess < top ? guess : top);                                                         \
            while (at > 0 && v[i] < edge[at]) at--;                                                                    \
            while (at < last && v[i] >= edge[at + 1]) at++;                                                            \
            count_bins(h, &at, 1);                                                                                     \
        }                                                                                                              \
    }

BINNED(narrow, float)
BINNED(f64, double)

static void add_f32(void *user, const void *samples, int64_t n)
{
    wsi_histogram *h = (wsi_histogram *)user;
    const wsi_learn_kernel *kernel = wsi_learn_kernel_for(wsi_cpu_best());
    const float *v = (const float *)samples, *edge = (const float *)edges_of(h);
    const float span = edge[h->n] - edge[0], step = span / (float)h->n, scale = (float)h->n / span;
    if (!isfinite(scale) || step == 0) {
        add_narrow(user, samples, n);
        return;
    }
    for (int64_t from = 0; from < n; from += RUN) {
        const int64_t run = n - from < RUN ? n - from : RUN;
        int32_t bin[RUN];
        kernel->bins_f32(v + from, run, edge[0], step, scale, h->n, bin);
        count_bins(h, bin, run);
    }
}

/* All tables into the first one. */
static void add_up(wsi_histogram *h)
{
    uint64_t *count = counts_of(h);
    for (int t = 1; t < tables_of(h->type, h->n); t++) {
        uint64_t *other = count + t * h->n;
        for (int64_t i = 0; i < h->n; i++) count[i] += other[i];
        memset(other, 0, (size_t)h->n * sizeof *other);
    }
}

typedef struct adder {
    wsi_histogram *h;
    int channels;
    wsi_selected_fn add; /* of samples, not pixels */
} adder;

static void add_pixels(void *user, const void *samples, int64_t pixels)
{
    const adder *a = (const adder *)user;
    a->add(a->h, samples, pixels * a->channels);
}

void wsi_histogram_add(wsi_histogram *h, const wsi_image *im, const wsi_image *mask)
{
    static const wsi_selected_fn add[WSI_DTYPE_COUNT] = {add_bytes, add_bytes, add_bytes, add_u16, add_i16,
                                                         add_u32,   add_i32,   add_f32,   add_f64};
    adder a = {h, im->fmt.channels, add[h->type]};
    wsi_each_selected(im, mask, add_pixels, &a);
    add_up(h);
}

void wsi_histogram_merge(wsi_histogram *h, const wsi_histogram *other)
{
    uint64_t *count = counts_of(h);
    const uint64_t *more = counts_of(other);
    for (int64_t i = 0; i < h->n; i++) count[i] += more[i];
}

/* The counter of value first + i. */
static uint64_t counted(const wsi_histogram *h, int64_t i)
{
    return counts_of(h)[h->type == WSI_I8 ? i ^ 0x80 : i];
}

static wsi_status no_memory(wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory for a histogram");
}

/* Integers: without the empty bins at both ends. */
static wsi_status integer_levels(const wsi_histogram *h, int64_t from, int64_t to, wsi_levels *levels, wsi_error *err)
{
    *levels = (wsi_levels){.n = to - from + 1, .integer = 1};
    levels->lowest = (double)(h->first + from);
    levels->highest = (double)(h->first + to);
    levels->count = (uint64_t *)wsi_calloc((size_t)levels->n, sizeof *levels->count);
    levels->value = (double *)wsi_calloc((size_t)levels->n, sizeof *levels->value);
    if (!levels->count || !levels->value) {
        wsi_levels_free(levels);
        return no_memory(err);
    }
    for (int64_t i = from; i <= to; i++) {
        levels->count[i - from] = counted(h, i);
        levels->value[i - from] = (double)(h->first + i);
    }
    return WSI_OK;
}

/* bool: 0 and 1 into bins of float64. */
static wsi_status truth_levels(const wsi_histogram *h, int64_t from, int64_t to, wsi_levels *levels, wsi_error *err)
{
    const double range[2] = {from > 0, to > 0};
    double *edges = (double *)wsi_calloc((size_t)h->bins + 1, sizeof *edges);
    if (!edges) return no_memory(err);
    const wsi_status status = wsi_levels_make(h->type, h->bins, range, levels, edges, err);
    for (int64_t i = from; i <= to && status == WSI_OK; i++) {
        int64_t at = 0;
        while (at < h->bins - 1 && (double)(i > 0) >= edges[at + 1]) at++;
        levels->count[at] += counted(h, i);
    }
    wsi_free(edges);
    return status;
}

wsi_status wsi_histogram_levels(const wsi_histogram *h, wsi_levels *levels, wsi_error *err)
{
    int64_t from = 0, to = h->n - 1;
    while (from <= to && !counted(h, from)) from++;
    while (to >= from && !counted(h, to)) to--;
    memset(levels, 0, sizeof *levels);
    WSI_RETURN_IF(from > to, WSI_ERR_INPUT_UNSUPPORTED, "there is no pixel to learn from: the mask is zero everywhere");
    if (h->type == WSI_BOOL) return truth_levels(h, from, to, levels, err);
    if (!wsi_histogram_binned(h->type)) return integer_levels(h, from, to, levels, err);
    WSI_FORWARD(wsi_levels_make(h->type, h->bins, h->range, levels, NULL, err));
    memcpy(levels->count, counts_of(h), (size_t)h->n * sizeof *levels->count);
    return WSI_OK;
}

void wsi_levels_free(wsi_levels *levels)
{
    wsi_free(levels->count);
    wsi_free(levels->value);
    memset(levels, 0, sizeof *levels);
}
