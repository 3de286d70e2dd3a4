/* Sums over the intensities of objects, exact whatever the order: of whole numbers as integers, of floats as
 * common/exact-sum.h has them, a product of two doubles as two: its rounded value and the rest. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "measure.h"

void wsi_measure_channel_start(wsi_measure_channel *channel, wsi_exact_sum *exact)
{
    *channel = (wsi_measure_channel){.least = INFINITY, .most = -INFINITY, .sums = exact};
    if (exact) memset(exact, 0, 2 * sizeof *exact);
}

/* ---- Adding ---- */

typedef struct integer_sums {
    int64_t least, most, sum;
    wsi_int128 squares;
} integer_sums;

#define INTEGERS(name, ctype, square)                                                                                  \
    static integer_sums add_##name(const void *pixels, ptrdiff_t step, int64_t n)                                      \
    {                                                                                                                  \
        const ctype *p = (const ctype *)pixels;                                                                        \
        ctype least = *p, most = *p;                                                                                   \
        int64_t sum = 0;                                                                                               \
        square squares = 0;                                                                                            \
        for (int64_t i = 0; i < n; i++, p += step) {                                                                   \
            least = *p < least ? *p : least;                                                                           \
            most = *p > most ? *p : most;                                                                              \
            sum += (int64_t)*p;                                                                                        \
            squares += (square)*p * (square)*p;                                                                        \
        }                                                                                                              \
        return (integer_sums){(int64_t)least, (int64_t)most, sum, (wsi_int128)squares};                                \
    }

INTEGERS(u8, uint8_t, uint64_t)
INTEGERS(i8, int8_t, int64_t)
INTEGERS(u16, uint16_t, uint64_t)
INTEGERS(i16, int16_t, int64_t)
INTEGERS(u32, uint32_t, wsi_int128)
INTEGERS(i32, int32_t, wsi_int128)

static void widen(wsi_measure_channel *channel, double v)
{
    channel->least = v < channel->least ? v : channel->least;
    channel->most = v > channel->most ? v : channel->most;
}

static void add_integers(wsi_measure_channel *channel, const void *p, wsi_pixfmt fmt, int64_t n)
{
    static integer_sums (*const add[])(const void *, ptrdiff_t, int64_t) = {add_u8,  add_u8,  add_i8, add_u16,
                                                                            add_i16, add_u32, add_i32};
    const integer_sums s = add[fmt.type](p, fmt.channels, n);
    widen(channel, (double)s.least);
    widen(channel, (double)s.most);
    channel->sum += s.sum;
    channel->squares += s.squares;
}

/* The square of a float32 is a double. */
static void add_single(wsi_measure_channel *channel, float v)
{
    widen(channel, (double)v);
    wsi_exact_add(&channel->sums[0], (double)v);
    wsi_exact_add(&channel->sums[1], (double)v * (double)v);
}

static void add_product(wsi_exact_sum *sum, double a, double b)
{
    const double product = a * b;
    wsi_exact_add(sum, product);
    if (isfinite(product)) wsi_exact_add(sum, fma(a, b, -product));
}

static void add_double(wsi_measure_channel *channel, double v)
{
    widen(channel, v);
    wsi_exact_add(&channel->sums[0], v);
    add_product(&channel->sums[1], v, v);
}

void wsi_measure_channel_add(wsi_measure_channel *channel, const wsi_image *im, int c, wsi_measure_run run)
{
    const wsi_pixfmt fmt = im->fmt;
    const int64_t n = run.x1 - run.x0;
    const char *p = (const char *)wsi_image_row(im, run.y) + (size_t)run.x0 * wsi_pixfmt_size(fmt) +
                    (size_t)c * wsi_dtype_size(fmt.type);
    if (fmt.type == WSI_F32) {
        for (int64_t i = 0; i < n; i++) add_single(channel, ((const float *)(const void *)p)[i * fmt.channels]);
    } else if (fmt.type == WSI_F64) {
        for (int64_t i = 0; i < n; i++) add_double(channel, ((const double *)(const void *)p)[i * fmt.channels]);
    } else {
        add_integers(channel, p, fmt, n);
    }
}

/* ---- Statistics ---- */

enum { TERMS = 3 };

/* An exact sum as doubles, each the rounded rest of those before. */
static void terms_of(const wsi_exact_sum *sum, double terms[TERMS])
{
    wsi_exact_sum rest = *sum;
    for (int i = 0; i < TERMS; i++) {
        terms[i] = wsi_exact_value(&rest);
        if (isfinite(terms[i])) wsi_exact_add(&rest, -terms[i]);
    }
}

/* From n times the sum of squares less the squared sum, of which every product is added exactly: values may lie far
 * from 0 and near one another. */
static double float_deviation(const wsi_exact_sum sums[2], double n)
{
    double sum[TERMS], squares[TERMS];
    wsi_exact_sum scaled = {{0}, 0, 0};
    terms_of(&sums[0], sum);
    terms_of(&sums[1], squares);
    for (int i = 0; i < TERMS; i++) {
        add_product(&scaled, squares[i], n);
        for (int k = 0; k < TERMS; k++) add_product(&scaled, -sum[i], sum[k]);
    }
    const double value = wsi_exact_value(&scaled);
    return value < 0 ? 0 : sqrt(value) / n;
}

/* (high + low) / n, low being a small rest of high: with the last bit right, which a wider type would have of some
 * machines only. */
static double quotient(double high, double low, double n)
{
    const double near = high / n;
    return near + (fma(-near, n, high) + low) / n;
}

/* What rounding v to a double takes away. */
static double rest_of(wsi_int128 v)
{
    return (double)(v - (wsi_int128)(double)v);
}

static wsi_exact_sum exactly(wsi_int128 v)
{
    const wsi_int128 digits = ((wsi_int128)1 << 60) - 1;
    wsi_exact_sum sum = {{0}, 0, 0};
    wsi_exact_add_integer(&sum, (int64_t)(v & digits), 0);
    wsi_exact_add_integer(&sum, (int64_t)(v >> 60 & digits), 60);
    wsi_exact_add_integer(&sum, (int64_t)(v >> 120), 120);
    return sum;
}

/* As integers as long as n times the squares fit. */
static double integer_deviation(wsi_int128 sum, wsi_int128 squares, int64_t n)
{
    if (squares >> 80 != 0 || n >> 40 != 0) {
        const wsi_exact_sum sums[2] = {exactly(sum), exactly(squares)};
        return float_deviation(sums, (double)n);
    }
    const wsi_int128 scaled = squares * n - sum * sum;
    if (scaled == 0) return 0;
    const double root = sqrt((double)scaled), product = root * root;
    const double rest = ((double)scaled - product) - fma(root, root, -product) + rest_of(scaled);
    return quotient(root, rest / (2 * root), (double)n);
}

wsi_measure_statistics wsi_measure_channel_statistics(const wsi_measure_channel *channel, int64_t pixels)
{
    wsi_measure_statistics s = {NAN, NAN, NAN, NAN};
    if (!channel->sums) {
        s.mean = quotient((double)channel->sum, rest_of(channel->sum), (double)pixels);
        s.deviation = integer_deviation(channel->sum, channel->squares, pixels);
    } else {
        s.mean = wsi_exact_value(&channel->sums[0]) / (double)pixels;
        s.deviation = float_deviation(channel->sums, (double)pixels);
        if (channel->sums[0].special & WSI_EXACT_NAN) return s;
    }
    s.least = channel->least;
    s.most = channel->most;
    return s;
}

/* ---- Medians ---- */

static double sample_of(const void *samples, wsi_dtype type, int64_t i)
{
    switch (type) {
    case WSI_BOOL:
    case WSI_U8:
        return ((const uint8_t *)samples)[i];
    case WSI_I8:
        return ((const int8_t *)samples)[i];
    case WSI_U16:
        return ((const uint16_t *)samples)[i];
    case WSI_I16:
        return ((const int16_t *)samples)[i];
    case WSI_U32:
        return ((const uint32_t *)samples)[i];
    case WSI_I32:
        return ((const int32_t *)samples)[i];
    case WSI_F32:
        return (double)((const float *)samples)[i];
    case WSI_F64:
        return ((const double *)samples)[i];
    case WSI_DTYPE_COUNT:
        break;
    }
    return NAN;
}

/* The k-th smallest of n, by Hoare's selection; those before it are no larger then. */
static double select_kth(double *v, int64_t n, int64_t k)
{
    for (int64_t low = 0, high = n - 1; low < high;) {
        const double pivot = v[low + (high - low) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (v[i] < pivot) i++;
            while (v[j] > pivot) j--;
            if (i > j) break;
            const double held = v[i];
            v[i++] = v[j];
            v[j--] = held;
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return v[k];
}

static double median_of(double *v, int64_t n)
{
    const double upper = select_kth(v, n, n / 2);
    if (n % 2) return upper;
    double lower = -INFINITY;
    for (int64_t i = 0; i < n / 2; i++) lower = v[i] > lower ? v[i] : lower;
    return lower == upper ? upper : lower / 2 + upper / 2; /* of which neither overflows */
}

wsi_status wsi_measure_median(const void *samples, wsi_pixfmt fmt, int c, int64_t n, double *median, wsi_error *err)
{
    double *v = (double *)wsi_calloc((size_t)n, sizeof *v);
    WSI_RETURN_IF(!v, WSI_ERR_NO_MEMORY, "no memory for a median");
    int nan = 0;
    for (int64_t i = 0; i < n; i++) {
        v[i] = sample_of(samples, fmt.type, i * fmt.channels + c);
        nan |= v[i] != v[i];
    }
    *median = nan ? NAN : median_of(v, n);
    wsi_free(v);
    return WSI_OK;
}
