/* Steps of equalize_adapthist; see clahe.h. Histograms are clipped as Zuiderveld's "Contrast limited adaptive histogram
 * equalization" (Graphics Gems IV, 1994) has it, with scikit-image's way of spreading what is left over. */
#include "clahe.h"

#include <math.h>

/* ---- samples to indices ---- */

static int is_colour(wsi_pixfmt fmt)
{
    return fmt.channels >= 3;
}

/* Keys of a type's samples whose order is theirs, from n pixels `step` samples apart; the largest of three channels. */
#define INDICES(name, ctype, index_of)                                                                                 \
    static void indices_##name(uint16_t *index, const void *pixels, int64_t step, int64_t n)                           \
    {                                                                                                                  \
        const ctype *p = (const ctype *)pixels;                                                                        \
        if (step == 1) {                                                                                               \
            for (int64_t i = 0; i < n; i++) index[i] = index_of(p[i]);                                                 \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++) {                                                                          \
                const ctype *at = p + i * step, a = at[0] > at[1] ? at[0] : at[1];                                     \
                index[i] = index_of(at[2] > a ? at[2] : a);                                                            \
            }                                                                                                          \
        }                                                                                                              \
    }

#define AS_IT_IS(v) ((uint16_t)(v))
#define ABOVE_I8(v) ((uint16_t)((v) + 128))
#define ABOVE_I16(v) ((uint16_t)((v) + 32768))

INDICES(u8, uint8_t, AS_IT_IS)
INDICES(i8, int8_t, ABOVE_I8)
INDICES(u16, uint16_t, AS_IT_IS)
INDICES(i16, int16_t, ABOVE_I16)
INDICES(f32, float, wsi_px_clahe_level_f32)
INDICES(f64, double, wsi_px_clahe_level_f64)

void wsi_clahe_indices(uint16_t *index, const void *pixels, wsi_pixfmt fmt, int64_t n)
{
    static void (*const all[WSI_DTYPE_COUNT])(uint16_t *, const void *, int64_t, int64_t) = {
        [WSI_BOOL] = indices_u8, [WSI_U8] = indices_u8,   [WSI_I8] = indices_i8,   [WSI_U16] = indices_u16,
        [WSI_I16] = indices_i16, [WSI_F32] = indices_f32, [WSI_F64] = indices_f64,
    };
    all[fmt.type](index, pixels, fmt.channels, n);
}

/* Greys that are white in float32 may come out a rounding above 1, which is taken for 1. */
static const double NEARLY_ONE = 1.000001;

#define FOREIGN(name, ctype)                                                                                           \
    static int64_t foreign_##name(const void *pixels, int64_t step, int64_t n)                                         \
    {                                                                                                                  \
        const ctype *p = (const ctype *)pixels;                                                                        \
        const int64_t channels = step > 1 ? 3 : 1;                                                                     \
        int64_t foreign = 0;                                                                                           \
        for (int64_t i = 0; i < n; i++)                                                                                \
            for (int64_t c = 0; c < channels; c++) foreign += !(fabs((double)p[i * step + c]) <= NEARLY_ONE);          \
        return foreign;                                                                                                \
    }

FOREIGN(f32, float)
FOREIGN(f64, double)

int64_t wsi_clahe_foreign(const void *pixels, wsi_pixfmt fmt, int64_t n)
{
    if (fmt.type == WSI_F32) return foreign_f32(pixels, fmt.channels, n);
    return fmt.type == WSI_F64 ? foreign_f64(pixels, fmt.channels, n) : 0;
}

/* Integers straight to 16 bits, as img_as_uint converts them. */
static int level_of_integer(wsi_dtype type, int v)
{
    switch (type) {
    case WSI_BOOL:
        return v ? 65535 : 0;
    case WSI_U8:
        return v * 257;
    case WSI_I8:
        return v < 0 ? 0 : (int)((int64_t)v * (((1 << 21) - 1) / 127) >> 5);
    case WSI_I16:
        return v < 0 ? 0 : (int)((int64_t)v * (((1 << 30) - 1) / 32767) >> 14);
    default:
        return v;
    }
}

int wsi_clahe_level(wsi_pixfmt fmt, int index)
{
    static const int lowest[WSI_DTYPE_COUNT] = {[WSI_I8] = -128, [WSI_I16] = -32768};
    static const int highest[WSI_DTYPE_COUNT] = {
        [WSI_BOOL] = 1, [WSI_U8] = 255, [WSI_I8] = 127, [WSI_U16] = 65535, [WSI_I16] = 32767};
    const int v = index + lowest[fmt.type];
    if (highest[fmt.type] == 0) return index;
    if (!is_colour(fmt)) return level_of_integer(fmt.type, v);
    return wsi_px_clahe_level_f64(fmax(v * (1.0 / highest[fmt.type]), -1)); /* of a float image of values */
}

void wsi_clahe_bins(uint16_t bin_of[WSI_CLAHE_INDICES], wsi_pixfmt fmt, int64_t bins, double low, double high)
{
    const int width = 1 + WSI_CLAHE_GRAYS / (int)bins;
    const int indices = wsi_dtype_size(fmt.type) == 1 ? 256 : WSI_CLAHE_INDICES;
    for (int i = 0; i < indices; i++) {
        const double level = wsi_px_clip_f64(wsi_clahe_level(fmt, i), low, high);
        const double gray = high > low ? (level - low) / (high - low) * WSI_CLAHE_TOP : fmin(level, WSI_CLAHE_TOP);
        bin_of[i] = (uint16_t)((int)wsi_px_rint_f64(gray) / width);
    }
}

/* ---- histograms of blocks ---- */

/* Of t = 0 .. end-1, those with t mod period = rest. */
static int64_t members(int64_t end, int64_t period, int64_t rest)
{
    return end > rest ? (end - 1 - rest) / period + 1 : 0;
}

/* How often the mirrored image, from its end to the last block's, shows column (or row) `at` of `size`. */
static int64_t mirrored(int64_t at, int64_t size, int64_t end)
{
    const int64_t period = 2 * (size - 1), back = (period - at) % (period ? period : 1);
    if (size == 1) return end - size;
    const int64_t forth = members(end, period, at) - members(size, period, at);
    return at == back ? forth : forth + members(end, period, back) - members(size, period, back);
}

/* The first column that the mirrored image shows; `size` when there is nothing to be shown. */
static int64_t first_mirrored(int64_t size, int64_t end)
{
    return end == size ? size : wsi_max64(0, 2 * (size - 1) - (end - 1));
}

/* Pixels of a row, `weight` times, in the row of blocks that count points to. */
static void count_row(uint64_t *count, const wsi_clahe_grid *g, int64_t bins, const uint16_t *bin, int64_t x, int64_t n,
                      uint64_t weight)
{
    for (int64_t i = 0; i < n;) {
        const int64_t block = (x + i) / g->kx, end = wsi_min64(n, (block + 1) * g->kx - x);
        uint64_t *of = count + block * bins;
        for (; i < end; i++) of[bin[i]] += weight;
    }
    uint64_t *last = count + (g->nx - 1) * bins;
    for (int64_t i = wsi_max64(0, first_mirrored(g->w, g->nx * g->kx) - x); i < n; i++)
        last[bin[i]] += weight * (uint64_t)mirrored(x + i, g->w, g->nx * g->kx);
}

void wsi_clahe_count(uint64_t *count, const wsi_clahe_grid *g, int64_t bins, const uint16_t *bin, int64_t x, int64_t y,
                     int64_t n)
{
    const int64_t row = g->nx * bins, end = g->ny * g->ky;
    count_row(count + y / g->ky * row, g, bins, bin, x, n, 1);
    if (y < first_mirrored(g->h, end)) return;
    count_row(count + (g->ny - 1) * row, g, bins, bin, x, n, (uint64_t)mirrored(y, g->h, end));
}

/* ---- maps ---- */

/* Cuts off bins above the limit, and gives what was cut off to all in equal parts, and fills up those that come near
 * the limit. Returns what is left over, which may be negative. */
static int64_t clip_bins(int64_t *count, int64_t bins, int64_t limit)
{
    int64_t excess = 0;
    for (int64_t i = 0; i < bins; i++)
        if (count[i] > limit) {
            excess += count[i] - limit;
            count[i] = limit;
        }
    const int64_t each = excess / bins, upper = limit - each;
    for (int64_t i = 0; i < bins; i++)
        if (count[i] < upper) {
            count[i] += each;
            excess -= each;
        }
    for (int64_t i = 0; i < bins; i++)
        if (count[i] >= upper && count[i] < limit) {
            excess -= limit - count[i];
            count[i] = limit;
        }
    return excess;
}

/* One more for every so-manieth bin below the limit, from `first` on; returns how many got it. */
static int64_t raise_some(int64_t *count, int64_t bins, int64_t limit, int64_t first, int64_t excess)
{
    int64_t under = 0, raised = 0;
    for (int64_t i = 0; i < bins; i++) under += count[i] < limit;
    const int64_t step = wsi_max64(1, under / excess);
    for (int64_t i = first; i < bins; i += step)
        if (count[i] < limit) {
            count[i]++;
            raised++;
        }
    return raised;
}

static void spread(int64_t *count, int64_t bins, int64_t limit, int64_t excess)
{
    while (excess > 0) {
        const int64_t before = excess;
        for (int64_t first = 0; first < bins && excess > 0; first++)
            excess -= raise_some(count, bins, limit, first, excess);
        if (excess == before) break;
    }
}

void wsi_clahe_map_of(uint64_t *count, const wsi_clahe_grid *g, int64_t bins, double clip_limit, double *map)
{
    const double pixels = (double)g->kx * (double)g->ky, factor = WSI_CLAHE_TOP / pixels;
    const int64_t limit = (int64_t)(clip_limit > 0 ? fmax(clip_limit * pixels, 1) : pixels);
    int64_t *bin = (int64_t *)count, sum = 0; /* at most 2^62 pixels */
    spread(bin, bins, limit, clip_bins(bin, bins, limit));
    for (int64_t i = 0; i < bins; i++) {
        sum += bin[i];
        map[i] = floor(fmin((double)sum * factor, WSI_CLAHE_TOP));
    }
}

/* ---- results ---- */

void wsi_cpu_clahe_results_plain(const wsi_clahe_state *, const uint16_t *, int64_t, int64_t, int64_t, int32_t *);
#if defined(__x86_64__)
void wsi_cpu_clahe_results_avx2(const wsi_clahe_state *, const uint16_t *, int64_t, int64_t, int64_t, int32_t *);
void wsi_cpu_clahe_results_avx512(const wsi_clahe_state *, const uint16_t *, int64_t, int64_t, int64_t, int32_t *);
#endif

wsi_clahe_results_fn wsi_clahe_results_for(wsi_isa isa)
{
#if defined(__x86_64__)
    if (isa >= WSI_ISA_AVX512) return wsi_cpu_clahe_results_avx512;
    if (isa == WSI_ISA_AVX2) return wsi_cpu_clahe_results_avx2;
#endif
    (void)isa;
    return wsi_cpu_clahe_results_plain;
}
