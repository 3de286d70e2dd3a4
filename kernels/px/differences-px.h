/* Second derivatives as differences of differences, in float64, and what is made of them. A difference is NumPy's
 * gradient: half of what lies between both neighbours, and one-sided at a slide edge. */
#ifndef WSI_DIFFERENCES_PX_H
#define WSI_DIFFERENCES_PX_H

#include "math-px.h"

/* The factor of value(next) - value(before), where these are at most one step to each side of a position. */
static WSI_HD double wsi_px_step(int64_t before, int64_t next)
{
    return next - before == 2 ? 0.5 : next - before == 1 ? 1.0 : 0.0;
}

static WSI_HD double wsi_px_difference(double before, double next, double step)
{
    return (next - before) * step;
}

static WSI_HD float wsi_px_determinant(double rr, double rc, double cc)
{
    return (float)(rr * cc - rc * rc);
}

/* 2 / pi atan((l2 + l1) / (l2 - l1)) of the eigenvalues l1 >= l2; NaN where both are 0. */
static WSI_HD float wsi_px_shape_index(double rr, double rc, double cc)
{
    const double mean = (rr + cc) / 2.0, half = (rr - cc) / 2.0;
    const double root = sqrt(rc * rc + half * half);
    const double high = mean + root, low = mean - root;
    return 0.636619772f * wsi_px_atan((float)((low + high) / (low - high)));
}

/* The determinant of box sums: each of the three is rounded to float32, as in the reference. sums: float64. */
static WSI_HD double wsi_px_box_determinant(double middle_x, double side_x, double middle_y, double side_y,
                                            double cross, double per_area)
{
    const float dxx = (float)(-(double)(float)(middle_x - 3.0 * side_x) * per_area);
    const float dyy = (float)(-(double)(float)(middle_y - 3.0 * side_y) * per_area);
    const float dxy = (float)(-(double)(float)cross * per_area);
    return (double)(dxx * dyy) - 0.81 * (double)(dxy * dxy);
}

#endif
