/* Gamma, logarithmic and sigmoid correction of one value in float64, in the order of scikit-image 0.26's
 * exposure.adjust_gamma, adjust_log and adjust_sigmoid. Where these refuse an image that is negative somewhere, here a
 * negative value counts as 0. */
#ifndef WSI_ADJUST_PX_H
#define WSI_ADJUST_PX_H

#include "math-px.h"

enum wsi_px_adjustment {
    WSI_ADJUST_GAMMA = 0,
    WSI_ADJUST_LOG,
    WSI_ADJUST_LOG_INVERSE,
    WSI_ADJUST_SIGMOID,
    WSI_ADJUST_SIGMOID_INVERSE
};

/* scale: the type's maximum, 1 for floats. parameter: gamma, or the sigmoid's cutoff. */
typedef struct wsi_px_adjust {
    int kind;
    double scale, gain, parameter;
} wsi_px_adjust;

static WSI_HD double wsi_px_adjust_gamma(wsi_px_adjust a, double x)
{
    return (wsi_px_pow_f64(x, a.parameter) * a.scale) * a.gain;
}

static WSI_HD double wsi_px_adjust_log(wsi_px_adjust a, double x)
{
    return (wsi_px_log2(1.0 + x) * a.scale) * a.gain;
}

static WSI_HD double wsi_px_adjust_log_inverse(wsi_px_adjust a, double x)
{
    return ((wsi_px_exp2(x) - 1.0) * a.scale) * a.gain;
}

static WSI_HD double wsi_px_sigmoid(wsi_px_adjust a, double x)
{
    return 1.0 / (1.0 + wsi_px_exp2((a.gain * (a.parameter - x)) * 1.4426950408889634)); /* log2 e */
}

static WSI_HD double wsi_px_adjust_sigmoid(wsi_px_adjust a, double x)
{
    return wsi_px_sigmoid(a, x) * a.scale;
}

static WSI_HD double wsi_px_adjust_sigmoid_inverse(wsi_px_adjust a, double x)
{
    return (1.0 - wsi_px_sigmoid(a, x)) * a.scale;
}

/* The value's share of the type's maximum. NaN stays NaN. */
static WSI_HD double wsi_px_adjust_share(wsi_px_adjust a, double v)
{
    return (v < 0.0 ? 0.0 : v) / a.scale;
}

static WSI_HD double wsi_px_adjust_of(wsi_px_adjust a, double v)
{
    const double x = wsi_px_adjust_share(a, v);
    switch (a.kind) {
    case WSI_ADJUST_GAMMA:
        return wsi_px_adjust_gamma(a, x);
    case WSI_ADJUST_LOG:
        return wsi_px_adjust_log(a, x);
    case WSI_ADJUST_LOG_INVERSE:
        return wsi_px_adjust_log_inverse(a, x);
    case WSI_ADJUST_SIGMOID:
        return wsi_px_adjust_sigmoid(a, x);
    default:
        return wsi_px_adjust_sigmoid_inverse(a, x);
    }
}

#endif
