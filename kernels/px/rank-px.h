/* What rank filters make of a neighbourhood's counts and sums. */
#ifndef WSI_RANK_PX_H
#define WSI_RANK_PX_H

#include "px.h"

/* sum / pixels rounded down: of integers below 2^32 the float64 quotient never rounds up to a whole number. */
static WSI_HD uint32_t wsi_px_rank_mean(uint32_t sum, uint32_t pixels)
{
    return (uint32_t)(int32_t)((double)sum / (double)pixels);
}

/* How many of the pixels, in order, come before the wanted one: the first with more than p0 * pixels at or below it. */
static WSI_HD uint32_t wsi_px_rank_of(double p0, uint32_t pixels)
{
    return p0 < 1.0 ? (uint32_t)(p0 * (double)pixels) : pixels - 1;
}

/* Entropy in bits: log2(n) - sum / n, where whole = n log2(n) and sum is over values, both in units of 2^-32. */
static WSI_HD float wsi_px_rank_entropy(int64_t whole, int64_t sum, uint32_t pixels)
{
    return (float)((double)(whole - sum) / (double)pixels * 2.3283064365386963e-10);
}

#endif
