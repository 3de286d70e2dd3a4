/* Thresholds of a pixel from the sums of its window, in float64: the variance is a small difference of large sums. */
#ifndef WSI_LOCAL_PX_H
#define WSI_LOCAL_PX_H

#include <math.h>

#include "px.h"

/* Standard deviation of `count` values of sum s and sum of squares q; 0 where rounding leaves nothing. */
static WSI_HD double wsi_px_deviation(double s, double q, double count, double inverse)
{
    const double d = q * count - s * s;
    return sqrt(d > 0.0 ? d : 0.0) * inverse;
}

static WSI_HD double wsi_px_niblack(double mean, double deviation, double k)
{
    return mean - k * deviation;
}

static WSI_HD double wsi_px_sauvola(double mean, double deviation, double k, double r_scale)
{
    return mean * (1.0 + k * (deviation * r_scale - 1.0));
}

#endif
