/* Which source tiles a mask touches. */
#include "within.h"

#include <math.h>

#include "common/mem.h"

wsi_status wsi_within_create(const wsi_level *l, wsi_within **out, wsi_error *err)
{
    wsi_within *w = wsi_calloc(1, sizeof *w);
    WSI_RETURN_IF(!w, WSI_ERR_NO_MEMORY, "no memory for the tiles of a mask");
    *w = (wsi_within){.tile_w = l->tile_w, .tile_h = l->tile_h, .tiles_x = l->tiles_x, .tiles_y = l->tiles_y};
    w->show = wsi_calloc((size_t)(l->tiles_x * l->tiles_y), 1);
    w->need = wsi_calloc((size_t)(l->tiles_x * l->tiles_y), 1);
    *out = w;
    if (w->show && w->need) return WSI_OK;
    wsi_within_destroy(out);
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the tiles of a mask");
}

static int64_t clamp(int64_t v, int64_t most)
{
    return v < 0 ? 0 : v > most ? most : v;
}

void wsi_within_add(wsi_within *w, double left, double top, double right, double bottom)
{
    const int64_t x0 = clamp((int64_t)floor(left) / w->tile_w, w->tiles_x - 1);
    const int64_t x1 = clamp((int64_t)(ceil(right) - 1) / w->tile_w, w->tiles_x - 1);
    const int64_t y0 = clamp((int64_t)floor(top) / w->tile_h, w->tiles_y - 1);
    const int64_t y1 = clamp((int64_t)(ceil(bottom) - 1) / w->tile_h, w->tiles_y - 1);
    for (int64_t y = y0; y <= y1; y++)
        for (int64_t x = x0; x <= x1; x++) {
            unsigned char *tile = &w->show[y * w->tiles_x + x];
            w->shown += !*tile;
            *tile = 1;
        }
}

/* Marks as needed what lies within (rx, ry) tiles of a shown one. */
void wsi_within_reach(wsi_within *w, int64_t hx, int64_t hy)
{
    const int64_t rx = wsi_ceil_div(hx, w->tile_w), ry = wsi_ceil_div(hy, w->tile_h);
    for (int64_t i = 0; i < w->tiles_x * w->tiles_y; i++) w->need[i] = 0;
    for (int64_t y = 0; y < w->tiles_y; y++)
        for (int64_t x = 0; x < w->tiles_x; x++) {
            if (!w->show[y * w->tiles_x + x]) continue;
            const int64_t x0 = clamp(x - rx, w->tiles_x - 1), x1 = clamp(x + rx, w->tiles_x - 1);
            const int64_t y0 = clamp(y - ry, w->tiles_y - 1), y1 = clamp(y + ry, w->tiles_y - 1);
            for (int64_t b = y0; b <= y1; b++)
                for (int64_t a = x0; a <= x1; a++) w->need[b * w->tiles_x + a] = 1;
        }
}

int wsi_within_any(const wsi_within *w, wsi_rect r)
{
    for (int64_t ty = r.y / w->tile_h; ty * w->tile_h < r.y + r.h; ty++)
        for (int64_t tx = r.x / w->tile_w; tx * w->tile_w < r.x + r.w; tx++)
            if (w->show[ty * w->tiles_x + tx]) return 1;
    return 0;
}

int64_t wsi_within_run(const wsi_within *w, int64_t *tx, int64_t ty, int64_t end, int shown)
{
    const unsigned char *row = w->show + ty * w->tiles_x;
    while (*tx < end && row[*tx] != shown) ++*tx;
    int64_t n = 0;
    while (*tx + n < end && row[*tx + n] == shown) n++;
    return n;
}

void wsi_within_destroy(wsi_within **within)
{
    wsi_within *w = *within;
    if (!w) return;
    wsi_free(w->show);
    wsi_free(w->need);
    wsi_free(w);
    *within = NULL;
}
