/* Exact sums of doubles as long fixed-point numbers, 32 bits a chunk in 64-bit integers whose upper halves collect
 * carries, so that an addition touches two chunks and carries move up once in a while.
 * After R. M. Neal, "Fast exact summation using small and large superaccumulators", 2015. */
#include "exact-sum.h"

#include <math.h>
#include <stddef.h>

enum {
    RUN = 256,        /* floats that are summed as integers before the sum is added */
    LOWEST = 1074,    /* bits below 2^0 of a chunk number */
    RUN_BITS = 50,    /* the largest value of a run becomes an integer of RUN_BITS + 1 bits */
    FLOAT_BIAS = 127, /* of float32's exponents */
    FLOAT_SPECIAL = 255,
    WORDS = WSI_EXACT_CHUNKS + 3 /* of a sum in 32-bit words: the last chunk is wider, and zeros above it */
};

void wsi_exact_special(wsi_exact_sum *sum, double x)
{
    sum->special |= isnan(x) ? WSI_EXACT_NAN : x > 0 ? WSI_EXACT_POSITIVE : WSI_EXACT_NEGATIVE;
}

/* Afterwards all chunks but the last lie in 0 .. 2^32-1. */
void wsi_exact_carry(wsi_exact_sum *sum)
{
    for (int i = 0; i + 1 < WSI_EXACT_CHUNKS; i++) {
        const int64_t carry = sum->chunk[i] >> 32;
        sum->chunk[i] &= 0xffffffff;
        sum->chunk[i + 1] += carry;
    }
    sum->pending = 0;
}

void wsi_exact_add_integer(wsi_exact_sum *sum, int64_t value, int exponent)
{
    const int at = exponent + LOWEST, shift = at & 31;
    const uint64_t low = ((uint64_t)value & 0xffffffffu) << shift;
    const int64_t high = (value >> 32) * ((int64_t)1 << shift);
    int64_t *chunk = sum->chunk + (at >> 5);
    chunk[0] += (int64_t)(low & 0xffffffffu);
    chunk[1] += (int64_t)(low >> 32) + (high & 0xffffffff);
    chunk[2] += high >> 32;
    if (++sum->pending >= WSI_EXACT_PENDING) wsi_exact_carry(sum);
}

static uint32_t float_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* The exponent bits of the largest magnitude among n. */
static int largest_exponent(const float *x, int n)
{
    uint32_t largest = 0;
    for (int i = 0; i < n; i++) {
        const uint32_t magnitude = float_bits(x[i]) & 0x7fffffffu;
        largest = magnitude > largest ? magnitude : largest;
    }
    return (int)(largest >> 23);
}

static double power_of_two(int exponent)
{
    const uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof(power));
    return power;
}

/* The sum of x[i] * 2^exponent, when all of these are integers of less than 52 bits: adding 1.5 * 2^52 then leaves
 * an integer in the low bits of the double. 0 when one is not. */
static int sum_integers(const float *x, int n, int exponent, int64_t *sum)
{
    const double scale = power_of_two(exponent), magic = 6755399441055744.0;
    uint64_t magic_bits, total = 0;
    memcpy(&magic_bits, &magic, sizeof(magic_bits));
    int inexact = 0;
    for (int i = 0; i < n; i++) {
        const double scaled = (double)x[i] * scale, shifted = scaled + magic;
        uint64_t bits;
        memcpy(&bits, &shifted, sizeof(bits));
        total += bits - magic_bits;
        inexact |= shifted - magic != scaled;
    }
    *sum = (int64_t)total;
    return !inexact;
}

static void add_run(wsi_exact_sum *sum, const float *x, int n)
{
    const int exponent = largest_exponent(x, n);
    const int scale = RUN_BITS + FLOAT_BIAS - exponent;
    int64_t total;
    if (exponent < FLOAT_SPECIAL && sum_integers(x, n, scale, &total)) {
        wsi_exact_add_integer(sum, total, -scale);
        return;
    }
    for (int i = 0; i < n; i++) wsi_exact_add(sum, (double)x[i]);
}

void wsi_exact_add_floats(wsi_exact_sum *sum, const float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i += RUN) add_run(sum, x + i, (int)(n - i < RUN ? n - i : RUN));
}

void wsi_exact_merge(wsi_exact_sum *sum, const wsi_exact_sum *other)
{
    wsi_exact_carry(sum);
    for (int i = 0; i < WSI_EXACT_CHUNKS; i++) sum->chunk[i] += other->chunk[i];
    wsi_exact_carry(sum);
    sum->special |= other->special;
}

/* The magnitude of a sum whose carries are moved up, in words; returns its sign. */
static int magnitude(const wsi_exact_sum *sum, uint32_t word[WORDS])
{
    const int negative = sum->chunk[WSI_EXACT_CHUNKS - 1] < 0;
    memset(word, 0, WORDS * sizeof(*word));
    for (int i = 0; i < WSI_EXACT_CHUNKS; i++) word[i] = (uint32_t)sum->chunk[i];
    word[WSI_EXACT_CHUNKS] = (uint32_t)(sum->chunk[WSI_EXACT_CHUNKS - 1] >> 32);
    uint32_t carry = 1;
    for (int i = 0; negative && i <= WSI_EXACT_CHUNKS; i++) {
        word[i] = ~word[i] + carry;
        carry = carry && !word[i];
    }
    return negative;
}

/* 64 bits from bit `at` on. */
static uint64_t window(const uint32_t word[WORDS], int at)
{
    const uint32_t *w = word + at / 32;
    const uint64_t low = w[0] | (uint64_t)w[1] << 32;
    const int shift = at % 32;
    return shift ? low >> shift | (uint64_t)w[2] << (64 - shift) : low;
}

/* Whether any of the bits below `at` is set. */
static int any_below(const uint32_t word[WORDS], int at)
{
    for (int i = 0; i < at / 32; i++)
        if (word[i]) return 1;
    return at % 32 && (word[at / 32] & (((uint32_t)1 << at % 32) - 1));
}

/* Half to even, once. Numbers of up to 53 bits are exact, subnormal ones among them. */
static double rounded(const uint32_t word[WORDS])
{
    int top = WORDS * 32 - 1;
    while (top >= 0 && !(word[top / 32] >> top % 32 & 1)) top--;
    if (top < 53) return ldexp((double)window(word, 0), -LOWEST);
    const int lowest = top - 52;
    uint64_t digits = window(word, lowest) & (((uint64_t)1 << 53) - 1);
    const int half = (int)(window(word, lowest - 1) & 1);
    if (half && ((digits & 1) || any_below(word, lowest - 1))) digits++;
    return ldexp((double)digits, lowest - LOWEST);
}

double wsi_exact_value(const wsi_exact_sum *sum)
{
    const uint32_t infinities = WSI_EXACT_POSITIVE | WSI_EXACT_NEGATIVE;
    if ((sum->special & WSI_EXACT_NAN) || (sum->special & infinities) == infinities) return (double)NAN;
    if (sum->special) return sum->special & WSI_EXACT_POSITIVE ? (double)INFINITY : -(double)INFINITY;
    wsi_exact_sum moved = *sum;
    wsi_exact_carry(&moved);
    uint32_t word[WORDS];
    const int negative = magnitude(&moved, word);
    const double value = rounded(word);
    return negative ? -value : value;
}
