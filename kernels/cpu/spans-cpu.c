/* Rows cut into spans: 64 pixels at a time become a word of bits, whose changes are where spans begin and end. Words
 * without a change, which is most of them, cost a load and a comparison. */
#include "isa.h"

#include <string.h>

#include "kernels/spans.h"
#include "neon-bits.h"
#include "truth.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { WORD = 64 };

/* Bit i: byte i is not 0. */
static inline uint64_t bits_of(const uint8_t *p)
{
#if defined(__AVX512BW__)
    const __m512i v = _mm512_loadu_si512((const void *)p);
    return _mm512_test_epi8_mask(v, v);
#elif defined(__AVX2__)
    const __m256i zero = _mm256_setzero_si256();
    const __m256i a = _mm256_loadu_si256((const __m256i_u *)p), b = _mm256_loadu_si256((const __m256i_u *)(p + 32));
    const uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, zero));
    const uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, zero));
    return ~((uint64_t)high << 32 | low);
#elif defined(__x86_64__)
    uint64_t bits = 0;
    for (int k = 0; k < 4; k++) {
        const __m128i v = _mm_loadu_si128((const __m128i_u *)(p + 16 * k));
        bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_setzero_si128())) << 16 * k;
    }
    return ~bits;
#elif defined(__aarch64__)
    uint8x16_t v[4];
    for (int k = 0; k < 4; k++) v[k] = vtstq_u8(vld1q_u8(p + 16 * k), vld1q_u8(p + 16 * k));
    return wsi_neon_bits(v);
#else
    uint64_t bits = 0;
    for (int k = 0; k < WORD; k++) bits |= (uint64_t)(p[k] != 0) << k;
    return bits;
#endif
}

/* The same of the last n < 64 bytes of a row. */
static inline uint64_t last_bits(const uint8_t *p, int64_t n)
{
    uint8_t word[WORD] = {0};
    memcpy(word, p, (size_t)n);
    return bits_of(word);
}

/* Appends the places of the bits that are set. */
static inline uint32_t *put_places(uint32_t *to, uint64_t bits, int64_t x)
{
    for (; bits; bits &= bits - 1) *to++ = (uint32_t)(x + __builtin_ctzll(bits));
    return to;
}

static int64_t mask(const uint8_t *row, int64_t n, int inverted, wsi_span *spans)
{
    const uint64_t flip = inverted ? ~UINT64_C(0) : 0;
    uint32_t *const first = &spans->start;
    uint32_t *to = first;
    uint64_t before = 0; /* the pixel to the left */
    int64_t x = 0;
    for (; x + WORD <= n; x += WORD) {
        const uint64_t bits = bits_of(row + x) ^ flip;
        to = put_places(to, bits ^ (bits << 1 | before), x);
        before = bits >> (WORD - 1);
    }
    if (x < n) {
        const uint64_t inside = (UINT64_C(1) << (n - x)) - 1, bits = (last_bits(row + x, n - x) ^ flip) & inside;
        to = put_places(to, (bits ^ (bits << 1 | before)) & inside, x);
        before = bits >> (n - x - 1);
    }
    if (before) *to++ = (uint32_t)n;
    return (to - first) / 2;
}

/* Where labels change: sample i differs from sample i - 1. */
#define LABELS(name, ctype, wide)                                                                                      \
    static uint64_t changes_##name(const ctype *p)                                                                     \
    {                                                                                                                  \
        uint8_t differs[WORD];                                                                                         \
        for (int k = 0; k < WORD; k++) differs[k] = p[k] != p[k - 1];                                                  \
        return bits_of(differs);                                                                                       \
    }                                                                                                                  \
                                                                                                                       \
    static int64_t labels_##name(const void *row, int64_t n, int64_t background, wsi_span *spans, uint32_t *values)    \
    {                                                                                                                  \
        const ctype *p = (const ctype *)row;                                                                           \
        wide value = (wide)p[0];                                                                                       \
        int64_t count = 0, start = 0, x = 1;                                                                           \
        while (x <= n) {                                                                                               \
            const int64_t here = n - x < WORD ? n - x : WORD;                                                          \
            uint64_t bits = 0;                                                                                         \
            if (here == WORD) bits = changes_##name(p + x);                                                            \
            for (int64_t k = 0; k < here && here < WORD; k++) bits |= (uint64_t)(p[x + k] != p[x + k - 1]) << k;       \
            if (here < WORD) bits |= UINT64_C(1) << here; /* the row's end */                                          \
            for (; bits; bits &= bits - 1) {                                                                           \
                const int64_t end = x + __builtin_ctzll(bits);                                                         \
                spans[count] = (wsi_span){(uint32_t)start, (uint32_t)end};                                             \
                values[count] = (uint32_t)value;                                                                       \
                count += (int64_t)value != background;                                                                 \
                value = (wide)p[end < n ? end : 0];                                                                    \
                start = end;                                                                                           \
            }                                                                                                          \
            x += here < WORD ? here + 1 : WORD;                                                                        \
        }                                                                                                              \
        return count;                                                                                                  \
    }

LABELS(u8, uint8_t, uint32_t)
LABELS(i8, int8_t, int32_t)
LABELS(u16, uint16_t, uint32_t)
LABELS(i16, int16_t, int32_t)
LABELS(u32, uint32_t, uint32_t)
LABELS(i32, int32_t, int32_t)

static int64_t labels(const void *row, wsi_dtype type, int64_t n, int64_t background, wsi_span *spans, uint32_t *values)
{
    static int64_t (*const rows[])(const void *, int64_t, int64_t, wsi_span *, uint32_t *) = {
        labels_u8, labels_u8, labels_i8, labels_u16, labels_i16, labels_u32, labels_i32};
    return rows[type](row, n, background, spans, values);
}

#define LEVELS(name, ctype)                                                                                            \
    static void levels_##name(uint8_t *restrict to, const void *row, int64_t n, double low, double high)               \
    {                                                                                                                  \
        const ctype *p = (const ctype *)row;                                                                           \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const double v = (double)p[i];                                                                             \
            to[i] = (uint8_t)((v > low) + 2 * ((v > low) & (v > high)));                                               \
        }                                                                                                              \
    }

LEVELS(u8, uint8_t)
LEVELS(i8, int8_t)
LEVELS(u16, uint16_t)
LEVELS(i16, int16_t)
LEVELS(u32, uint32_t)
LEVELS(i32, int32_t)
LEVELS(f64, double)

/* float32 samples are compared as such: the greatest float32 that is not above a bound has the same samples above. */
static float at_most(double bound)
{
    const float near = (float)bound;
    if (!((double)near > bound)) return near;
    uint32_t bits;
    memcpy(&bits, &near, sizeof bits);
    bits = near > 0 ? bits - 1 : near < 0 ? bits + 1 : UINT32_C(0x80000001);
    float below;
    memcpy(&below, &bits, sizeof below);
    return below;
}

static void levels_f32(uint8_t *restrict to, const void *row, int64_t n, double low, double high)
{
    const float *p = (const float *)row;
    const float a = at_most(low), b = at_most(high > low ? high : low);
    for (int64_t i = 0; i < n; i++) to[i] = (uint8_t)((p[i] > a) + 2 * (p[i] > b));
}

static void levels(uint8_t *to, const void *row, wsi_dtype type, int64_t n, double low, double high)
{
    static void (*const rows[WSI_DTYPE_COUNT])(uint8_t *restrict, const void *, int64_t, double, double) = {
        levels_u8, levels_u8, levels_i8, levels_u16, levels_i16, levels_u32, levels_i32, levels_f32, levels_f64};
    rows[type](to, row, n, low, high);
}

extern const wsi_spans_kernel WSI_CPU(spans);
const wsi_spans_kernel WSI_CPU(spans) = {mask, labels, WSI_CPU(truth_row), levels};
