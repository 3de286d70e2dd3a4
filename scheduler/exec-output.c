/* From finished pixels to encoded tiles, and up the pyramid. */
#include "exec-private.h"

#include "common/nan.h"
#include "downsample.h"
#include "kernels/device-range.h"

/* Rectangle rect of result r's level k, within one tile row, in the rows that are kept. */
static wsi_image kept(const wsi_exec *x, int r, int k, wsi_rect rect)
{
    const wsi_plan *p = x->plan;
    const int64_t t = p->out_tile, y = rect.y / t % p->ladders[p->ladder_of[r]].slots[k] * t + rect.y % t;
    const wsi_pixfmt fmt = x->graph->results[r].stored;
    return (wsi_image){x->rows[r][k] + (size_t)y * x->row_stride[r][k] + (size_t)rect.x * wsi_pixfmt_size(fmt),
                       (ptrdiff_t)x->row_stride[r][k], rect.w, rect.h, fmt};
}

/* Where a tile of w x h of level k is halved into. */
static wsi_image halved_place(const wsi_exec *x, int r, int k, int64_t tx, int64_t ty, int64_t w, int64_t h)
{
    const int64_t half = x->plan->out_tile / 2;
    return kept(x, r, k + 1, (wsi_rect){tx * half, ty * half, (w + 1) / 2, (h + 1) / 2});
}

static int has_level_above(const wsi_exec *x, int r, int k)
{
    return !x->graph->results[r].tapped && k + 1 < x->plan->ladders[x->plan->ladder_of[r]].pyramid.levels;
}

static void note_halved(wsi_worker *w, double start, int k, int64_t tx, int64_t ty)
{
    const double end = wsi_now();
    wsi_range_end();
    w->pyramid_busy += end - start;
    wsi_trace_add(w->lane, "pyramid", start, end, k, tx, ty);
}

void wsi_exec_halve(wsi_worker *w, int r, int k, int64_t tx, int64_t ty, const wsi_image *im)
{
    const wsi_exec *x = w->exec;
    if (!has_level_above(x, r, k)) return;
    const double start = wsi_now();
    wsi_range_begin("pyramid");
    const wsi_image dst = halved_place(x, r, k, tx, ty, im->w, im->h);
    wsi_downsample(&dst, im, x->graph->results[r].nearest);
    note_halved(w, start, k, tx, ty);
}

void wsi_exec_halve_bits(wsi_worker *w, int r, int k, int64_t tx, int64_t ty, const uint8_t *bits)
{
    const wsi_exec *x = w->exec;
    const int64_t t = x->plan->out_tile;
    if (!has_level_above(x, r, k)) return;
    const double start = wsi_now();
    wsi_range_begin("pyramid");
    const wsi_image dst = halved_place(x, r, k, tx, ty, t, t);
    wsi_downsample_bits(&dst, bits, (size_t)t / 8);
    note_halved(w, start, k, tx, ty);
}

/* Of a tile of background, which the next level takes as it is unless it is background there too. */
static void halve_blank(wsi_worker *w, int r, int k, int64_t tx, int64_t ty, const wsi_image *tile)
{
    const wsi_exec *x = w->exec;
    if (!has_level_above(x, r, k) || wsi_exec_tile_is_blank(x, r, k + 1, tx / 2, ty / 2)) return;
    const wsi_image dst = halved_place(x, r, k, tx, ty, tile->w, tile->h);
    wsi_exec_fill_blank(x, r, &dst);
}

/* The results of a tap come one after another: with the last one the tile is complete. */
static wsi_status tap_tile(wsi_worker *w, wsi_task *task, int r, int level, int64_t tx, int64_t ty,
                           const wsi_image *tile, wsi_error *err)
{
    if (level > 0) return WSI_OK;
    w->tapped[w->tapped_count++] = *tile;
    if (!w->exec->graph->results[r].tap) return WSI_OK;
    w->tapped_count = 0;
    return wsi_exec_submit_tap(w, task, r, tx, ty, w->tapped, err);
}

/* To whoever wants the pixels: a taker, and the sink for something of its own. */
static wsi_status show_tile(wsi_worker *w, int r, int level, int64_t tx, int64_t ty, const wsi_image *tile, int blank,
                            wsi_error *err)
{
    const wsi_exec *x = w->exec;
    int position = 0;
    const wsi_lane *lane = wsi_exec_lane_of(w->exec, r, &position);
    const int taken = wsi_exec_takes(x, r, level), seen = lane && wsi_sink_sees(lane->sink->sink, position, level);
    if (blank && (taken || seen)) wsi_exec_fill_blank(x, r, tile);
    if (seen) WSI_FORWARD(wsi_sink_see(lane->sink->sink, position, level, tx, ty, tile, err));
    return taken ? wsi_exec_take(x, r, level, tx, ty, tile, err) : WSI_OK;
}

wsi_status wsi_exec_output_tile(wsi_worker *w, wsi_task *task, int r, int level, int64_t tx, int64_t ty,
                                const wsi_image *tile, wsi_error *err)
{
    const wsi_exec *x = w->exec;
    const int blank = wsi_exec_tile_is_blank(x, r, level, tx, ty);
    if (level == 0 && !x->plan->ladder_of[r] && !blank)
        wsi_exec_blank_result(x, r, wsi_exec_tile_rect(x, r, 0, tx, ty), tile);
    if (x->graph->results[r].tapped) return tap_tile(w, task, r, level, tx, ty, tile, err);
    if (!blank) wsi_image_one_nan(tile);
    WSI_FORWARD(show_tile(w, r, level, tx, ty, tile, blank, err));
    WSI_FORWARD(wsi_exec_submit(w, task, r, level, tx, ty, tile, blank, err));
    if (blank)
        halve_blank(w, r, level, tx, ty, tile);
    else
        wsi_exec_halve(w, r, level, tx, ty, tile);
    return WSI_OK;
}

void wsi_exec_keep(wsi_worker *w, int r, wsi_rect share, const wsi_image *pixels)
{
    const int64_t t = w->exec->plan->out_tile;
    for (int64_t y = share.y; share.w > 0 && y < share.y + share.h;) {
        const int64_t rows = wsi_min64((y / t + 1) * t, share.y + share.h) - y;
        const wsi_image to = kept(w->exec, r, 0, (wsi_rect){share.x, y, share.w, rows});
        const wsi_image from = wsi_image_crop(pixels, (wsi_rect){0, y - share.y, share.w, rows});
        wsi_image_copy(&to, &from);
        y += rows;
    }
}

wsi_status wsi_exec_pyramid(wsi_worker *w, wsi_task *task, wsi_error *err)
{
    wsi_exec *x = w->exec;
    const wsi_ladder *l = &x->plan->ladders[task->ladder];
    const wsi_pyramid *py = &l->pyramid;
    const int k = task->level;
    const wsi_rect rect = wsi_grid_rect(py->w[k], py->h[k], py->tile, py->tile, task->tx, task->ty);
    for (int i = 0; i < l->result_count; i++) {
        const int r = l->results[i];
        if (k && x->graph->results[r].tapped) continue;
        const wsi_image tile = kept(x, r, k, rect);
        WSI_FORWARD(wsi_exec_output_tile(w, task, r, k, task->tx, task->ty, &tile, err));
    }
    return WSI_OK;
}
