/* Sums over a cell of pixels, and what is made of them. Every back end adds a cell's values in one order: down each
 * column first, in float64, then the columns from left to right. */
#ifndef WSI_CELLS_PX_H
#define WSI_CELLS_PX_H

#include "kernels/cells.h"
#include "px.h"

/* Sixteen times the squared gradient, from four times the derivatives. */
static WSI_HD float wsi_px_gradient_squared(float gy, float gx)
{
    return gy * gy + gx * gx;
}

static WSI_HD int wsi_px_is_saturated(double r, double g, double b, double threshold)
{
    const double most = r > g ? (r > b ? r : b) : (g > b ? g : b);
    const double least = r < g ? (r < b ? r : b) : (g < b ? g : b);
    return most > 0.0 && (most - least) / most > threshold;
}

/* Values of 0 and less let no light through. */
static WSI_HD int wsi_px_is_absorbing(double r, double g, double b, double threshold)
{
    return (r > 0.0 ? r : 0.0) * (g > 0.0 ? g : 0.0) * (b > 0.0 ? b : 0.0) < threshold;
}

/* `present` of the cell's pixels exist. */
static WSI_HD float wsi_px_cell_mean(double sum, double present, const wsi_cells_state *s)
{
    const double all = (double)s->fy * (double)s->fx;
    if (!s->pad) return (float)(sum / present * s->factor);
    return (float)((sum + (all - present) * s->padding) / all * s->factor);
}

static WSI_HD float wsi_px_cell_variance(double sum, double squares, double present, const wsi_cells_state *s)
{
    const double mean = sum / present, v = squares / present - mean * mean;
    return (float)((v < 0.0 ? 0.0 : v) * s->factor);
}

#endif
