/* 2x2 means, the rule of wsi_pyramid: dst(x, y) is the mean of the pixels of src that exist in (2x..2x+1, 2y..2y+1). */
#include "downsample.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "common/cpu.h"

/* Inlined for the usual numbers of samples and bytes, so that compilers move vectors. */
#define INLINED static inline __attribute__((always_inline))

/* Two rows to one. n samples a pixel, pairs = pixels with a right neighbour; b may equal a (one row left). */
#define EACH_COUNT(NAME, TYPE)                                                                                         \
    static void NAME(void *dst, const void *a, const void *b, int64_t pairs, int n, int odd)                           \
    {                                                                                                                  \
        if (n == 1)                                                                                                    \
            NAME##_of(dst, a, b, pairs, 1, odd);                                                                       \
        else if (n == 3)                                                                                               \
            NAME##_of(dst, a, b, pairs, 3, odd);                                                                       \
        else                                                                                                           \
            NAME##_of(dst, a, b, pairs, n, odd);                                                                       \
    }

#define MEAN_INT(NAME, TYPE, WIDE)                                                                                     \
    INLINED void NAME##_of(TYPE *restrict d, const TYPE *a, const TYPE *b, int64_t pairs, int n, int odd)              \
    {                                                                                                                  \
        for (int64_t x = 0; x < pairs; x++, a += 2 * n, b += 2 * n, d += n)                                            \
            for (int c = 0; c < n; c++) d[c] = (TYPE)(((WIDE)a[c] + a[c + n] + b[c] + b[c + n] + 2) >> 2);             \
        for (int c = 0; odd && c < n; c++) d[c] = (TYPE)(((WIDE)a[c] + b[c] + 1) >> 1);                                \
    }                                                                                                                  \
    EACH_COUNT(NAME, TYPE)

#define MEAN_FLOAT(NAME, TYPE)                                                                                         \
    INLINED void NAME##_of(TYPE *restrict d, const TYPE *a, const TYPE *b, int64_t pairs, int n, int odd)              \
    {                                                                                                                  \
        const int one_row = a == b;                                                                                    \
        for (int64_t x = 0; one_row && x < pairs; x++, a += 2 * n, b += 2 * n, d += n)                                 \
            for (int c = 0; c < n; c++) d[c] = (a[c] + a[c + n]) * (TYPE)0.5;                                          \
        for (int64_t x = 0; !one_row && x < pairs; x++, a += 2 * n, b += 2 * n, d += n)                                \
            for (int c = 0; c < n; c++) d[c] = (((a[c] + a[c + n]) + b[c]) + b[c + n]) * (TYPE)0.25;                   \
        for (int c = 0; odd && c < n; c++) d[c] = (a[c] + b[c]) * (TYPE)0.5;                                           \
    }                                                                                                                  \
    EACH_COUNT(NAME, TYPE)

MEAN_INT(mean_u8, uint8_t, uint32_t)
MEAN_INT(mean_i8, int8_t, int32_t)
MEAN_INT(mean_u16, uint16_t, uint32_t)
MEAN_INT(mean_i16, int16_t, int32_t)
MEAN_INT(mean_u32, uint32_t, uint64_t)
MEAN_INT(mean_i32, int32_t, int64_t)
MEAN_FLOAT(mean_f32, float)
MEAN_FLOAT(mean_f64, double)

#if defined(__x86_64__)
/* The common case, three bytes a pixel: twelve bytes of a row are brought into the order r r g g b b ..., added in
 * pairs, and added to the other row's. Same integers as mean_u8. */
__attribute__((target("ssse3"))) static void mean_rgb8(void *dst, const void *rows0, const void *rows1, int64_t pairs,
                                                       int n, int odd)
{
    const __m128i order = _mm_setr_epi8(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1);
    const __m128i ones = _mm_set1_epi8(1), two = _mm_set1_epi16(2);
    uint8_t *d = dst;
    const uint8_t *a = rows0, *b = rows1;
    int64_t x = 0;
    for (; x + 6 <= pairs; x += 2, a += 12, b += 12, d += 6) { /* reads 4 and writes 2 bytes beyond: inside the row */
        const __m128i top = _mm_maddubs_epi16(_mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)a), order), ones);
        const __m128i low = _mm_maddubs_epi16(_mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)b), order), ones);
        const __m128i mean = _mm_srli_epi16(_mm_add_epi16(_mm_add_epi16(top, low), two), 2);
        _mm_storel_epi64((__m128i *)d, _mm_packus_epi16(mean, mean));
    }
    mean_u8(d, a, b, pairs - x, n, odd);
}
#endif

typedef void (*mean_fn)(void *dst, const void *rows0, const void *rows1, int64_t pairs, int n, int odd);

static mean_fn mean_for(wsi_pixfmt fmt)
{
    static const mean_fn table[WSI_DTYPE_COUNT] = {
        [WSI_BOOL] = mean_u8, [WSI_U8] = mean_u8,   [WSI_I8] = mean_i8,   [WSI_U16] = mean_u16, [WSI_I16] = mean_i16,
        [WSI_U32] = mean_u32, [WSI_I32] = mean_i32, [WSI_F32] = mean_f32, [WSI_F64] = mean_f64,
    };
#if defined(__x86_64__)
    if (fmt.type == WSI_U8 && fmt.channels == 3 && wsi_cpu_best() >= WSI_ISA_AVX2) return mean_rgb8;
#endif
    return table[fmt.type];
}

INLINED void every_second(char *restrict d, const char *s, int64_t w, size_t px)
{
    for (int64_t x = 0; x < w; x++) memcpy(d + (size_t)x * px, s + 2 * (size_t)x * px, px);
}

static void nearest_row(void *dst, const void *src, int64_t w, size_t px)
{
    if (px == 1)
        every_second(dst, src, w, 1);
    else if (px == 2)
        every_second(dst, src, w, 2);
    else if (px == 4)
        every_second(dst, src, w, 4);
    else
        every_second(dst, src, w, px);
}

void wsi_downsample(const wsi_image *dst, const wsi_image *src, int nearest)
{
    const mean_fn mean = mean_for(src->fmt);
    for (int64_t y = 0; y < dst->h; y++) {
        const void *a = wsi_image_row(src, 2 * y);
        const void *b = 2 * y + 1 < src->h ? wsi_image_row(src, 2 * y + 1) : a;
        void *d = wsi_image_row(dst, y);
        if (nearest)
            nearest_row(d, a, dst->w, wsi_pixfmt_size(src->fmt));
        else
            mean(d, a, b, src->w / 2, src->fmt.channels, (int)(src->w & 1));
    }
}

/* Every second bit of a byte as a byte of its own. */
static uint32_t spread4(uint32_t v)
{
    return (v & 1) | (v & 4) << 6 | (v & 16) << 12 | (v & 64) << 18;
}

static int64_t halve_bits(uint8_t *out, const uint8_t *bits, int64_t w)
{
    int64_t x = 0;
    for (; x + 4 <= w; x += 4) {
        const uint32_t four = spread4(bits[x / 4]);
        memcpy(out + x, &four, sizeof four);
    }
    return x;
}

#if defined(__x86_64__)
/* 64 bits to 32 bytes: each byte is laid four times, and each keeps one of the bits 0, 2, 4, 6. */
__attribute__((target("avx2"))) static int64_t halve_bits_avx2(uint8_t *out, const uint8_t *bits, int64_t w)
{
    const __m256i four_times = _mm256_setr_epi8(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5,
                                                6, 6, 6, 6, 7, 7, 7, 7);
    const __m256i kept = _mm256_set1_epi32(0x40100401), one = _mm256_set1_epi8(1);
    int64_t x = 0;
    for (; x + 32 <= w; x += 32) {
        int64_t v;
        memcpy(&v, bits + x / 4, sizeof v);
        const __m256i bytes = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi64x(v), four_times), kept);
        _mm256_storeu_si256((__m256i *)(void *)(out + x), _mm256_min_epu8(bytes, one));
    }
    return x;
}
#endif

void wsi_downsample_bits(const wsi_image *dst, const uint8_t *bits, size_t row_bytes)
{
    int64_t (*halve)(uint8_t *, const uint8_t *, int64_t) = halve_bits;
#if defined(__x86_64__)
    if (wsi_cpu_best() >= WSI_ISA_AVX2) halve = halve_bits_avx2;
#endif
    for (int64_t y = 0; y < dst->h; y++, bits += 2 * row_bytes) {
        uint8_t *out = wsi_image_row(dst, y);
        for (int64_t x = halve(out, bits, dst->w); x < dst->w; x++) out[x] = bits[x / 4] >> 2 * (x % 4) & 1;
    }
}
