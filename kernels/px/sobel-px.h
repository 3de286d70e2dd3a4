/* Sobel's operator on a 3x3 neighbourhood. Names are row, then column: a b c / d e f / g h i. Four times the
 * derivative, whose weights are (1,2,1)/4 across and (1,0,-1) along; positive where values rise along the axis. */
#ifndef WSI_SOBEL_PX_H
#define WSI_SOBEL_PX_H

#include <math.h>

#include "px.h"

static WSI_HD float wsi_px_sobel_rows(float a, float b, float c, float g, float h, float i)
{
    return ((g + i) + (h + h)) - ((a + c) + (b + b));
}

static WSI_HD float wsi_px_sobel_columns(float a, float c, float d, float f, float g, float i)
{
    return ((c + i) + (f + f)) - ((a + g) + (d + d));
}

/* The square root is IEEE's, correctly rounded everywhere. */
static WSI_HD float wsi_px_sobel_magnitude(float gy, float gx)
{
    return sqrtf((gy * gy + gx * gx) * 0.5f);
}

#endif
