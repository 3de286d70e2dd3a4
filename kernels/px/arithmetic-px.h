/* NumPy's arithmetic for one pair of values, in float32 and in float64; NaN and infinities as IEEE 754 and NumPy have
 * them. Roots, logarithms, exponentials and powers give float32. */
#ifndef WSI_ARITHMETIC_PX_H
#define WSI_ARITHMETIC_PX_H

#include <math.h>

#include "log-px.h"
#include "math-px.h"

/* Defines wsi_px_NAME_f32 and wsi_px_NAME_f64 of two values a and b. */
#define WSI_PX_BINARY(name, expression)                                                                                \
    static WSI_HD float wsi_px_##name##_f32(float a, float b)                                                          \
    {                                                                                                                  \
        return expression;                                                                                             \
    }                                                                                                                  \
    static WSI_HD double wsi_px_##name##_f64(double a, double b)                                                       \
    {                                                                                                                  \
        return expression;                                                                                             \
    }

WSI_PX_BINARY(add, a + b)
WSI_PX_BINARY(subtract, a - b)
WSI_PX_BINARY(multiply, a *b)
WSI_PX_BINARY(divide, a / b)
/* NaN where either is; a where they are equal. */
WSI_PX_BINARY(minimum, (b < a) | (b != b) ? b : a)
WSI_PX_BINARY(maximum, (b > a) | (b != b) ? b : a)

/* x^y as C's pow: NaN for x below 0 unless y is whole, whose oddness then gives the sign. */
static WSI_HD float wsi_px_power_f32(float x, float y)
{
    const float size = wsi_px_float(wsi_px_bits(x) & 0x7fffffffu), half = y * 0.5f;
    const int whole = wsi_px_rint_f32(y) == y, odd = whole & (wsi_px_rint_f32(half) != half);
    const float r = (float)wsi_px_pow_f64((double)size, (double)y);
    const float with_sign = wsi_px_float(wsi_px_bits(r) ^ (odd ? wsi_px_bits(x) & 0x80000000u : 0u));
    const int undefined = ((x < 0.0f) & (x >= -3.402823466e38f) & !whole) | ((y != y) & (x != 1.0f));
    return undefined ? wsi_px_float(0x7fc00000u) : with_sign;
}

/* The square root of x's size times `factor`, or NaN for x below 0: C's pow for a half exponent, with its +0 for -0 and
 * its inf for -inf. */
static WSI_HD float wsi_px_root_times(float x, float factor)
{
    const float size = wsi_px_float(wsi_px_bits(x) & 0x7fffffffu);
    const float r = factor * sqrtf(size);
    return (x < 0.0f) & (x >= -3.402823466e38f) ? wsi_px_float(0x7fc00000u) : r;
}

/* x^y with one y for a whole image: the usual exponents by products and roots, within 2 units in the last place, others
 * as above. */
static WSI_HD float wsi_px_power_by(float x, float y)
{
    const float size = wsi_px_float(wsi_px_bits(x) & 0x7fffffffu);
    if (y == 2.0f) return x * x;
    if (y == 3.0f) return x * x * x;
    if (y == 4.0f) return (x * x) * (x * x);
    if (y == -1.0f) return 1.0f / x;
    if (y == 0.5f) return wsi_px_root_times(x, 1.0f);
    if (y == 1.5f) return wsi_px_root_times(x, size);
    if (y == 2.5f) return wsi_px_root_times(x, size * size);
    return wsi_px_power_f32(x, y);
}

static WSI_HD double wsi_px_power_f64(double x, double y)
{
    return (double)wsi_px_power_f32((float)x, (float)y);
}

/* The square root is IEEE's, correctly rounded everywhere. */
static WSI_HD float wsi_px_sqrt(float x)
{
    return sqrtf(x);
}

/* 1 where wsi_px_log serves: for positive normal numbers but inf. */
static WSI_HD int wsi_px_log_is_tame(float x)
{
    return wsi_px_bits(x) - 0x00800000u < 0x7f000000u;
}

/* log x of any float within 2 units in the last place: -inf for 0, NaN below. */
static WSI_HD float wsi_px_log_any(float x)
{
    const int small = x < 1.17549435e-38f; /* subnormal */
    const float l = wsi_px_log(small ? x * 8388608.0f : x) - (small ? 15.9423847f : 0.0f);
    const float wide = x <= 3.402823466e38f ? l : x; /* inf and NaN stay */
    const float zero = x == 0.0f ? -HUGE_VALF : wide;
    return x < 0.0f ? wsi_px_float(0x7fc00000u) : zero;
}

/* 1 where exp x is neither too large nor too small for wsi_px_exp_within; not for NaN. */
static WSI_HD int wsi_px_exp_is_tame(float x)
{
    return wsi_px_float(wsi_px_bits(x) & 0x7fffffffu) <= 87.0f;
}

/* exp x of any float: within 1 unit in the last place where it is tame. Elsewhere within 3, as the square of half of
 * it, which overflows to inf and underflows through subnormal numbers to 0 where exp does. */
static WSI_HD float wsi_px_exp_any(float x)
{
    const int tame = wsi_px_exp_is_tame(x);
    const float root = wsi_px_exp_within(wsi_px_clip_f32(tame ? x : x * 0.5f, -87.0f, 88.0f));
    const float wide = x != x ? x : root * root;
    return tame ? root : wide;
}

#endif
