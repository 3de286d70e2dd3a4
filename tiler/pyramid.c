/* Pyramid sizes and the canonical order of tiles. */
#include "tiler.h"

void wsi_pyramid_init(wsi_pyramid *p, int64_t w, int64_t h, int64_t tile, int64_t last_edge)
{
    p->levels = 0;
    p->tile = tile;
    for (;;) {
        const int k = p->levels++;
        p->w[k] = w;
        p->h[k] = h;
        p->tiles_x[k] = wsi_ceil_div(w, tile);
        p->tiles_y[k] = wsi_ceil_div(h, tile);
        if ((w <= last_edge && h <= last_edge) || p->levels == 64) return;
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

/* Rows of the source's level that a tile row of level 0 takes, from the top, in whole cells. */
static int64_t bottom_of(const wsi_ordered *p, int64_t row, int64_t level_h, int64_t cell_h)
{
    const int64_t end = (row + 1) * p->pyramid->tile;
    if (end >= p->pyramid->h[0]) return level_h;
    return wsi_min64(level_h, wsi_round_up((end - 1) * p->scale.down_y / p->scale.up_y + 1, cell_h));
}

/* Ranks of one tile row of level 0 and of the rows that it completes. */
static int64_t rank_row(const wsi_ordered *p, int64_t row, int64_t next)
{
    const wsi_pyramid *py = p->pyramid;
    for (int k = 0; k < py->levels; k++) {
        p->rank[k][row] = next;
        next += py->tiles_x[k];
        const int completes = (row & 1) || row + 1 == py->tiles_y[k];
        if (!completes) break;
        row /= 2;
    }
    return next;
}

/* The pyramid whose next row of level 0 is complete first; -1 when all are through. */
static int first_complete(const wsi_ordered *pyramids, const int64_t *rows, int count, int64_t level_h, int64_t cell_h)
{
    int best = -1;
    int64_t least = INT64_MAX;
    for (int i = 0; i < count; i++) {
        if (rows[i] == pyramids[i].pyramid->tiles_y[0]) continue;
        const int64_t bottom = bottom_of(&pyramids[i], rows[i], level_h, cell_h);
        if (bottom >= least) continue;
        least = bottom;
        best = i;
    }
    return best;
}

void wsi_pyramid_order(const wsi_ordered *pyramids, int count, int64_t level_h, int64_t cell_h)
{
    int64_t rows[WSI_ORDERED_MAX] = {0}, next = 0;
    for (int i; (i = first_complete(pyramids, rows, count, level_h, cell_h)) >= 0;)
        next = rank_row(&pyramids[i], rows[i]++, next);
}
