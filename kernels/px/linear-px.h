/* The step on the outputs o0, o1 of a separable filter; o1 is 0 where there is one output. */
#ifndef WSI_LINEAR_PX_H
#define WSI_LINEAR_PX_H

#include <math.h>

#include "px.h"

/* A NaN stays one. */
static WSI_HD float wsi_px_linear_clip(float v, float lo, float hi)
{
    const float a = v < lo ? lo : v;
    return a > hi ? hi : a;
}

static WSI_HD float wsi_px_linear_turn(float o0, float o1, float a, float b)
{
    return a * o0 + b * o1;
}

/* The square root is IEEE's, correctly rounded everywhere. */
static WSI_HD float wsi_px_linear_modulus(float o0, float o1, float a)
{
    return sqrtf((o0 * o0 + o1 * o1) * a);
}

#endif
