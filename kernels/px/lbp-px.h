/* Local binary patterns of one pixel, from the bits of its neighbours: bit i is set where neighbour i is not darker
 * than the middle. Neighbours lie on a circle and are interpolated in float64, as the reference does. */
#ifndef WSI_LBP_PX_H
#define WSI_LBP_PX_H

#include "px.h"

/* How far a place relative to pixel `at` of the whole image lies behind its whole part, as what is left of the sum's
 * rounding: the reference adds first. Places are multiples of 1e-5, so that no sum rounds to another whole part. */
static WSI_HD double wsi_px_lbp_part(double at, double place, int whole)
{
    return (at + place) - (at + (double)whole);
}

/* Between four samples, a b above c d; x and y from the first, u = 1 - x and v = 1 - y. */
static WSI_HD double wsi_px_lbp_between(double a, double b, double c, double d, double x, double y)
{
    const double top = (1.0 - x) * a + x * b, bottom = (1.0 - x) * c + x * d;
    return (1.0 - y) * top + y * bottom;
}

static WSI_HD uint32_t wsi_px_ones(uint32_t v)
{
    v = v - ((v >> 1) & 0x55555555u);
    v = (v & 0x33333333u) + ((v >> 2) & 0x33333333u);
    v = (v + (v >> 4)) & 0x0f0f0f0fu;
    return (v * 0x01010101u) >> 24;
}

/* Places below the lowest bit set. v != 0. */
static WSI_HD uint32_t wsi_px_lowest(uint32_t v)
{
    return wsi_px_ones((v & (0u - v)) - 1u);
}

/* Changes from a neighbour to the next, the last and the first not compared. */
static WSI_HD uint32_t wsi_px_lbp_changes(uint32_t bits, uint32_t points)
{
    return wsi_px_ones((bits ^ (bits >> 1)) & ((1u << (points - 1u)) - 1u));
}

/* var: the mean of squares, NaN where all neighbours are the same. */
static WSI_HD float wsi_px_lbp_variance(double squares, uint32_t points)
{
    const float variance = (float)(squares / (double)points);
    return squares == 0.0 ? wsi_px_float(0x7fc00000u) : variance;
}

/* ror: the smallest of all rotations. */
static WSI_HD uint32_t wsi_px_lbp_smallest(uint32_t bits, uint32_t points)
{
    uint32_t least = bits, turned = bits;
    for (uint32_t i = 1; i < points; i++) {
        turned = (turned >> 1) | ((turned & 1u) << (points - 1u));
        least = turned < least ? turned : least;
    }
    return least;
}

/* uniform: the number of ones where at most two changes are, else points + 1. */
static WSI_HD uint32_t wsi_px_lbp_uniform(uint32_t bits, uint32_t points)
{
    return wsi_px_lbp_changes(bits, points) <= 2u ? wsi_px_ones(bits) : points + 1u;
}

/* nri_uniform: uniform patterns counted by their ones and their rotation, all others one number. */
static WSI_HD uint32_t wsi_px_lbp_rotated(uint32_t bits, uint32_t points)
{
    const uint32_t all = (1u << points) - 1u, ones = wsi_px_ones(bits);
    const uint32_t first_zero = wsi_px_lowest((~bits & all) | (1u << points));
    const uint32_t first_one = wsi_px_lowest(bits | (1u << points));
    const uint32_t turn = first_one == 0u ? ones - first_zero : points - first_one;
    const uint32_t mixed = 1u + (ones - 1u) * points + turn;
    const uint32_t flat = ones == 0u ? 0u : points * (points - 1u) + 1u;
    const uint32_t uniform = bits == 0u || bits == all ? flat : mixed;
    return wsi_px_lbp_changes(bits, points) <= 2u ? uniform : points * (points - 1u) + 2u;
}

#endif
