/* Canny's edges at one pixel, in float64. SciPy's sobel: difference along one axis, then 1 2 1 along the other; what
 * each of the two gives is rounded to float32 where the image is float32. */
#ifndef WSI_CANNY_PX_H
#define WSI_CANNY_PX_H

#include "px.h"

#include <math.h>

static WSI_HD double wsi_px_canny_round(double v, int single)
{
    return single ? (double)(float)v : v;
}

/* An integer sample brought to 0..1 or -1..1. */
static WSI_HD double wsi_px_canny_scaled(double v, double scale, int is_signed)
{
    const double s = v * scale;
    return is_signed && s < -1.0 ? -1.0 : s;
}

static WSI_HD double wsi_px_canny_difference(double before, double after, int single)
{
    return wsi_px_canny_round(after - before, single);
}

static WSI_HD double wsi_px_canny_across(double before, double here, double after, int single)
{
    return wsi_px_canny_round(here * 2.0 + (before + after), single);
}

static WSI_HD double wsi_px_canny_magnitude(double down, double right, int single)
{
    const double a = wsi_px_canny_round(down * down, single), b = wsi_px_canny_round(right * right, single);
    return wsi_px_canny_round(sqrt(wsi_px_canny_round(a + b, single)), single);
}

/* The magnitude between two neighbours, of which `corner` shares a corner: exact in float64 but for the corner's part,
 * as the reference mixes its types. */
static WSI_HD double wsi_px_canny_between(double straight, double corner, double w, int single)
{
    return wsi_px_canny_round(corner * w, single) + straight * (1.0 - w);
}

/* Neighbours of a pixel: magnitudes. */
typedef struct wsi_canny_around {
    double up_left, up, up_right, left, right, down_left, down, down_right;
} wsi_canny_around;

/* `falling` where the gradient points down and right or up and left, else `rising`. */
static WSI_HD double wsi_px_canny_either(double down, double right, double falling, double rising)
{
    const double a = right <= 0 ? falling : rising, b = right <= 0 ? rising : falling;
    return down <= 0 ? a : b;
}

/* 0: no edge; 1: the magnitude m is at least low and a maximum in the direction of the gradient (down, right); 2: it is
 * also at least high. Choices are between numbers, so that they are vectors' selects. Where the gradient is as steep as
 * it is long, what stands straight beside the pixel does not count: it is all the same which that is. */
static WSI_HD double wsi_px_canny_level(double m, double down, double right, wsi_canny_around n, double low,
                                        double high, int single)
{
    const double a = fabs(down), b = fabs(right);
    const double less = a < b ? a : b, more = a < b ? b : a;
    const double w = wsi_px_canny_round(less / more, single);
    const double steep_right = wsi_px_canny_either(down, right, n.down, n.up);
    const double steep_left = wsi_px_canny_either(down, right, n.up, n.down);
    const double corner_right = wsi_px_canny_either(down, right, n.down_right, n.up_right);
    const double corner_left = wsi_px_canny_either(down, right, n.up_left, n.down_left);
    const double one = wsi_px_canny_between(a > b ? steep_right : n.right, corner_right, w, single);
    const double other = wsi_px_canny_between(a > b ? steep_left : n.left, corner_left, w, single);
    const double strong = m >= high ? 2.0 : 1.0, seen = m >= low ? strong : 0.0;
    const double half = one <= m ? seen : 0.0; /* NaN beside it is no edge's neighbour */
    return other <= m ? half : 0.0;
}

#endif
