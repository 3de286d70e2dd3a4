/* Where two rows of labels differ, as bits. */
#include "isa.h"

#include <string.h>

#include "kernels/differ.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { WORD = 64 };

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
