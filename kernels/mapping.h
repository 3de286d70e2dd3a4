/* Functions of one sample learnt of a whole image, as prepared state: of equalize_hist and match_histograms. */
#ifndef WSI_MAPPING_H
#define WSI_MAPPING_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"
#include "px/mapping-px.h"

/* Followed by n doubles of y for each table, and, with lines, n + 1 of x and n of slope (one table). Samples of up to
 * 16 bits have an entry for every value of their type, from the lowest one on. */
typedef struct wsi_mapping_state {
    int n;      /* entries of a table, at least 1 */
    int tables; /* 1 for all channels, or one a channel */
    int lines;
    double first[WSI_CHANNELS_MAX], scale[WSI_CHANNELS_MAX]; /* of each table */
} wsi_mapping_state;

static inline size_t wsi_mapping_size(int n, int tables, int lines)
{
    return sizeof(wsi_mapping_state) +
           ((size_t)n * (size_t)(tables + (lines ? 2 : 0)) + (size_t)lines) * sizeof(double);
}

/* y of a table. */
static WSI_HD double *wsi_mapping_y(const wsi_mapping_state *s, int table)
{
    return (double *)(uintptr_t)(s + 1) + (size_t)table * (size_t)s->n;
}

static WSI_HD wsi_px_mapping wsi_mapping_of(const wsi_mapping_state *s, int table)
{
    const double *x = s->lines ? wsi_mapping_y(s, s->tables) : NULL;
    wsi_px_mapping m;
    m.first = s->first[table];
    m.scale = s->scale[table];
    m.n = s->n;
    m.y = wsi_mapping_y(s, table);
    m.x = x;
    m.slope = x ? x + s->n + 1 : NULL;
    return m;
}

/* numpy.interp of v: on straight lines between (x[i], y[i]), x rising; constant before the first and after the last. */
double wsi_mapping_interp(double v, const double *x, const double *y, int64_t n);

/* Entries that samples of a type of up to 16 bits have, and the value of the first; 0 for other types. */
static inline int wsi_mapping_entries(wsi_dtype type)
{
    return type == WSI_BOOL ? 2 : wsi_dtype_size(type) == 1 ? 256 : wsi_dtype_size(type) == 2 ? 65536 : 0;
}

static inline double wsi_mapping_first(wsi_dtype type)
{
    return type == WSI_I8 ? -128 : type == WSI_I16 ? -32768 : 0;
}

#endif
