/* Eigenvalues of a symmetric 2x2 matrix [a b; b c] and the ridge measures made of them, for one pixel.
 *
 * Formulas: scikit-image 0.26's feature.hessian_matrix_eigvals and filters.sato, meijering, frangi. The square root is
 * IEEE's, correctly rounded everywhere. Comparisons are written so that NaN takes the same way on every back end. */
#ifndef WSI_HESSIAN_PX_H
#define WSI_HESSIAN_PX_H

#include <math.h>

#include "log-px.h"

/* high >= low. */
typedef struct wsi_px_eigen {
    float high, low;
} wsi_px_eigen;

static WSI_HD wsi_px_eigen wsi_px_eigen_of(float a, float b, float c)
{
    const float mean = (a + c) * 0.5f, half = (a - c) * 0.5f;
    const float root = sqrtf(b * b + half * half);
    wsi_px_eigen e;
    e.high = mean + root;
    e.low = mean - root;
    return e;
}

static WSI_HD float wsi_px_abs(float v)
{
    return v < 0.0f ? -v : v;
}

/* Constants of one scale of a ridge measure, worked out in float64 by wsi_ridge_prepare. */
typedef struct wsi_px_ridge {
    float scale; /* sato: sigma^2; meijering: 1 over the scale's maximum */
    float alpha; /* meijering */
    float blob;  /* frangi: 1 / (2 beta^2) */
    float norm;  /* frangi: 1 / (2 gamma^2) */
} wsi_px_ridge;

static WSI_HD float wsi_px_sato(wsi_px_eigen e, wsi_px_ridge k)
{
    return (e.high < 0.0f ? 0.0f : e.high) * k.scale;
}

static WSI_HD float wsi_px_meijering(wsi_px_eigen e, wsi_px_ridge k)
{
    const float high = e.high + k.alpha * e.low, low = e.low + k.alpha * e.high;
    const float larger = wsi_px_abs(low) > wsi_px_abs(high) ? low : high;
    return (larger < 0.0f ? 0.0f : larger) * k.scale;
}

/* 1 - exp(-x) for x >= 0, without cancellation: its series up to x^6 below a quarter. */
static WSI_HD float wsi_px_saturate(float x)
{
    const float series =
        x * (1.0f - x * (0.5f - x * (0.166666667f - x * (0.0416666667f - x * (0.00833333333f - x * 0.00138888889f)))));
    const float direct = 1.0f - wsi_px_exp(-x);
    return x < 0.25f ? series : direct;
}

/* Blobness exp(-rb^2 / 2 beta^2) times structure 1 - exp(-s^2 / 2 gamma^2), rb the smaller magnitude over the signed
 * larger one. 0 exactly where the reference's float64 has it: where the blobness underflows (beyond exp(-745)) or the
 * structure rounds to 0 (below 1.625 * 2^-55, as NumPy's vectors of exponentials have it; exactly rounded ones would
 * below 2^-54); elsewhere at least the smallest normal number, since `hessian` tells 0 apart. */
static WSI_HD float wsi_px_frangi(wsi_px_eigen e, wsi_px_ridge k)
{
    const float high = wsi_px_abs(e.high), low = wsi_px_abs(e.low);
    const float small = low < high ? low : high, large = low < high ? e.high : e.low;
    const float under = large > 1e-10f ? large : 1e-10f;
    const float rb = small / under, x = rb * rb * k.blob;
    const float s = (e.high * e.high + e.low * e.low) * k.norm;
    const float blob = x > 60.0f ? 0.0f : wsi_px_exp(-x); /* products with less are subnormal, which is slow */
    const float v = blob * wsi_px_saturate(s);
    const float some = v < 1.17549435e-38f ? 1.17549435e-38f : v;
    const float structure = s < 4.5102810e-17f ? 0.0f : some;
    const float out = x > 745.13f ? 0.0f : structure;
    return s != s ? s : out;
}

/* The norm of the Hessian, by which frangi measures structure. */
static WSI_HD float wsi_px_hessian_norm(wsi_px_eigen e)
{
    return sqrtf(e.high * e.high + e.low * e.low);
}

/* The larger of two scales' values; NaN when either is. */
static WSI_HD float wsi_px_most(float a, float b)
{
    const float larger = b > a ? b : a, known = b != b ? b : larger;
    return a != a ? a : known;
}

#endif
