/* What every px/ header builds on: the marker of functions that run on host and device, and the few scalar
 * helpers they share.
 *
 * px/ holds the maths of one pixel, written once in the common subset of C11 and CUDA C++: static functions of
 * plain values, no libm, no memory. Only + - * /, comparisons and conversions are used, each correctly rounded by
 * IEEE 754, and nothing may be fused, so every instruction set and the device produce the same bits. */
#ifndef WSI_PX_H
#define WSI_PX_H

#include <stdint.h>
#include <string.h>

#if defined(__CUDACC__)
#define WSI_HD __host__ __device__ __forceinline__
#else
#define WSI_HD inline __attribute__((always_inline, unused))
#endif

static WSI_HD uint32_t wsi_px_bits(float v)
{
    uint32_t b;
    memcpy(&b, &v, sizeof b);
    return b;
}

static WSI_HD float wsi_px_float(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Round half to even for |v| <= 2^22: adding 1.5 * 2^23 leaves no fraction bits. */
static WSI_HD float wsi_px_rint_small(float v)
{
    return (v + 12582912.0f) - 12582912.0f;
}

/* The same as an integer, in the low 22 bits (two's complement): the sum's mantissa holds it already. */
static WSI_HD uint32_t wsi_px_rint_bits(float v)
{
    return wsi_px_bits(v + 12582912.0f);
}

/* Round half to even, any finite v. */
static WSI_HD float wsi_px_rint_f32(float v)
{
    const float up = (v + 8388608.0f) - 8388608.0f;
    const float down = (v - 8388608.0f) + 8388608.0f;
    if (v >= 8388608.0f || v <= -8388608.0f) return v;
    return v < 0.0f ? down : up;
}

static WSI_HD double wsi_px_rint_f64(double v)
{
    const double up = (v + 4503599627370496.0) - 4503599627370496.0;
    const double down = (v - 4503599627370496.0) + 4503599627370496.0;
    if (v >= 4503599627370496.0 || v <= -4503599627370496.0) return v;
    return v < 0.0 ? down : up;
}

/* lo when v is below it or not a number. */
static WSI_HD float wsi_px_clip_f32(float v, float lo, float hi)
{
    const float a = v > lo ? v : lo;
    return a < hi ? a : hi;
}

static WSI_HD double wsi_px_clip_f64(double v, double lo, double hi)
{
    const double a = v > lo ? v : lo;
    return a < hi ? a : hi;
}

/* NaN as one bit pattern: which of a sum's operands a NaN is taken from depends on how a loop was compiled. */
static WSI_HD float wsi_px_one_nan(float v)
{
    return v == v ? v : wsi_px_float(0x7fc00000u);
}

#endif
