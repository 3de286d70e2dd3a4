/* Samples as truth values. */
#include "truth.h"

#define TRUTH(name, ctype)                                                                                             \
    static void truth_##name(uint8_t *restrict dst, const void *src, int64_t n)                                        \
    {                                                                                                                  \
        const ctype *in = (const ctype *)src;                                                                          \
        for (int64_t i = 0; i < n; i++) dst[i] = in[i] != 0;                                                           \
    }

/* Whether an integer is 0 does not depend on its sign. */
TRUTH(8, uint8_t)
TRUTH(16, uint16_t)
TRUTH(32, uint32_t)
TRUTH(f32, float)
TRUTH(f64, double)

void WSI_CPU(truth_row)(uint8_t *dst, const void *src, wsi_dtype type, int64_t n)
{
    static void (*const rows[WSI_DTYPE_COUNT])(uint8_t *restrict, const void *, int64_t) = {
        truth_8, truth_8, truth_8, truth_16, truth_16, truth_32, truth_32, truth_f32, truth_f64};
    rows[type](dst, src, n);
}
