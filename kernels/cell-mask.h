/* Small masks in memory, such as those of a slide's cells: closing, filling of holes, removal of small parts. */
#ifndef WSI_CELL_MASK_H
#define WSI_CELL_MASK_H

#include "whole.h"

typedef struct wsi_cell_mask {
    uint8_t *v; /* w * h values, 0 or 1, row by row; changed in place */
    int64_t w, h;
    const wsi_whole_call *call; /* whose scratch folder and memory are used */
} wsi_cell_mask;

/* Of all of these: neighbours share a side. Errors: NO_MEMORY, CANCELLED, and those of the scratch file. */

/* Closes with a disk of that radius; what lies outside neither widens the mask nor makes it smaller. */
wsi_status wsi_cells_close(const wsi_cell_mask *mask, int64_t radius, wsi_error *err);
/* Parts of 0 of at most that many cells, none of them at the edge, become 1. */
wsi_status wsi_cells_fill(const wsi_cell_mask *mask, int64_t most, wsi_error *err);
/* Parts of 1 of at most that many cells become 0. */
wsi_status wsi_cells_drop(const wsi_cell_mask *mask, int64_t most, wsi_error *err);

#endif
