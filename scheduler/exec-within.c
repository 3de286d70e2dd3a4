/* What lies outside the mask of --within: background in results, nothing to taps that learn. Output tiles that are
 * background as a whole are neither computed nor collected nor halved; their bytes are copies of the first one's, since
 * the bytes of a whole tile depend on its pixels alone. */
#include "exec-private.h"

#include <string.h>

/* The value of pixels that are not computed: the slide's background where the result looks like the slide, else 0. */
static void background_of(const wsi_exec *x, const wsi_result *r, char *pixel)
{
    const wsi_pixfmt fmt = r->stored;
    memset(pixel, 0, wsi_pixfmt_size(fmt));
    if (fmt.type != WSI_U8 || r->nearest || fmt.channels != x->info->fmt.channels || fmt.channels < 3) return;
    for (int c = 0; c < fmt.channels; c++) {
        const double v = x->info->background[c];
        pixel[c] = (char)(unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

static wsi_rect tiles_rect(const wsi_within *w, int64_t tx, int64_t n, int64_t ty)
{
    return (wsi_rect){tx * w->tile_w, ty * w->tile_h, n * w->tile_w, w->tile_h};
}

void wsi_exec_blank_result(const wsi_exec *x, int r, wsi_rect block, const wsi_image *pixels)
{
    const wsi_within *w = x->in->within;
    char pixel[WSI_CHANNELS_MAX * 8];
    if (!w) return;
    const int64_t end = wsi_ceil_div(block.x + block.w, w->tile_w);
    background_of(x, &x->graph->results[r], pixel);
    for (int64_t ty = block.y / w->tile_h; ty * w->tile_h < block.y + block.h; ty++)
        for (int64_t tx = block.x / w->tile_w, n; (n = wsi_within_run(w, &tx, ty, end, 0)) > 0; tx += n) {
            const wsi_rect part = wsi_rect_intersect(tiles_rect(w, tx, n, ty), block);
            const wsi_image im = wsi_exec_result_part(x->graph, r, pixels, block, part);
            if (im.w > 0 && im.h > 0) wsi_image_fill(&im, pixel);
        }
}

int wsi_exec_is_blank(const wsi_exec *x, wsi_rect r)
{
    return x->in->within && !wsi_within_any(x->in->within, r);
}

int wsi_exec_tile_is_blank(const wsi_exec *x, int r, int level, int64_t tx, int64_t ty)
{
    if (!x->in->within || x->plan->ladder_of[r] || x->graph->results[r].tapped) return 0;
    const int64_t edge = x->plan->out_tile << level;
    return !wsi_within_any(x->in->within, wsi_rect_intersect((wsi_rect){tx * edge, ty * edge, edge, edge},
                                                             (wsi_rect){0, 0, x->graph->w, x->graph->h}));
}

void wsi_exec_fill_blank(const wsi_exec *x, int r, const wsi_image *pixels)
{
    char pixel[WSI_CHANNELS_MAX * 8];
    background_of(x, &x->graph->results[r], pixel);
    wsi_image_fill(pixels, pixel);
}

int wsi_exec_take_blank(wsi_worker *w, int r, size_t *size)
{
    const wsi_blank *b = &w->exec->blanks[r];
    if (atomic_load_explicit(&b->state, memory_order_acquire) != WSI_BLANK_MADE) return 0;
    memcpy(w->encode, b->bytes, b->size);
    *size = b->size;
    return 1;
}

void wsi_exec_keep_blank(wsi_worker *w, int r, size_t size)
{
    wsi_blank *b = &w->exec->blanks[r];
    wsi_error unused;
    int none = WSI_BLANK_NONE;
    if (!size || size > WSI_BLANK_MAX || !atomic_compare_exchange_strong(&b->state, &none, WSI_BLANK_BUSY)) return;
    if (wsi_pool_try_get(w->exec->pool, WSI_MEM_ENCODED, size, &b->bytes, &unused) != WSI_OK || !b->bytes) return;
    memcpy(b->bytes, w->encode, size);
    b->size = size;
    atomic_store_explicit(&b->state, WSI_BLANK_MADE, memory_order_release);
}

/* The level's pixels that rectangle `at` of a result comes from. */
static wsi_rect under(const wsi_exec *x, int r, wsi_rect at)
{
    const wsi_scale s = x->graph->results[r].scale;
    const int64_t x0 = at.x * s.down_x / s.up_x, x1 = wsi_ceil_div((at.x + at.w) * s.down_x, s.up_x);
    const int64_t y0 = at.y * s.down_y / s.up_y, y1 = wsi_ceil_div((at.y + at.h) * s.down_y, s.up_y);
    return wsi_rect_intersect((wsi_rect){x0, y0, x1 - x0, y1 - y0}, (wsi_rect){0, 0, x->graph->w, x->graph->h});
}

/* One piece of a tile for a tap. */
static wsi_status tap_part(const wsi_exec *x, int r, wsi_rect at, wsi_rect part, const wsi_image *im, wsi_error *err)
{
    const wsi_result *result = &x->graph->results[r];
    wsi_image crops[WSI_OP_INPUTS_MAX];
    size_t size = 0;
    const wsi_rect in = wsi_rect_intersect(wsi_graph_share(x->graph, r, part), at);
    if (wsi_rect_empty(in)) return WSI_OK;
    for (int k = 0; k < result->tap_images; k++)
        crops[k] = wsi_image_crop(&im[k], (wsi_rect){in.x - at.x, in.y - at.y, in.w, in.h});
    return result->tap->tile(result->tap->user, crops, in, NULL, 0, &size, err);
}

wsi_status wsi_exec_tap_shown(const wsi_exec *x, int r, wsi_rect at, const wsi_image *im, wsi_error *err)
{
    const wsi_within *w = x->in->within;
    const wsi_rect from = under(x, r, at);
    const int64_t end = wsi_ceil_div(from.x + from.w, w->tile_w);
    for (int64_t ty = from.y / w->tile_h; ty * w->tile_h < from.y + from.h; ty++)
        for (int64_t tx = from.x / w->tile_w, n; (n = wsi_within_run(w, &tx, ty, end, 1)) > 0; tx += n) {
            const wsi_rect part =
                wsi_rect_intersect(tiles_rect(w, tx, n, ty), (wsi_rect){0, 0, x->graph->w, x->graph->h});
            WSI_FORWARD(tap_part(x, r, at, part, im, err));
        }
    return WSI_OK;
}
