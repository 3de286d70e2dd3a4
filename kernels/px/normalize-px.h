/* What becomes of a pixel's colour when stains are normalised, after the look-ups: powers of two, amounts of two stains
 * that cannot be negative, grey levels. */
#ifndef WSI_NORMALIZE_PX_H
#define WSI_NORMALIZE_PX_H

#include "log-px.h"

/* Of two stain vectors s, t: what the amounts of both are computed from. */
typedef struct wsi_px_pair {
    float ss, st, tt; /* s.s, s.t and t.t, over ss tt - st st */
    float s, t;       /* 1 / s.s, 1 / t.t */
} wsi_px_pair;

typedef struct wsi_px_amounts {
    float s, t;
} wsi_px_amounts;

/* 2^v within 3e-7 of its value, v clamped to -60..60: v = n + r with |r| <= 1/2, 2^r by its series up to r^6. */
static WSI_HD float wsi_px_power_of_2(float v)
{
    const float clipped = wsi_px_clip_f32(v, -60.0f, 60.0f);
    const float n = wsi_px_rint_small(clipped), r = clipped - n;
    const float p =
        (((((r * 1.54035304e-4f + 1.33335581e-3f) * r + 9.61812911e-3f) * r + 5.55041087e-2f) * r + 0.240226507f) * r +
         0.693147181f) *
            r +
        1.0f;
    return p * wsi_px_float((uint32_t)((int32_t)n + 127) << 23);
}

/* The nearest grey level of 8 bits, half to even. */
static WSI_HD uint8_t wsi_px_grey_level(float v)
{
    return (uint8_t)wsi_px_rint_bits(wsi_px_clip_f32(v, 0.0f, 255.0f));
}

/* The c >= 0 that minimises |x - c.s s - c.t t|^2 / 2 + w (c.s + c.t), for u = x.s - w and v = x.t - w: where the free
 * minimum has a negative amount, that one is zero, since the vectors have no negative entry. */
static WSI_HD wsi_px_amounts wsi_px_amounts_of(float u, float v, wsi_px_pair p)
{
    const float s = u * p.tt - v * p.st, t = v * p.ss - u * p.st;
    const float only_s = u > 0.0f ? u * p.s : 0.0f, only_t = v > 0.0f ? v * p.t : 0.0f;
    const float with_t = s < 0.0f ? 0.0f : s, other_t = s < 0.0f ? only_t : t;
    wsi_px_amounts c;
    c.s = t < 0.0f ? only_s : with_t;
    c.t = t < 0.0f ? 0.0f : other_t;
    return c;
}

#endif
