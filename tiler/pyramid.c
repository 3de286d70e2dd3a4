/* Pyramid sizes and the canonical order of tiles. */
#include "tiler.h"

void wsi_pyramid_init(wsi_pyramid *p, int64_t w, int64_t h, int64_t tile, int max_levels)
{
    p->levels = 0;
    p->tile = tile;
    for (;;) {
        const int k = p->levels++;
        p->w[k] = w;
        p->h[k] = h;
        p->tiles_x[k] = wsi_ceil_div(w, tile);
        p->tiles_y[k] = wsi_ceil_div(h, tile);
        if ((w <= tile && h <= tile) || p->levels >= max_levels || p->levels == 64) return;
        w = wsi_ceil_div(w, 2);
        h = wsi_ceil_div(h, 2);
    }
}

int64_t wsi_pyramid_tiles(const wsi_pyramid *p)
{
    int64_t n = 0;
    for (int k = 0; k < p->levels; k++) n += p->tiles_x[k] * p->tiles_y[k];
    return n;
}

void wsi_pyramid_order(const wsi_pyramid *p, int64_t *const *rank)
{
    int64_t next = 0;
    for (int64_t row0 = 0; row0 < p->tiles_y[0]; row0++) {
        int64_t row = row0;
        for (int k = 0; k < p->levels; k++) {
            rank[k][row] = next;
            next += p->tiles_x[k];
            const int completes = (row & 1) || row + 1 == p->tiles_y[k];
            if (!completes) break;
            row /= 2;
        }
    }
}
