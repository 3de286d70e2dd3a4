/* A function of one sample, given by a table: the value at the nearest entry, or on straight lines between entries. */
#ifndef WSI_MAPPING_PX_H
#define WSI_MAPPING_PX_H

#include "px.h"

/* Where the entries lie: entry i at about first + i / scale. Pointers are to n values. */
typedef struct wsi_px_mapping {
    double first, scale;
    int n;
    const double *y;
    const double *x, *slope; /* lines: where the n + 1 entries really lie, and slopes to the next; else NULL */
} wsi_px_mapping;

/* The entry nearest to v, or the last or first; a NaN has the first. */
static WSI_HD int wsi_px_mapping_entry(double first, double scale, int n, double v)
{
    const double t = (v - first) * scale + 0.5;
    if (!(t > 0.0)) return 0;
    return t < (double)n ? (int)t : n - 1;
}

/* numpy.interp: constant before the first entry and after the last, whose slope is 0; x has one more, infinity. Entries
 * are evenly spaced but for rounding, which may lead to a neighbour: that is put right. */
static WSI_HD double wsi_px_mapping_line(wsi_px_mapping m, double v)
{
    const double low = m.x[0], high = m.x[m.n - 1], last = (double)(m.n - 1);
    const double above = v < low ? low : v, inside = above > high ? high : above;
    const double t = (inside - m.first) * m.scale, from = t > 0.0 ? t : 0.0;
    const int guess = (int)(from < last ? from : last);
    const int lower = guess - (inside < m.x[guess]);
    const int i = lower + (inside >= m.x[lower + 1]);
    return m.slope[i] * (inside - m.x[i]) + m.y[i];
}

static WSI_HD double wsi_px_mapping_of(wsi_px_mapping m, double v)
{
    if (m.slope) return wsi_px_mapping_line(m, v);
    return v != v ? v : m.y[wsi_px_mapping_entry(m.first, m.scale, m.n, v)];
}

#endif
