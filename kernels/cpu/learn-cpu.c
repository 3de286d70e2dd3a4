/* Loops of reductions: keys of floats, and their bins. */
#include "isa.h"

#include <string.h>

#include "kernels/learn.h"

static void keys_f32(const float *v, int64_t n, int shift, uint32_t *restrict bucket, int32_t *low, int32_t *high)
{
    int32_t smallest = *low, largest = *high;
    for (int64_t i = 0; i < n; i++) {
        int32_t bits;
        memcpy(&bits, &v[i], sizeof bits);
        const int32_t key = bits ^ ((bits >> 31) & INT32_MAX);
        smallest = key < smallest ? key : smallest;
        largest = key > largest ? key : largest;
        bucket[i] = ((uint32_t)key ^ (UINT32_C(1) << 31)) >> shift;
    }
    *low = smallest;
    *high = largest;
}

/* What is no number goes into the first bin. */
static void bins_f32(const float *v, int64_t n, float low, float step, float scale, int64_t bins, int32_t *restrict bin)
{
    const float top = (float)(bins - 1);
    const int32_t last = (int32_t)bins - 1;
    for (int64_t i = 0; i < n; i++) {
        float at = (v[i] - low) * scale;
        at = at > 0 ? at : 0;
        const int32_t guess = (int32_t)(at < top ? at : top);
        const float from = (float)guess * step + low, to = (float)(guess + 1) * step + low;
        bin[i] = guess - ((v[i] < from) & (guess > 0)) + ((v[i] >= to) & (guess < last));
    }
}

extern const wsi_learn_kernel WSI_CPU(learn);
const wsi_learn_kernel WSI_CPU(learn) = {keys_f32, bins_f32};
