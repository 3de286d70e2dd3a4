/* Measures and hashes of the synthetic slide that its scene and its painter share. */
#ifndef WSI_SYNTHETIC_PRIVATE_H
#define WSI_SYNTHETIC_PRIVATE_H

#include <stdint.h>

enum {
    ORIGIN = 32, /* where cell and block (0,0) begin: seams at multiples of 256 then cut cells in the middle */
    CELL_PX = 64,
    CELL_MARGIN = 5,
    BLOCK_CELLS = 4,
    BLOCK_PX = 256,
    REGION_BLOCKS = 4,
    REGION_PX = 1024,
    NUCLEUS_MIN = 7, /* radii */
    NUCLEUS_MAX = 13,
    RADII = NUCLEUS_MAX - NUCLEUS_MIN + 1
};

_Static_assert(BLOCK_PX == BLOCK_CELLS * CELL_PX && REGION_PX == REGION_BLOCKS * BLOCK_PX, "cells, blocks, regions");
_Static_assert(ORIGIN * 2 == CELL_PX, "seams cut cells in the middle");
_Static_assert(NUCLEUS_MAX + 3 + CELL_MARGIN <= CELL_PX / 2, "a nucleus on a seam stays inside its cell");

uint32_t wsi_synthetic_hash(uint32_t seed, int64_t a, int64_t b);
/* 1 when region (rx, ry) is background. rx, ry >= 0. */
int wsi_synthetic_is_background(uint32_t seed, int64_t rx, int64_t ry);
/* Largest integer whose square is at most v >= 0. */
int64_t wsi_synthetic_isqrt(int64_t v);

#endif
