/* Where img_as_float ends for signed samples; and the weight of a patch at a distance, by the reference's approximate
 * exponential (Schraudolph 1999): a line in the upper half of a float64's bits, 2^20 / ln 2 steep, which is within 4 %
 * of exp. */
#ifndef WSI_NL_MEANS_PX_H
#define WSI_NL_MEANS_PX_H

#include "px.h"

/* A scaled sample, not below `least`; NaN stays. */
static WSI_HD double wsi_px_nl_sample(double v, double least)
{
    return v < least ? least : v;
}

static WSI_HD double wsi_px_fast_exp(double v)
{
    const int32_t upper = (int32_t)(1512775.3951951856938 * v) + 1072632447;
    const uint64_t bits = (uint64_t)(uint32_t)upper << 32;
    double e;
    memcpy(&e, &bits, sizeof e);
    return e;
}

/* squares: sum of squared differences less what noise has in them. Nothing beyond a distance of 5. */
static WSI_HD double wsi_px_nl_weight(double squares, double inverse)
{
    const double distance = (squares > 0.0 ? squares : 0.0) * inverse;
    const double weight = wsi_px_fast_exp(-(distance < 5.0 ? distance : 5.0));
    return distance > 5.0 ? 0.0 : weight;
}

#endif
