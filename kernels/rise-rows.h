/* Reconstruction's work on whole rows, compiled for each instruction set: what of it does not go pixel after pixel. */
#ifndef WSI_RISE_ROWS_H
#define WSI_RISE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "common/cpu.h"

/* For one width of keys. Rows have a pixel of the ring before and behind their w pixels. corners: neighbours by a
 * corner count too. */
typedef struct wsi_rise_rows {
    /* A row of the marker rises below the mask by the row beside it. */
    void (*by_row)(void *to, const void *mask, const void *from, int64_t w, int corners);
    /* 1 when a pixel of the marker can rise by its neighbours; pitch: keys from one row to the next. */
    int (*unstable)(const void *marker, const void *mask, ptrdiff_t pitch, int64_t w, int corners);
    /* The marker rises up to the mask where a neighbour's mask is higher. */
    void (*by_slope)(void *marker, const void *mask, ptrdiff_t pitch, int64_t w, int corners);
    /* The marker rises below the mask by its neighbours, one pixel far or further. */
    void (*by_all)(void *marker, const void *mask, ptrdiff_t pitch, int64_t w, int corners);
    /* to = from less steps, not below 0. */
    void (*lower)(void *to, const void *from, int64_t w, uint64_t steps);
    /* to[x] = 1 where the marker is at least `steps` below the mask, else 0. */
    void (*below)(uint8_t *to, const void *marker, const void *mask, int64_t w, uint64_t steps);
    /* The marker from the mask and what `below` with one step left of both. */
    void (*raise)(void *to, const void *mask, const uint8_t *below, int64_t w);
    /* Widens *least .. *most to take in the row. */
    void (*range)(const void *row, int64_t w, uint64_t *least, uint64_t *most);
} wsi_rise_rows;

/* key_size: 1, 2, 4, 8. */
const wsi_rise_rows *wsi_rise_rows_for(wsi_isa isa, size_t key_size);

#endif
