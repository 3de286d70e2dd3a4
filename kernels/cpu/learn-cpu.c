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

static uint32_t largest_magnitude(const float *v, int64_t n)
{
    uint32_t largest = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &v[i], sizeof bits);
        bits &= INT32_MAX;
        largest = bits > largest ? bits : largest;
    }
    return largest;
}

/* The largest value becomes an integer of 50 bits; added to 1.5 * 2^52, such integers are a double's lowest bits. */
static int sum_f32(const float *v, int64_t n, int64_t *sum, int *exponent)
{
    enum { BITS = 50, BIAS = 127, NOT_FINITE = 255 };
    const int upper = (int)(largest_magnitude(v, n) >> 23) - BIAS + 1;
    const uint64_t scale_bits = (uint64_t)(BITS - upper + 1023) << 52;
    const double middle = 0x1.8p52;
    double scale;
    uint64_t zero, total = 0, rounded = 0;
    memcpy(&scale, &scale_bits, sizeof scale);
    memcpy(&zero, &middle, sizeof zero);
    for (int64_t i = 0; i < n; i++) {
        const double scaled = (double)v[i] * scale, moved = scaled + middle;
        const double lost = (moved - middle) - scaled; /* +0 where nothing is */
        uint64_t bits, lost_bits;
        memcpy(&bits, &moved, sizeof bits);
        memcpy(&lost_bits, &lost, sizeof lost_bits);
        total += bits;
        rounded |= lost_bits;
    }
    *sum = (int64_t)(total - (uint64_t)n * zero);
    *exponent = upper - BITS;
    return rounded == 0 && upper + BIAS - 1 != NOT_FINITE;
}

extern const wsi_learn_kernel WSI_CPU(learn);
const wsi_learn_kernel WSI_CPU(learn) = {keys_f32, bins_f32, sum_f32};
