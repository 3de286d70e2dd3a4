/* Random numbers for tests: xorshift64*, the same on every machine. */
#ifndef WSI_RNG_H
#define WSI_RNG_H

#include <stdint.h>

/* The seed may not be 0. */
typedef struct rng {
    uint64_t state;
} rng;

static inline uint64_t rng_next(rng *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * UINT64_C(2685821657736338717);
}

/* 0 .. n-1. */
static inline int64_t rng_below(rng *r, int64_t n)
{
    return (int64_t)((rng_next(r) >> 11) % (uint64_t)n);
}

/* 0 <= v < 1 */
static inline double rng_unit(rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1p-53;
}

#endif
