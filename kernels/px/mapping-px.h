/* A function of one sample, given by a table: the value at the nearest entry, or on straight lines between entries. */
#ifndef WSI_MAPPING_PX_H
#define WSI_MAPPING_PX_H

#include "px.h"

/* Where the entries lie: entry i at about first + i / scale. Pointers are to n values. */
typedef struct wsi_px_mapping {
    double first, scale;
    int n;
    const double *y;
    const double *x, *slope; /* lines: where the entries really lie, and slopes from each to the next; else NULL */
} wsi_px_mapping;

/* The entry nearest to v, or the last or first; a NaN has the first. */
static WSI_HD int wsi_px_mapping_entry(double first, double scale, int n, double v)
{
    const double t = (v - first) * scale + 0.5;
    if (!(t > 0.0)) return 0;
    return t < (double)n ? (int)t : n - 1;
}

/* numpy.interp: constant before the first entry and after the last. Entries that were guessed wrong by rounding are put
 * right. */
static WSI_HD double wsi_px_mapping_line(wsi_px_mapping m, double v)
{
    const double t = (v - m.first) * m.scale;
    int i = t > 0.0 ? (t < (double)(m.n - 1) ? (int)t : m.n - 1) : 0;
    while (i > 0 && v < m.x[i]) i--;
    while (i < m.n - 1 && v >= m.x[i + 1]) i++;
    if (v < m.x[0]) return m.y[0];
    if (v >= m.x[m.n - 1]) return m.y[m.n - 1];
    return v != v ? v : m.slope[i] * (v - m.x[i]) + m.y[i];
}

static WSI_HD double wsi_px_mapping_of(wsi_px_mapping m, double v)
{
    if (m.slope) return wsi_px_mapping_line(m, v);
    return v != v ? v : m.y[wsi_px_mapping_entry(m.first, m.scale, m.n, v)];
}

#endif
