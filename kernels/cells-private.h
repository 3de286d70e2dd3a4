/* What the rows of operations over cells share. */
#ifndef WSI_CELLS_PRIVATE_H
#define WSI_CELLS_PRIVATE_H

#include "cells.h"
#include "op-private.h"

/* For the rows of the quality maps; their parameters are wsi_quality_params. */
#define WSI_QUALITY_BLOCK                                                                                              \
    {                                                                                                                  \
        .name = "block", .unit = "px", .help = "Edge of the square blocks; the map has one pixel for each.",           \
        .offset = offsetof(wsi_quality_params, block), .type = WSI_PARAM_INT, .def = "256", .min = 1,                  \
        .max = WSI_CELL_MAX                                                                                            \
    }
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

/* What all rows over cells have in common, and those of the maps. */
#define WSI_CELLS_ROW                                                                                                  \
    .complexity = "O(1) a pixel", .state_size = sizeof(wsi_cells_state), .exactness = WSI_TOLERANCE,                   \
    .tolerance = 1e-6, .backends_exact = 1, .stores_any = 1, .scratch = wsi_cells_scratch, .prepare = prepare,         \
    .kernel = kernel
#define WSI_QUALITY_ROW                                                                                                \
    WSI_CELLS_ROW, .module = "quality", .params = params, .param_count = WSI_COUNT(params),                            \
                   .params_size = sizeof(wsi_quality_params), .scale = wsi_quality_scale

#endif
