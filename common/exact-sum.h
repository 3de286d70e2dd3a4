/* Exact sums of doubles: the sum of any values, in any order, cut in any way over accumulators that are merged later,
 * is the same number, rounded once when it is read. For reductions, whose fit must not depend on tiles or threads.
 *
 * The product of two float32 values is exact in double, so sums of squares and products of floats are exact as well. */
#ifndef WSI_EXACT_SUM_H
#define WSI_EXACT_SUM_H

#include <stdint.h>
#include <string.h>

enum {
    WSI_EXACT_CHUNKS = 67,    /* of 32 bits each: all bits of a double and 2^64 additions above them */
    WSI_EXACT_PENDING = 2000, /* additions before carries are due: a chunk then holds less than 2^63 */
    WSI_EXACT_POSITIVE = 1,   /* +infinity was added */
    WSI_EXACT_NEGATIVE = 2,   /* -infinity was added */
    WSI_EXACT_NAN = 4         /* a NaN was added */
};

/* Plain memory: zeroed memory is the empty sum, a copy is a sum of its own. One thread at a time. */
typedef struct wsi_exact_sum {
    int64_t chunk[WSI_EXACT_CHUNKS]; /* sum = chunk[i] * 2^(32 i - 1074), summed over i */
    uint32_t pending;                /* additions since the carries were last moved up */
    uint32_t special;                /* WSI_EXACT_POSITIVE, ... */
} wsi_exact_sum;

/* The parts of adding that are rarely needed: infinities and NaN; moving carries up. */
void wsi_exact_special(wsi_exact_sum *sum, double x);
void wsi_exact_carry(wsi_exact_sum *sum);

/* Adds one value. Infinities and NaN are remembered, see wsi_exact_value. */
static inline void wsi_exact_add(wsi_exact_sum *sum, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    const int exponent = (int)(bits >> 52) & 0x7ff;
    if (exponent == 0x7ff) {
        wsi_exact_special(sum, x);
        return;
    }
    const uint64_t fraction = bits & 0xfffffffffffffu;
    const uint64_t digits = exponent ? fraction | (uint64_t)1 << 52 : fraction;
    const int at = exponent ? exponent - 1 : 0; /* of the lowest digit, in bits above 2^-1074 */
    const int64_t low = (int64_t)((digits << (at & 31)) & 0xffffffffu);
    const int64_t high = (int64_t)(digits >> (32 - (at & 31)));
    const int64_t sign = -(int64_t)(bits >> 63); /* 0, or -1: two's complement by hand, without a branch */
    int64_t *chunk = sum->chunk + (at >> 5);
    chunk[0] += (low ^ sign) - sign;
    chunk[1] += (high ^ sign) - sign;
    if (++sum->pending >= WSI_EXACT_PENDING) wsi_exact_carry(sum);
}

/* Adds n values; a fraction of a nanosecond each where those near one another are of similar magnitude. */
void wsi_exact_add_floats(wsi_exact_sum *sum, const float *x, int64_t n);

/* Adds value * 2^exponent, |value| < 2^62, exponent in -1000..800: a sum of fixed-point numbers. */
void wsi_exact_add_integer(wsi_exact_sum *sum, int64_t value, int exponent);

/* sum gets what both hold. */
void wsi_exact_merge(wsi_exact_sum *sum, const wsi_exact_sum *other);

/* The sum rounded to the nearest double, ties to even; an infinity where it exceeds the largest one, +0 where it is
 * zero. With an infinity among the values that infinity; with both infinities, or a NaN, NaN. */
double wsi_exact_value(const wsi_exact_sum *sum);

#endif
