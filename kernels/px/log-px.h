/* Natural logarithm and exponential in float32 from + - * / alone, so that every back end has the same bits (a libm
 * would not). Within 1.3 units in the last place of the true value over the ranges given. Polynomials are minimax fits
 * made for this file; they are summed in pairs, because a chain of dependent steps would take longer than the steps. */
#ifndef WSI_LOG_PX_H
#define WSI_LOG_PX_H

#include "px.h"

/* log x for normal x > 0: x = 2^e m with m in [sqrt(1/2), sqrt(2)), log m = f - f^2/2 + f^3 p(f) with f = m - 1. */
static WSI_HD float wsi_px_log(float x)
{
    const uint32_t over = wsi_px_bits(x) - 0x3f3504f3u; /* 0x3f3504f3 = sqrt(1/2) */
    const float e = (float)((int32_t)over >> 23), f = wsi_px_float((over & 0x7fffffu) + 0x3f3504f3u) - 1.0f, q = f * f;
    const float p = ((0.333339095f - 0.250013381f * f) + (0.199630618f - 0.165775865f * f) * q) +
                    ((0.149147868f - 0.142674759f * f) + 0.0870035961f * q) * (q * q);
    return e * 0.693147181f + (f + q * (f * p - 0.5f));
}

/* exp x for x in -87..88: x = n ln 2 + r with |r| <= ln(2)/2, exp r = 1 + r + r^2 p(r). ln 2 comes in two parts. */
static WSI_HD float wsi_px_exp_within(float x)
{
    const float shifted = x * 1.44269504f + 12582912.0f; /* n in the low bits, as of wsi_px_rint_small */
    const float n = shifted - 12582912.0f;
    const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f, q = r * r;
    const float p = (0.49999994f + 0.166665152f * r) + ((0.041668456f + 0.00836941879f * r) + 0.00138131424f * q) * q;
    return ((p * q + r) + 1.0f) * wsi_px_float((wsi_px_bits(shifted) + 127u) << 23);
}

/* x clamped to that. */
static WSI_HD float wsi_px_exp(float x)
{
    return wsi_px_exp_within(wsi_px_clip_f32(x, -87.0f, 88.0f));
}

#endif
