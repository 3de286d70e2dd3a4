/* Natural logarithm and exponential in float32 from + - * / alone, so that every back end has the same bits (a libm
 * would not). Within 2 units in the last place of the true value over the ranges given. */
#ifndef WSI_LOG_PX_H
#define WSI_LOG_PX_H

#include "px.h"

/* log x for normal x > 0: x = 2^e m with m in [sqrt(1/2), sqrt(2)), log m = 2 atanh s with s = (m - 1) / (m + 1),
 * |s| < 0.172, as its series up to s^11. Powers of two times ln 2 are added in two parts. */
static WSI_HD float wsi_px_log(float x)
{
    const uint32_t bits = wsi_px_bits(x);
    const int32_t e = (int32_t)(bits - 0x3f3504f3u) >> 23; /* 0x3f3504f3 = sqrt(1/2) */
    const float m = wsi_px_float(bits - ((uint32_t)e << 23));
    const float s = (m - 1.0f) / (m + 1.0f), q = s * s, fe = (float)e;
    const float tail = ((((q * 0.0909090909f + 0.1111111111f) * q + 0.1428571429f) * q + 0.2f) * q + 0.3333333333f) * q;
    return fe * 0.693359375f + ((s + s) + ((s + s) * tail + fe * -2.12194440e-4f));
}

/* exp x, x clamped to -87..88: x = n ln 2 + r with |r| <= ln(2)/2, exp r by its series up to r^7. */
static WSI_HD float wsi_px_exp(float x)
{
    const float v = wsi_px_clip_f32(x, -87.0f, 88.0f);
    const float n = wsi_px_rint_small(v * 1.44269504f);
    const float r = (v - n * 0.693359375f) - n * -2.12194440e-4f;
    const float p =
        (((((r * 1.98412698e-4f + 1.38888889e-3f) * r + 8.33333333e-3f) * r + 4.16666667e-2f) * r + 1.66666667e-1f) *
             r +
         0.5f) *
            r * r +
        r + 1.0f;
    return p * wsi_px_float((uint32_t)((int32_t)n + 127) << 23);
}

#endif
