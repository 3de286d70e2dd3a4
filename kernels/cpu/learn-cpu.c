/* Loops of reductions: keys of floats, and their bins. */
#include "isa.h"

#include <string.h>

#include "kernels/learn.h"
#include "stores.h"

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

/* Sums v[i] * 2^shift where all of them are integers of 30 bits, whose halves are summed in 32 bits. Returns 0 where
 * one is no integer. shift >= 0: what is multiplied by less than 1 could become 0 without anything being lost to see.
 */
static int sum_narrow(const float *v, int64_t n, int shift, int64_t *sum)
{
    const uint32_t scale_bits = (uint32_t)(shift + 127) << 23;
    float scale;
    uint32_t low = 0, rounded = 0;
    int32_t high = 0;
    memcpy(&scale, &scale_bits, sizeof scale);
    for (int64_t i = 0; i < n; i++) {
        const float scaled = v[i] * scale;
        const int32_t whole = (int32_t)scaled;
        const float lost = (float)whole - scaled; /* +0 where nothing is */
        uint32_t lost_bits;
        memcpy(&lost_bits, &lost, sizeof lost_bits);
        low += (uint32_t)whole & 0xffffu;
        high += whole >> 16;
        rounded |= lost_bits;
    }
    *sum = (int64_t)high * 65536 + low;
    return rounded == 0;
}

/* The same of integers of 50 bits: added to 1.5 * 2^52, they are a double's lowest bits. */
static int sum_wide(const float *v, int64_t n, int shift, int64_t *sum)
{
    const uint64_t scale_bits = (uint64_t)(shift + 1023) << 52;
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
    return rounded == 0;
}

/* The largest value decides what is summed: 30 bits do for most images. */
static int sum_f32(const float *v, int64_t n, int64_t *sum, int *exponent)
{
    enum { NARROW = 30, WIDE = 50, BIAS = 127, NOT_FINITE = 255 };
    wsi_stores_fetch_ahead(v, (size_t)n * sizeof *v);
    const int biased = (int)(largest_magnitude(v, n) >> 23), upper = biased - BIAS + 1;
    if (biased == NOT_FINITE) return 0;
    *exponent = upper - NARROW;
    if (*exponent <= 0 && -*exponent <= BIAS && sum_narrow(v, n, -*exponent, sum)) return 1;
    *exponent = upper - WIDE;
    return sum_wide(v, n, WIDE - upper, sum);
}

extern const wsi_learn_kernel WSI_CPU(learn);
const wsi_learn_kernel WSI_CPU(learn) = {keys_f32, bins_f32, sum_f32};
