/* The accurate integer inverse transform (Loeffler, Ligtenberg and Moschytz 1989, 12 multiplications; 13-bit
 * constants), with libjpeg's order of roundings: columns first, kept to 2 bits more, then rows.
 *
 * libjpeg-turbo's vector versions work in 16 bits and saturate where the plain one does not, and for samples far out
 * of range the plain one wraps where they clamp. So blocks in which that could matter are left to it, by two tests.
 *
 * (1) WSI_JPEG_SUM_MAX bounds S, the sum of a block's absolute dequantised coefficients. No 16-bit intermediate of the
 * vector versions can then overflow:
 * - Every coefficient, and every sum of two of them, is at most S in magnitude.
 * - An output of pass 1 is 4 times the sum of a column's coefficients with weights 1 and sqrt(2) cos(k pi / 16), all
 *   at most 1.3871 (the constants' rounding changes that by less than 0.001), rounded: at most 5.56 S' + 1, where S'
 *   is the sum over that column.
 * - Pass 2 adds two such outputs of different columns before it multiplies: at most 5.56 S + 2 = 32250 for S = 5800.
 * Here, products and sums in 32 bits cannot overflow either: an input of at most 32250 in pass 2 enters any partial sum
 * with weights that add up to at most 25172 + 20995 + 9633 + 3196 = 58996 times 2^0, that is 1.91e9 < 2^31.
 *
 * (2) A sample outside -512 .. 511 before the level shift is reported. */
#ifndef WSI_JPEG_IDCT_PX_H
#define WSI_JPEG_IDCT_PX_H

#include "jpeg-px.h"

enum { WSI_JPEG_SUM_MAX = 5800, WSI_JPEG_PASS_1 = 11, WSI_JPEG_PASS_2 = 18 };

/* |coefficient| * quantiser, capped above WSI_JPEG_SUM_MAX so that 64 of them can be added. */
static WSI_HD uint32_t wsi_px_jpeg_magnitude(int32_t dequantised)
{
    const uint32_t m = dequantised < 0 ? 0u - (uint32_t)dequantised : (uint32_t)dequantised;
    return m < 8192 ? m : 8192;
}

/* One pass over 8 values, in place, results rounded and shifted down by `shift` (WSI_JPEG_PASS_1, WSI_JPEG_PASS_2). */
static WSI_HD void wsi_px_jpeg_idct8(int32_t *v, int shift)
{
    const int32_t half = 1 << (shift - 1);
    const int32_t e = (v[2] + v[6]) * 4433;
    const int32_t e2 = e - v[6] * 15137, e3 = e + v[2] * 6270;
    const int32_t e0 = (v[0] + v[4]) * 8192 + half, e1 = (v[0] - v[4]) * 8192 + half;
    const int32_t s0 = e0 + e3, s3 = e0 - e3, s1 = e1 + e2, s2 = e1 - e2;
    const int32_t z5 = (v[7] + v[3] + v[5] + v[1]) * 9633;
    const int32_t z1 = (v[7] + v[1]) * -7373, z2 = (v[5] + v[3]) * -20995;
    const int32_t z3 = (v[7] + v[3]) * -16069 + z5, z4 = (v[5] + v[1]) * -3196 + z5;
    const int32_t o0 = v[7] * 2446 + z1 + z3, o1 = v[5] * 16819 + z2 + z4;
    const int32_t o2 = v[3] * 25172 + z2 + z3, o3 = v[1] * 12299 + z1 + z4;
    v[0] = (s0 + o3) >> shift;
    v[7] = (s0 - o3) >> shift;
    v[1] = (s1 + o2) >> shift;
    v[6] = (s1 - o2) >> shift;
    v[2] = (s2 + o1) >> shift;
    v[5] = (s2 - o1) >> shift;
    v[3] = (s3 + o0) >> shift;
    v[4] = (s3 - o0) >> shift;
}

/* Nonzero when a sample lies so far out that implementations differ. */
static WSI_HD uint32_t wsi_px_jpeg_far(int32_t v)
{
    return (uint32_t)(v + 512) & ~1023u;
}

static WSI_HD uint8_t wsi_px_jpeg_clamp(int32_t v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

#endif
