/* Computing a block: the graph over its pieces, then encoding its tiles and halving them into the next level. */
#include "exec-private.h"

#include "downsample.h"

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static wsi_rect block_rect(const wsi_plan *p, const wsi_task *task)
{
    return wsi_grid_rect(p->w, p->h, p->block_w, p->block_h, task->bx, task->by);
}

/* ---- The graph over one piece ---- */

/* What a node reads or a result is stored from: pixels and the rectangle of the level they cover. */
typedef struct view {
    wsi_image im;
    wsi_rect rect;
} view;

/* Source pixels a block reads. */
static wsi_rect source_rect(const wsi_exec *x, wsi_rect block)
{
    const wsi_graph *g = x->graph;
    const wsi_rect level = {0, 0, x->plan->w, x->plan->h};
    wsi_rect rects[WSI_NODES_MAX], source;
    wsi_tiler_backward(g->tiler, g->node_count, g->written, block, level, rects, &source);
    for (int r = 0; r < g->result_count; r++)
        if (g->results[r].node == WSI_TILER_SOURCE) source = wsi_rect_union(source, block);
    return source;
}

/* They are views of the ring; where it wraps they are copied together, and without a ring decoded into the arena. */
static wsi_status source_view(wsi_worker *w, wsi_rect r, view *out, wsi_error *err)
{
    wsi_exec *x = w->exec;
    const wsi_plan *p = x->plan;
    wsi_image whole = {w->arena + p->crop_offset, (ptrdiff_t)p->crop_stride, r.w, r.h, x->graph->source};
    *out = (view){whole, r};
    if (!p->ring_rows) return wsi_exec_decode_crop(w, r, &whole, err);
    const size_t left = (size_t)r.x * wsi_pixfmt_size(x->graph->source);
    const int64_t y0 = r.y % p->ring_rows, first = min64(r.h, p->ring_rows - y0);
    wsi_image im = {x->ring + (size_t)y0 * p->ring_stride + left, (ptrdiff_t)p->ring_stride, r.w, first,
                    x->graph->source};
    if (first == r.h) {
        out->im = im;
        return WSI_OK;
    }
    const wsi_image top = wsi_image_crop(&whole, (wsi_rect){0, 0, r.w, first});
    const wsi_image bottom = wsi_image_crop(&whole, (wsi_rect){0, first, r.w, r.h - first});
    wsi_image_copy(&top, &im);
    im.data = x->ring + left;
    im.h = r.h - first;
    wsi_image_copy(&bottom, &im);
    return WSI_OK;
}

/* Where a block's pixels of a result are collected. */
static wsi_image result_image(const wsi_worker *w, int r, wsi_rect block)
{
    const wsi_plan *p = w->exec->plan;
    return (wsi_image){w->arena + p->result_offset[r], (ptrdiff_t)p->result_stride[r], block.w, block.h,
                       w->exec->graph->results[r].stored};
}

/* The result that a node may write in place, or -1. */
static int result_in_place(const wsi_graph *g, int node, wsi_rect rect, wsi_rect core)
{
    if (!g->written[node] || rect.w != core.w || rect.h != core.h) return -1;
    for (int r = 0; r < g->result_count; r++)
        if (g->results[r].node == node) return r;
    return -1;
}

static void run_node(wsi_worker *w, int i, const view *views, const view *source, view *out)
{
    const wsi_node *n = &w->exec->graph->nodes[i];
    wsi_kernel_args args = {.params = n->params, .state = n->state, .inputs = n->inputs};
    for (int k = 0; k < n->inputs; k++) {
        const view *in = n->input[k] == WSI_TILER_SOURCE ? source : &views[n->input[k]];
        args.src[k] = in->im;
        args.ox[k] = out->rect.x - in->rect.x;
        args.oy[k] = out->rect.y - in->rect.y;
    }
    args.dst = out->im;
    args.scratch = w->arena + w->exec->plan->scratch_offset;
    n->kernel(&args);
}

/* Leaves a result's piece in the block's image, unless its node wrote there already. A result that is the slide's own
 * pixels becomes a view of them when the piece is the whole block: nothing is copied then. */
static void collect(const wsi_graph *g, int r, const view *views, const view *source, wsi_rect block, wsi_rect core,
                    wsi_image *results)
{
    const int node = g->results[r].node;
    const view *from = node == WSI_TILER_SOURCE ? source : &views[node];
    const wsi_image got =
        wsi_image_crop(&from->im, (wsi_rect){core.x - from->rect.x, core.y - from->rect.y, core.w, core.h});
    const wsi_image to = wsi_image_crop(&results[r], (wsi_rect){core.x - block.x, core.y - block.y, core.w, core.h});
    if (got.data == to.data) return;
    if (node == WSI_TILER_SOURCE && core.w == block.w && core.h == block.h)
        results[r] = got;
    else
        wsi_image_copy(&to, &got);
}

/* Runs every node for one piece. */
static void run_piece(wsi_worker *w, const view *source, wsi_rect block, wsi_rect core, wsi_image *results)
{
    const wsi_graph *g = w->exec->graph;
    const wsi_plan *p = w->exec->plan;
    wsi_rect rects[WSI_NODES_MAX], unused;
    view views[WSI_NODES_MAX];
    wsi_tiler_backward(g->tiler, g->node_count, g->written, core, (wsi_rect){0, 0, p->w, p->h}, rects, &unused);
    for (int i = 0; i < g->node_count; i++) {
        const int r = result_in_place(g, i, rects[i], core);
        views[i].rect = rects[i];
        views[i].im = (wsi_image){w->arena + p->node_offset[i], (ptrdiff_t)p->node_stride[i], rects[i].w, rects[i].h,
                                  g->nodes[i].fmt};
        if (r >= 0)
            views[i].im = wsi_image_crop(&results[r], (wsi_rect){core.x - block.x, core.y - block.y, core.w, core.h});
        run_node(w, i, views, source, &views[i]);
    }
    for (int r = 0; r < g->result_count; r++) collect(g, r, views, source, block, core, results);
}

static wsi_status compute_block(wsi_worker *w, wsi_rect block, wsi_image *results, wsi_error *err)
{
    const wsi_exec *x = w->exec;
    const wsi_plan *p = x->plan;
    view source;
    WSI_FORWARD(source_view(w, source_rect(x, block), &source, err));
    const double start = wsi_now();
    for (int r = 0; r < x->graph->result_count; r++) results[r] = result_image(w, r, block);
    for (int64_t y = 0; y < block.h; y += p->piece_h)
        for (int64_t left = 0; left < block.w; left += p->piece_w) {
            const wsi_rect core = {block.x + left, block.y + y, min64(p->piece_w, block.w - left),
                                   min64(p->piece_h, block.h - y)};
            run_piece(w, &source, block, core, results);
        }
    w->compute_busy += wsi_now() - start;
    return WSI_OK;
}

/* ---- Output ---- */

/* Halves part of tile row `row` of level k, whose pixels start at column x (even), into level k + 1. */
static void halve(wsi_worker *w, int r, int k, int64_t row, int64_t x, const wsi_image *im)
{
    wsi_exec *e = w->exec;
    const wsi_plan *p = e->plan;
    if (k + 1 >= p->pyramid.levels) return;
    const double start = wsi_now();
    const int64_t t = p->pyramid.tile;
    const int64_t up = row / 2, y = (up % p->slots[k + 1]) * t + (row & 1) * (t / 2);
    const wsi_pixfmt fmt = im->fmt;
    wsi_image dst = {e->rows[r][k + 1] + (size_t)y * e->row_stride[r][k + 1] + (size_t)(x / 2) * wsi_pixfmt_size(fmt),
                     (ptrdiff_t)e->row_stride[r][k + 1], (im->w + 1) / 2, (im->h + 1) / 2, fmt};
    wsi_downsample(&dst, im, e->graph->results[r].nearest);
    w->pyramid_busy += wsi_now() - start;
}

/* Encodes and halves the tiles of one tile row of the block. */
static wsi_status output_row(wsi_worker *w, wsi_task *task, wsi_rect block, int64_t row, const wsi_image *results,
                             wsi_error *err)
{
    const wsi_exec *x = w->exec;
    const int64_t t = x->plan->pyramid.tile, y = row * t - block.y, h = min64(t, block.h - y);
    for (int64_t tx = block.x / t; tx * t < block.x + block.w; tx++) {
        const int64_t left = tx * t - block.x;
        for (int r = 0; r < x->graph->result_count; r++) {
            const wsi_image tile = wsi_image_crop(&results[r], (wsi_rect){left, y, min64(t, block.w - left), h});
            WSI_FORWARD(wsi_exec_submit(w, task, r, 0, tx, row, &tile, err));
            halve(w, r, 0, row, tx * t, &tile);
        }
    }
    return WSI_OK;
}

wsi_status wsi_exec_block(wsi_worker *w, wsi_task *task, wsi_error *err)
{
    const wsi_plan *p = w->exec->plan;
    const wsi_rect block = block_rect(p, task);
    wsi_image results[WSI_JOB_OUTPUTS_MAX];
    WSI_FORWARD(compute_block(w, block, results, err));
    for (int64_t row = block.y / p->pyramid.tile; row * p->pyramid.tile < block.y + block.h; row++)
        WSI_FORWARD(output_row(w, task, block, row, results, err));
    return WSI_OK;
}

wsi_status wsi_exec_pyramid(wsi_worker *w, wsi_task *task, wsi_error *err)
{
    wsi_exec *x = w->exec;
    const wsi_plan *p = x->plan;
    const int k = task->level;
    const int64_t t = p->pyramid.tile;
    const wsi_rect rect = wsi_grid_rect(p->pyramid.w[k], p->pyramid.h[k], t, t, task->tx, task->ty);
    for (int r = 0; r < x->graph->result_count; r++) {
        const wsi_pixfmt fmt = x->graph->results[r].stored;
        wsi_image tile = {x->rows[r][k] + (size_t)((task->ty % p->slots[k]) * t) * x->row_stride[r][k] +
                              (size_t)rect.x * wsi_pixfmt_size(fmt),
                          (ptrdiff_t)x->row_stride[r][k], rect.w, rect.h, fmt};
        WSI_FORWARD(wsi_exec_submit(w, task, r, k, task->tx, task->ty, &tile, err));
        halve(w, r, k, task->ty, rect.x, &tile);
    }
    return WSI_OK;
}
