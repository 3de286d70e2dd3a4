/* Where two rows of labels differ, as bits. */
#include "isa.h"

#include <string.h>

#include "kernels/differ.h"
#include "neon-bits.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { WORD = 64 };

#if defined(__aarch64__)

/* 65535 where labels 0 to 7 are the same. */
static inline uint16x8_t same_8(const uint32_t *a, const uint32_t *b)
{
    const uint32x4_t low = vceqq_u32(vld1q_u32(a), vld1q_u32(b)), high = vceqq_u32(vld1q_u32(a + 4), vld1q_u32(b + 4));
    return vuzp1q_u16(vreinterpretq_u16_u32(low), vreinterpretq_u16_u32(high));
}

#endif

/* Bit i: labels i differ. */
static inline uint64_t word(const uint32_t *a, const uint32_t *b)
{
    uint64_t bits = 0;
#if defined(__AVX512F__)
    for (int k = 0; k < 4; k++)
        bits |= (uint64_t)_mm512_cmpneq_epi32_mask(_mm512_loadu_si512(a + 16 * k), _mm512_loadu_si512(b + 16 * k))
                << 16 * k;
#elif defined(__AVX2__)
    for (int k = 0; k < 8; k++) {
        const __m256i x = _mm256_loadu_si256((const __m256i_u *)(a + 8 * k));
        const __m256i y = _mm256_loadu_si256((const __m256i_u *)(b + 8 * k));
        bits |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(x, y))) << 8 * k;
    }
    bits = ~bits;
#elif defined(__aarch64__)
    uint8x16_t v[4];
    for (int k = 0; k < 4; k++) {
        const uint16x8_t low = same_8(a + 16 * k, b + 16 * k), high = same_8(a + 16 * k + 8, b + 16 * k + 8);
        v[k] = vmvnq_u8(vuzp1q_u8(vreinterpretq_u8_u16(low), vreinterpretq_u8_u16(high)));
    }
    bits = wsi_neon_bits(v);
#else
    for (int k = 0; k < WORD; k++) bits |= (uint64_t)(a[k] != b[k]) << k;
#endif
    return bits;
}

void WSI_CPU(differ)(uint64_t *to, const uint32_t *a, const uint32_t *b, int64_t n);
void WSI_CPU(differ)(uint64_t *to, const uint32_t *a, const uint32_t *b, int64_t n)
{
    int64_t x = 0;
    for (; x + WORD <= n; x += WORD) *to++ = word(a + x, b + x);
    if (x == n) return;
    uint64_t bits = 0;
    for (int64_t k = 0; x + k < n; k++) bits |= (uint64_t)(a[x + k] != b[x + k]) << k;
    *to = bits;
}
