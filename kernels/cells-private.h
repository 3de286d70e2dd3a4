/* What the rows of operations over cells share. */
#ifndef WSI_CELLS_PRIVATE_H
#define WSI_CELLS_PRIVATE_H

#include "cells.h"
#include "op-private.h"

/* For the rows of the quality maps; their parameters are wsi_quality_params. */
extern const wsi_param wsi_quality_block;
wsi_scale wsi_quality_scale(const void *params);
size_t wsi_cells_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
/* The reach of a 3x3 stencil, one pixel. */
wsi_halo wsi_quality_halo(const void *params);
/* Fills a state for cells of block x block pixels that exist; the mean is multiplied by factor. */
void wsi_quality_prepare(const wsi_quality_params *p, double factor, wsi_cells_state *s);

/* What the rows say of the last blocks of a row and a column. */
#define WSI_QUALITY_RAGGED                                                                                             \
    "A map has ceil(w / block) x ceil(h / block) pixels. Blocks cut off by the right and bottom edges are taken over " \
    "the pixels that exist."

#endif
