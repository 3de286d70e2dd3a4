/* Edge operators on a 3x3 neighbourhood. Names are row, then column: a b c / d e f / g h i. A derivative is smoothed
 * across its axis with the weights (side, middle, side) and positive where values rise along the axis; the caller
 * divides by the weights' sum. */
#ifndef WSI_EDGES_PX_H
#define WSI_EDGES_PX_H

#include <math.h>

#include "px.h"

static WSI_HD float wsi_px_edges_smooth(float before, float at, float after, float side, float middle)
{
    return (before + after) * side + at * middle;
}

/* Derivative along rows: of g h i less a b c. Along columns: the same of c f i less a d g. */
static WSI_HD float wsi_px_edges_slope(float a, float b, float c, float g, float h, float i, float side, float middle)
{
    return wsi_px_edges_smooth(g, h, i, side, middle) - wsi_px_edges_smooth(a, b, c, side, middle);
}

/* The square root is IEEE's, correctly rounded everywhere. */
static WSI_HD float wsi_px_edges_magnitude(float gy, float gx)
{
    return sqrtf((gy * gy + gx * gx) * 0.5f);
}

static WSI_HD float wsi_px_edges_laplace(float b, float d, float e, float f, float h)
{
    return e * 4.0f - ((b + h) + (d + f));
}

#endif
