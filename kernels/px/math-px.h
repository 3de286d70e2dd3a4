/* Powers, cube roots and angles from + - * / and square roots alone, so that every back end has the same bits (a libm
 * would not). Beside them the logarithm and exponential of base 2 in float64 that powers are made of, for formulas
 * whose results cancel in float32. Nothing branches: every loop over these vectorises.
 *
 * Polynomials are Chebyshev fits of their functions on the intervals given, made for this file. */
#ifndef WSI_MATH_PX_H
#define WSI_MATH_PX_H

#include <math.h>

#include "px.h"

static WSI_HD uint64_t wsi_px_bits_f64(double v)
{
    uint64_t b;
    memcpy(&b, &v, sizeof b);
    return b;
}

static WSI_HD double wsi_px_double(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* a / b, rounded as IEEE 754 has it. tame: 1 where a is 0 or a normal number, and so are b and the quotient, none of
 * them beyond 2^-100..2^100: a GPU's division is then its own sequence without the look at whether that is so, between
 * the branches of which nothing else can be under way. */
static WSI_HD float wsi_px_divide(float a, float b, int tame)
{
#if defined(__CUDA_ARCH__)
    if (tame) {
        float near;
        asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(near) : "f"(b));
        const float r = __fmaf_rn(near, __fmaf_rn(-b, near, 1.0f), near), q = a * r;
        return __fmaf_rn(r, __fmaf_rn(-b, q, a), q);
    }
#endif
    (void)tame;
    return a / b;
}

/* v as float64. tame: 1 where v is a normal number above 0: a GPU then moves its bits, since it has few units that
 * convert. */
static WSI_HD double wsi_px_wide(float v, int tame)
{
#if defined(__CUDA_ARCH__)
    if (tame) return __hiloint2double((int)((wsi_px_bits(v) >> 3) + 0x38000000u), (int)(wsi_px_bits(v) << 29));
#endif
    (void)tame;
    return (double)v;
}

/* Square root, rounded as IEEE 754 has it. tame: 1 where x lies in 2^-100..2^100, or nobody looks at the result: a
 * GPU's square root is then its own sequence without the look at whether that is so. */
static WSI_HD float wsi_px_root(float x, int tame)
{
#if defined(__CUDA_ARCH__)
    if (tame) {
        float near;
        asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(near) : "f"(x));
        const float s = x * near;
        return __fmaf_rn(__fmaf_rn(-s, s, x), near * 0.5f, s);
    }
#endif
    (void)tame;
    return sqrtf(x);
}

/* 1/v to 1e-14 of its value, for v in 2^-100..2^100: divided in float32 and corrected once, which takes a fraction of a
 * division in float64. */
static WSI_HD double wsi_px_reciprocal(double v)
{
    const double r = (double)wsi_px_divide(1.0f, (float)v, 1);
    return r * (2.0 - v * r);
}

/* x = 2^exponent m with m in [sqrt(1/2), sqrt(2)), s = (m - 1) / (m + 1). */
typedef struct wsi_px_log2_parts {
    double exponent, s;
} wsi_px_log2_parts;

/* Of x above 0 and finite. */
static WSI_HD wsi_px_log2_parts wsi_px_log2_split(double x)
{
    wsi_px_log2_parts parts;
    const uint64_t bits = wsi_px_bits_f64(x) + (UINT64_C(0x3ff0000000000000) - UINT64_C(0x3fe6a09e667f3bcd));
    const uint64_t e = bits >> 52; /* biased; added to 2^52 it is the integer in the low bits */
    const double m = wsi_px_double((bits & UINT64_C(0xfffffffffffff)) + UINT64_C(0x3fe6a09e667f3bcd));
    parts.exponent = wsi_px_double(e | UINT64_C(0x4330000000000000)) - (4503599627370496.0 + 1023.0);
    parts.s = (m - 1.0) * wsi_px_reciprocal(m + 1.0);
    return parts;
}

/* log2 m = 2/ln 2 atanh s, and the exponent. */
static WSI_HD double wsi_px_log2_join(wsi_px_log2_parts parts)
{
    const double s = parts.s, q = s * s;
    const double p =
        ((((q * 0.2828988053961326 + 0.3199058080964978) * q + 0.4122092492567627) * q + 0.5770779423997096) * q +
         0.96179669411321) *
            q +
        2.885390081777851;
    return s * p + parts.exponent;
}

/* log2 x to 1e-13 of its value, for x of any float32 and every normal float64. -inf for 0 of either sign, inf for inf,
 * NaN below 0 and for NaN. tame: 1 where x is known to be above 0 and finite. */
static WSI_HD double wsi_px_log2_of(double x, int tame)
{
    const double log = wsi_px_log2_join(wsi_px_log2_split(x));
    if (tame) return log;
    const double wide = x <= 1.7976931348623157e308 ? log : x; /* inf and NaN stay */
    const double zero = x == 0.0 ? -HUGE_VAL : wide;
    return x < 0.0 ? (double)wsi_px_float(0x7fc00000u) : zero;
}

static WSI_HD double wsi_px_log2(double x)
{
    return wsi_px_log2_of(x, 0);
}

/* 2^t to 1e-13 of its value; from 1023.5 up inf, from -1022.5 down 0. NaN stays NaN. tame: 1 where t is known to lie
 * within -1000..1000. */
static WSI_HD double wsi_px_exp2_of(double t, int tame)
{
    const double v = tame ? t : wsi_px_clip_f64(t, -1023.0, 1024.0);
    const double whole = v + 6755399441055744.0; /* 1.5 * 2^52: the integer is in the low bits */
    const double r = v - (whole - 6755399441055744.0);
    const double p = (((((((r * 1.0206063605133824e-07 + 1.3255228686849579e-06) * r + 1.5252672271859697e-05) * r +
                          0.00015403455838363856) *
                             r +
                         0.0013333558201554458) *
                            r +
                        0.009618129159417213) *
                           r +
                       0.05550410866465009) *
                          r +
                      0.24022650695812936) *
                         r +
                     0.6931471805599464;
    const double power = wsi_px_double((wsi_px_bits_f64(whole) + 1023u) << 52);
    if (tame) return (1.0 + r * p) * power;
    return t != t ? t : (1.0 + r * p) * power;
}

static WSI_HD double wsi_px_exp2(double t)
{
    return wsi_px_exp2_of(t, 0);
}

/* x^y for x >= 0 as of wsi_px_log2, to 1e-13 |y log2 x| of its value. As C's pow: 1 for y = 0 or x = 1 whatever the
 * other is, x for y = 1, 0 and inf at the ends; but NaN for every x below 0 unless y = 0 or 1. */
static WSI_HD double wsi_px_pow_f64(double x, double y)
{
    const double r = wsi_px_exp2(y * wsi_px_log2(x));
    return y == 0.0 || x == 1.0 ? 1.0 : y == 1.0 ? x : r;
}

/* The same where x is a float32 above 0, neither infinite nor below the normal numbers, y is neither 0 nor 1, and
 * |y log2 x| is 300 at most. */
static WSI_HD double wsi_px_pow_tame(double x, double y)
{
    return wsi_px_exp2_of(y * wsi_px_log2_of(x, 1), 1);
}

/* wsi_px_pow_f64 rounded to float32: the nearest one but for one case in a thousand, which gets the next. */
static WSI_HD float wsi_px_pow(float x, float y)
{
    return (float)wsi_px_pow_f64((double)x, (double)y);
}

/* Cube root of x in 2^-100..2^100 to 2e-5: a third of its exponent, corrected by one step of Halley's method. Here and
 * below, tame: 1 where x is known to lie there, or nobody looks at the result. */
static WSI_HD float wsi_px_cbrt_near(float x, int tame)
{
    const float y = wsi_px_float(wsi_px_bits(x) / 3u + 0x2a5119f2u), c = y * y * y;
    return y * wsi_px_divide(c + (x + x), (c + c) + x, tame);
}

/* A root y of x, x = y^n, that is right to about 1e-7, to about 1e-13: one step of Newton's method, whose small
 * correction float32 is enough for. power: y^n; slope: n y^(n-1). */
static WSI_HD double wsi_px_root_step(double y, double power, float slope, double x, int tame)
{
    return y - (double)wsi_px_divide((float)(power - x), slope, tame);
}

/* Cube root of x in 2^-100..2^100 to 1e-13 of its value; 0 and NaN stay. */
static WSI_HD double wsi_px_cbrt_f64_of(double x, int tame)
{
    const float v = (float)x, y = wsi_px_cbrt_near(v, tame), c = y * y * y;
    const float near = y * wsi_px_divide(c + (v + v), (c + c) + v, tame);
    const double d = wsi_px_wide(near, tame);
    const double root = wsi_px_root_step(d, d * d * d, 3.0f * (near * near), x, tame);
    return x == 0.0 ? x : root;
}

/* Cube root of 0 and any x from 2^-1000 up, to 1e-13 of its value: x = 2^(3k) m with m in 8..64. Within 2^-60..2^100 it
 * has the bits of wsi_px_cbrt_f64_of, because every step there scales with a power of two. inf and NaN stay. */
static WSI_HD double wsi_px_cbrt_f64(double x)
{
    const uint64_t k = (uint32_t)(wsi_px_bits_f64(x) >> 52) / 3u; /* biased by 342 */
    const double m = x * wsi_px_double((2049u - 3u * k) << 52);
    const double root = wsi_px_cbrt_f64_of(m, 0) * wsi_px_double((681u + k) << 52);
    return x > 0.0 && x <= 1.7976931348623157e308 ? root : x;
}

/* x^2.4 for x in 2^-100..2^100 to 1e-12 of its value: x^2 times the square of the fifth root, which is got as the cube
 * root is. NaN stays. */
static WSI_HD double wsi_px_pow_2_4_of(double x, int tame)
{
    const float v = (float)x;
    float y = wsi_px_float(wsi_px_bits(v) / 5u + 0x32c816f0u), q = (y * y) * (y * y) * y;
    y = y * wsi_px_divide((q + q) + 3.0f * v, 3.0f * q + (v + v), tame);
    q = (y * y) * (y * y) * y;
    y = y * wsi_px_divide((q + q) + 3.0f * v, 3.0f * q + (v + v), tame);
    const double d = wsi_px_wide(y, tame), d4 = (d * d) * (d * d);
    const double root = wsi_px_root_step(d, d4 * d, 5.0f * (float)d4, x, tame);
    return (x * x) * (root * root);
}

/* x^2.4 for any x from 2^-100 up, to 1e-12 of its value: x = 2^(5k) m with m in 4..128, and 2^(12k) in three steps,
 * because a float64 does not hold it where the whole power overflows. Within 2^-60..2^100 it has the bits of
 * wsi_px_pow_2_4_of. inf and NaN stay. */
static WSI_HD double wsi_px_pow_2_4(double x)
{
    const uint64_t k = (uint32_t)(wsi_px_bits_f64(x) >> 52) / 5u; /* biased by 205 */
    const double m = x * wsi_px_double((2048u - 5u * k) << 52), step = wsi_px_double((203u + 4u * k) << 52);
    const double power = ((wsi_px_pow_2_4_of(m, 0) * step) * step) * step;
    return x <= 1.7976931348623157e308 ? power : x;
}

/* Cube root of x in 2^-100..2^100 within 1 unit in the last place. tame: as of wsi_px_cbrt_by. */
static WSI_HD float wsi_px_cbrt_of(float x, int tame)
{
    const float y = wsi_px_cbrt_near(x, 1);
    const double d = wsi_px_wide(y, tame);
    return (float)wsi_px_root_step(d, d * d * d, 3.0f * (y * y), wsi_px_wide(x, tame), tame);
}

/* Cube root of any float within 1 unit in the last place; odd, so NaN, infinities and zeros stay. */
static WSI_HD float wsi_px_cbrt(float x)
{
    const float size = wsi_px_float(wsi_px_bits(x) & 0x7fffffffu);
    const int small = size<7.88860905e-31f, large = size> 1.26765060e30f;                /* 2^-100, 2^100 */
    const float near = size * (small ? 7.92281625e28f : large ? 1.26217745e-29f : 1.0f); /* 2^96, 2^-96 */
    const float root = wsi_px_cbrt_of(near, 0);
    const float back = root * (small ? 2.32830644e-10f : large ? 4294967296.0f : 1.0f); /* 2^-32, 2^32 */
    const float out = size > 0.0f && size <= 3.402823466e38f ? back : size;
    return wsi_px_float(wsi_px_bits(out) | (wsi_px_bits(x) & 0x80000000u));
}

/* The same. tame: 1 where x is at most 2^100, and nobody looks at the result for x below 2^-20. */
static WSI_HD float wsi_px_cbrt_by(float x, int tame)
{
#if defined(__CUDA_ARCH__)
    if (tame) return wsi_px_cbrt_of(x, 1);
#endif
    (void)tame;
    return wsi_px_cbrt(x);
}

/* Angle of (x, y) in -pi..pi, C's atan2, within 3 units in the last place: the smaller of |x| and |y| over the larger
 * is brought below tan(pi/8) by atan t = pi/4 + atan((t - 1) / (t + 1)), and mirrored back. */
static WSI_HD float wsi_px_atan2(float y, float x)
{
    const float ax = wsi_px_float(wsi_px_bits(x) & 0x7fffffffu), ay = wsi_px_float(wsi_px_bits(y) & 0x7fffffffu);
    const float a = ax < ay ? ax : ay, b = ax < ay ? ay : ax;
    const int same = ax == ay, turn = a > b * 0.414213562f;
    const float over = turn ? a - b : a, under = turn ? a + b : b;
    const float t = same ? 0.0f : over / under, q = t * t; /* 0/0 and inf/inf never */
    const float p = ((((q * -0.0645938f + 0.107463f) * q - 0.14264233f) * q + 0.1999955f) * q - 0.33333332f) * q;
    const float small = (turn || (same && a > 0.0f) ? 0.785398163f : 0.0f) + (t + t * p);
    const float steep = ax < ay ? 1.57079633f - small : small;
    const float left = wsi_px_bits(x) >> 31 ? 3.14159265f - steep : steep;
    const float signed_ = wsi_px_float(wsi_px_bits(left) | (wsi_px_bits(y) & 0x80000000u));
    return x != x ? x : y != y ? y : signed_;
}

/* Arc tangent, odd; plus and minus pi/2 at the infinities. */
static WSI_HD float wsi_px_atan(float x)
{
    return wsi_px_atan2(x, 1.0f);
}

#endif
