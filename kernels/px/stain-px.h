/* Colour deconvolution after Ruifrok and Johnston (2001) as scikit-image's separate_stains and combine_stains. */
#ifndef WSI_STAIN_PX_H
#define WSI_STAIN_PX_H

#include "log-px.h"

/* Absorbance of one channel in units of the deepest one: log(max(v, 1e-6)) / log(1e-6). -inf for inf; NaN stays NaN. */
static WSI_HD float wsi_px_absorbance(float v)
{
    const float floored = v < 1e-6f ? 1e-6f : v;
    const float a = wsi_px_log(floored) * -0.0723824137f; /* 1 / ln(1e-6) */
    return v <= 3.402823466e38f ? a : -v;
}

/* exp of a combined stain vector's entry, clipped at 1. NaN stays NaN. */
static WSI_HD float wsi_px_transmittance(float log_rgb)
{
    const float e = wsi_px_exp(log_rgb);
    const float clipped = e > 1.0f ? 1.0f : e;
    return log_rgb != log_rgb ? wsi_px_one_nan(log_rgb) : clipped;
}

/* Entry of a row vector times a matrix, in this order. */
static WSI_HD float wsi_px_dot3(float a, float b, float c, float m0, float m1, float m2)
{
    return (a * m0 + b * m1) + c * m2;
}

static WSI_HD float wsi_px_not_below_0(float v)
{
    return v < 0.0f ? 0.0f : v;
}

#endif
