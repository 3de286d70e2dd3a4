/* Percentiles; see quantile.h. */
#include "quantile.h"

#include <math.h>
#include <string.h>

#include "histogram.h"
#include "px/median-px.h"
#include "selected.h"

enum { DIGIT_BITS = 16, DIGITS = 1 << DIGIT_BITS, RUN = 256 };

/* Followed by a histogram, for small types; else by DIGITS counts for each different beginning, and in the first round,
 * which has only one, twice that. */
struct wsi_quantile {
    wsi_dtype type;
    int round, rounds;
    int beginnings;
    int of_rank[WSI_QUANTILE_RANKS]; /* which of the beginnings a rank has */
    uint64_t begin[WSI_QUANTILE_RANKS];
    uint64_t samples, nan;
};

static int small(wsi_dtype type)
{
    return wsi_dtype_size(type) <= 2;
}

/* Bool is counted as the bytes that it is, not by the rule of histograms. */
static wsi_dtype counted_as(wsi_dtype type)
{
    return type == WSI_BOOL ? WSI_U8 : type;
}

static wsi_histogram *histogram_of(const wsi_quantile *q)
{
    return (wsi_histogram *)(uintptr_t)(q + 1);
}

static uint64_t *counts_of(const wsi_quantile *q, int beginning)
{
    return (uint64_t *)(uintptr_t)(q + 1) + (size_t)beginning * DIGITS;
}

static int tables_of(const wsi_quantile *q)
{
    return q->round ? q->beginnings : 2;
}

int wsi_quantile_rounds(wsi_dtype type)
{
    return small(type) ? 1 : (int)wsi_dtype_size(type) * 8 / DIGIT_BITS;
}

size_t wsi_quantile_size(wsi_dtype type, int round)
{
    if (small(type)) return sizeof(wsi_quantile) + wsi_histogram_size(counted_as(type), 1, NULL);
    return sizeof(wsi_quantile) + (size_t)(round ? WSI_QUANTILE_RANKS : 2) * DIGITS * sizeof(uint64_t);
}

static void note_beginning(wsi_quantile *q, int rank, uint64_t begin)
{
    int k = 0;
    while (k < q->beginnings && q->begin[k] != begin) k++;
    if (k == q->beginnings) q->begin[q->beginnings++] = begin;
    q->of_rank[rank] = k;
}

void wsi_quantile_init(wsi_quantile *q, wsi_dtype type, int round, const wsi_quantile_found *found)
{
    *q = (wsi_quantile){.type = type, .round = round, .rounds = wsi_quantile_rounds(type)};
    for (int k = 0; k < WSI_QUANTILE_RANKS; k++) note_beginning(q, k, round ? (uint64_t)found->begin[k] : 0);
    if (small(type)) wsi_histogram_init(histogram_of(q), counted_as(type), 1, NULL);
}

static inline uint32_t key_u32(uint32_t v)
{
    return v;
}

static inline uint32_t key_i32(int32_t v)
{
    return (uint32_t)v ^ UINT32_C(0x80000000);
}

static double value_of(wsi_dtype type, uint64_t key)
{
    switch (type) {
    case WSI_U32:
        return (double)(uint32_t)key;
    case WSI_I32:
        return (double)(int32_t)((uint32_t)key ^ UINT32_C(0x80000000));
    case WSI_F32:
        return (double)wsi_px_unkey_f32((uint32_t)key);
    default:
        return wsi_px_unkey_f64(key);
    }
}

/* The first round counts the highest digit of every key, in two tables in turn: neighbours are often alike, and a count
 * cannot be raised again before it was written. */
#define ADD_FIRST(name, ctype, key_fn)                                                                                 \
    static void first_##name(wsi_quantile *q, const void *samples, int64_t n)                                          \
    {                                                                                                                  \
        const ctype *v = (const ctype *)samples;                                                                       \
        uint64_t *even = counts_of(q, 0), *odd = counts_of(q, 1), nan = 0;                                             \
        const int shift = DIGIT_BITS * (q->rounds - 1);                                                                \
        int64_t i = 0;                                                                                                 \
        for (; i + 1 < n; i += 2) {                                                                                    \
            even[key_fn(v[i]) >> shift]++;                                                                             \
            odd[key_fn(v[i + 1]) >> shift]++;                                                                          \
        }                                                                                                              \
        if (i < n) even[key_fn(v[i]) >> shift]++;                                                                      \
        for (i = 0; i < n; i++) nan += v[i] != v[i];                                                                   \
        q->samples += (uint64_t)n;                                                                                     \
        q->nan += nan;                                                                                                 \
    }

/* Later rounds count a digit of those keys that begin as one of the ranks' does, which are few: they are picked out
 * first. */
#define ADD_LATER(name, ctype, ukey, key_fn)                                                                           \
    static void later_##name(wsi_quantile *q, const void *samples, int64_t n)                                          \
    {                                                                                                                  \
        const ctype *v = (const ctype *)samples;                                                                       \
        const int shift = DIGIT_BITS * (q->rounds - 1 - q->round), above = shift + DIGIT_BITS;                         \
        const ukey a = (ukey)q->begin[0], b = (ukey)begin_of(q, 1), c = (ukey)begin_of(q, 2),                          \
                   d = (ukey)begin_of(q, 3);                                                                           \
        uint8_t hit[RUN];                                                                                              \
        for (int64_t at = 0; at < n; at += RUN, v += RUN) {                                                            \
            const int64_t run = n - at < RUN ? n - at : RUN;                                                           \
            for (int64_t i = 0; i < run; i++) {                                                                        \
                const ukey key = (ukey)(key_fn(v[i]) >> above);                                                        \
                hit[i] = (uint8_t)((key == a) | (key == b) | (key == c) | (key == d));                                 \
            }                                                                                                          \
            for (int64_t i = 0; i < run; i++)                                                                          \
                if (hit[i]) count_digit(q, key_fn(v[i]) >> shift);                                                     \
        }                                                                                                              \
        q->samples += (uint64_t)n;                                                                                     \
    }

/* There are as many as ranks: those that are alike are there once, and the first again. */
static uint64_t begin_of(const wsi_quantile *q, int i)
{
    return q->begin[i < q->beginnings ? i : 0];
}

static inline void count_digit(wsi_quantile *q, uint64_t key)
{
    int k = 0;
    while (k < q->beginnings - 1 && key >> DIGIT_BITS != q->begin[k]) k++;
    counts_of(q, k)[key & (DIGITS - 1)]++;
}

#define ADD(name, ctype, ukey, key_fn)                                                                                 \
    ADD_FIRST(name, ctype, key_fn)                                                                                     \
    ADD_LATER(name, ctype, ukey, key_fn)

ADD(u32, uint32_t, uint32_t, key_u32)
ADD(i32, int32_t, uint32_t, key_i32)
ADD(f32, float, uint32_t, wsi_px_key_f32)
ADD(f64, double, uint64_t, wsi_px_key_f64)

typedef struct adder {
    wsi_quantile *q;
    int channels;
} adder;

static void add(void *user, const void *samples, int64_t pixels)
{
    static void (*const first[])(wsi_quantile *, const void *, int64_t) = {first_u32, first_i32, first_f32, first_f64};
    static void (*const later[])(wsi_quantile *, const void *, int64_t) = {later_u32, later_i32, later_f32, later_f64};
    const adder *a = (const adder *)user;
    (a->q->round ? later : first)[a->q->type - WSI_U32](a->q, samples, pixels * a->channels);
}

void wsi_quantile_add(wsi_quantile *q, const wsi_image *im, const wsi_image *mask)
{
    wsi_image as = *im;
    adder a = {q, im->fmt.channels};
    as.fmt.type = counted_as(im->fmt.type);
    if (small(q->type))
        wsi_histogram_add(histogram_of(q), &as, mask);
    else
        wsi_each_selected(im, mask, add, &a);
}

void wsi_quantile_merge(wsi_quantile *q, const wsi_quantile *other)
{
    uint64_t *to = counts_of(q, 0);
    const uint64_t *from = counts_of(other, 0);
    q->samples += other->samples;
    q->nan += other->nan;
    if (small(q->type))
        wsi_histogram_merge(histogram_of(q), histogram_of(other));
    else
        for (int64_t i = 0; i < (int64_t)tables_of(q) * DIGITS; i++) to[i] += from[i];
}

/* Rank of the sample at or below the place of a percentile, and how far the place is above it. */
static double place_of(double samples, double percent, double *part)
{
    const double place = (samples - 1) * (percent / 100), below = fmin(floor(place), samples - 1);
    *part = place - below;
    return below;
}

static void set_ranks(wsi_quantile_found *found, const double percent[2])
{
    double part;
    for (int i = 0; i < 2; i++) {
        found->rank[2 * i] = place_of(found->samples, percent[i], &part);
        found->rank[2 * i + 1] = fmin(found->rank[2 * i] + 1, found->samples - 1);
    }
}

/* The first entry whose counts up to it are more than *rank, which gets what is left of it there. */
static int64_t entry_of_rank(const uint64_t *count, int64_t n, double *rank)
{
    uint64_t left = (uint64_t)*rank;
    int64_t i = 0;
    for (; i < n - 1 && count[i] <= left; i++) left -= count[i];
    *rank = (double)left;
    return i;
}

static wsi_status finish_small(const wsi_quantile *q, const double percent[2], wsi_quantile_found *found,
                               wsi_error *err)
{
    wsi_levels levels;
    uint64_t samples = 0;
    WSI_FORWARD(wsi_histogram_levels(histogram_of(q), &levels, err));
    for (int64_t i = 0; i < levels.n; i++) samples += levels.count[i];
    found->samples = (double)samples;
    set_ranks(found, percent);
    for (int k = 0; k < WSI_QUANTILE_RANKS; k++)
        found->begin[k] = levels.value[entry_of_rank(levels.count, levels.n, &found->rank[k])];
    wsi_levels_free(&levels);
    return WSI_OK;
}

/* Both tables of the first round as one. */
static void add_up(const wsi_quantile *q)
{
    uint64_t *even = counts_of(q, 0), *odd = counts_of(q, 1);
    for (int i = 0; i < DIGITS; i++) {
        even[i] += odd[i];
        odd[i] = 0;
    }
}

wsi_status wsi_quantile_finish(const wsi_quantile *q, const double percent[2], wsi_quantile_found *found,
                               wsi_error *err)
{
    if (small(q->type)) return finish_small(q, percent, found, err);
    if (q->round == 0) {
        WSI_RETURN_IF(q->samples == 0, WSI_ERR_INPUT_UNSUPPORTED,
                      "there is no pixel to learn from: the mask is zero everywhere");
        found->samples = (double)q->samples;
        set_ranks(found, percent);
        add_up(q);
    }
    for (int k = 0; k < WSI_QUANTILE_RANKS; k++) {
        const uint64_t begin = q->begin[q->of_rank[k]] << DIGIT_BITS;
        const uint64_t key = begin | (uint64_t)entry_of_rank(counts_of(q, q->of_rank[k]), DIGITS, &found->rank[k]);
        found->begin[k] = q->round + 1 == q->rounds ? value_of(q->type, key) : (double)key;
    }
    if (q->nan > 0) found->samples = NAN;
    return WSI_OK;
}

/* Of neighbours a <= b; NumPy's formula, whose difference is of the image's own type. */
static double between(wsi_dtype type, double a, double b, double part)
{
    const double step = type == WSI_F32 ? (double)((float)b - (float)a) : b - a;
    return part >= 0.5 ? b - step * (1 - part) : a + step * part;
}

void wsi_quantile_values(const wsi_quantile_found *found, wsi_dtype type, const double percent[2], double value[2])
{
    for (int i = 0; i < 2; i++) {
        double part;
        place_of(found->samples, percent[i], &part);
        value[i] = isnan(found->samples) ? NAN : between(type, found->begin[2 * i], found->begin[2 * i + 1], part);
    }
}
