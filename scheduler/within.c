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

static void need_tile(wsi_within *w, int64_t tx, int64_t ty, unsigned char how)
{
    unsigned char *need = &w->need[ty * w->tiles_x + tx];
    if (*need < how) *need = how;
}

/* Marks as needed what lies within (rx, ry) tiles of a shown one: of the next one below no more than its top, unless
 * others need the rest. */
void wsi_within_reach(wsi_within *w, int64_t hx, int64_t hy)
{
    const int64_t rx = wsi_ceil_div(hx, w->tile_w), ry = wsi_ceil_div(hy, w->tile_h);
    w->top = hy < w->tile_h ? hy : w->tile_h;
    for (int64_t i = 0; i < w->tiles_x * w->tiles_y; i++) w->need[i] = WSI_NEED_NONE;
    for (int64_t y = 0; y < w->tiles_y; y++)
        for (int64_t x = 0; x < w->tiles_x; x++) {
            if (!w->show[y * w->tiles_x + x]) continue;
            const int64_t x0 = clamp(x - rx, w->tiles_x - 1), x1 = clamp(x + rx, w->tiles_x - 1);
            const int64_t y0 = clamp(y - ry, w->tiles_y - 1), y1 = clamp(y + ry, w->tiles_y - 1);
            for (int64_t b = y0; b <= y1; b++)
                for (int64_t a = x0; a <= x1; a++) need_tile(w, a, b, b > y && ry == 1 ? WSI_NEED_TOP : WSI_NEED_ALL);
        }
}

int64_t wsi_within_rows(const wsi_within *w, int64_t tx, int64_t ty)
{
    const unsigned char need = w->need[ty * w->tiles_x + tx];
    return need == WSI_NEED_ALL ? w->tile_h : need == WSI_NEED_TOP ? w->top : 0;
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

/* First and last tile row of [first, end) that is shown in tile column tx; 0: none is. */
static int shown_rows(const wsi_within *w, int64_t tx, int64_t first, int64_t end, int64_t *top, int64_t *bottom)
{
    int any = 0;
    for (int64_t ty = first; ty < end; ty++) {
        if (!w->show[ty * w->tiles_x + tx]) continue;
        *top = wsi_min64(*top, ty);
        *bottom = wsi_max64(*bottom, ty);
        any = 1;
    }
    return any;
}

int wsi_within_next(const wsi_within *w, wsi_rect r, int64_t *x, wsi_rect *part)
{
    const int64_t first = r.y / w->tile_h, end = wsi_ceil_div(r.y + r.h, w->tile_h);
    const int64_t end_x = wsi_ceil_div(r.x + r.w, w->tile_w);
    int64_t top = end, bottom = first, tx = *x / w->tile_w;
    if (*x >= r.x + r.w) return 0;
    while (tx < end_x && !shown_rows(w, tx, first, end, &top, &bottom)) tx++;
    if (tx == end_x) return 0;
    const int64_t left = tx * w->tile_w;
    while (tx < end_x && shown_rows(w, tx, first, end, &top, &bottom)) tx++;
    *x = tx * w->tile_w;
    *part =
        wsi_rect_intersect(r, (wsi_rect){left, top * w->tile_h, tx * w->tile_w - left, (bottom + 1 - top) * w->tile_h});
    return 1;
}

double wsi_within_share(const wsi_within *w)
{
    int64_t needed = 0;
    for (int64_t i = 0; i < w->tiles_x * w->tiles_y; i++) needed += w->need[i] != WSI_NEED_NONE;
    return (double)needed / (double)(w->tiles_x * w->tiles_y);
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
