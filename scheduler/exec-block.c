/* Computing a block on the CPU: the graph over its pieces, then its tiles go out. */
#include "exec-private.h"

#include "kernels/device-range.h"

wsi_rect wsi_exec_block_rect(const wsi_plan *p, int64_t bx, int64_t by)
{
    return wsi_grid_rect(p->w, p->h, p->block_w, p->block_h, bx, by);
}

/* ---- The graph over one piece ---- */

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
static wsi_status source_view(wsi_worker *w, wsi_rect r, wsi_view *out, wsi_error *err)
{
    wsi_exec *x = w->exec;
    const wsi_plan *p = x->plan;
    wsi_image whole = {w->arena + p->crop_offset, (ptrdiff_t)p->crop_stride, r.w, r.h, x->graph->source};
    *out = (wsi_view){whole, r};
    if (!p->ring_rows) return wsi_exec_decode_crop(w, r, &whole, err);
    const size_t left = (size_t)r.x * wsi_pixfmt_size(x->graph->source);
    const int64_t y0 = r.y % p->ring_rows, first = wsi_min64(r.h, p->ring_rows - y0);
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

/* Where a block's pixels of a result are collected: its share of the block. */
static wsi_image result_image(const wsi_worker *w, int r, wsi_rect block)
{
    const wsi_arena *a = &w->exec->plan->arena;
    const wsi_rect share = wsi_graph_share(w->exec->graph, r, block);
    return (wsi_image){w->arena + a->result_offset[r], (ptrdiff_t)a->result_stride[r], share.w, share.h,
                       w->exec->graph->results[r].stored};
}

wsi_image wsi_exec_result_part(const wsi_graph *g, int r, const wsi_image *whole, wsi_rect block, wsi_rect core)
{
    const wsi_rect all = wsi_graph_share(g, r, block), part = wsi_graph_share(g, r, core);
    return wsi_image_crop(whole, (wsi_rect){part.x - all.x, part.y - all.y, part.w, part.h});
}

int wsi_exec_result_of(const wsi_graph *g, int node, wsi_rect rect, wsi_rect core)
{
    if (!g->written[node]) return -1;
    for (int r = 0; r < g->result_count; r++) {
        if (g->results[r].node != node) continue;
        const wsi_rect share = wsi_graph_share(g, r, core);
        return rect.x == share.x && rect.y == share.y && rect.w == share.w && rect.h == share.h ? r : -1;
    }
    return -1;
}

void wsi_exec_place_inputs(const wsi_graph *g, int i, const wsi_view *views, const wsi_view *source,
                           wsi_kernel_args *args)
{
    const wsi_node *n = &g->nodes[i];
    const wsi_rect out = views[i].rect;
    const wsi_scale s = g->tiler[i].scaled ? g->tiler[i].step : WSI_SCALE_ONE;
    for (int k = 0; k < n->inputs; k++) {
        const wsi_view *in = n->input[k] == WSI_TILER_SOURCE ? source : &views[n->input[k]];
        args->src[k] = in->im;
        args->ox[k] = out.x * s.down_x - in->rect.x * s.up_x;
        args->oy[k] = out.y * s.down_y - in->rect.y * s.up_y;
    }
    args->at_x = out.x;
    args->at_y = out.y;
}

static wsi_status run_node(wsi_worker *w, int i, const wsi_view *views, const wsi_view *source, wsi_error *err)
{
    const wsi_node *n = &w->exec->graph->nodes[i];
    if (n->kept) return n->read(n->kept, views[i].rect, &views[i].im, err);
    wsi_kernel_args args = {.params = n->params, .state = n->state, .inputs = n->inputs, .dst = views[i].im};
    wsi_exec_place_inputs(w->exec->graph, i, views, source, &args);
    args.scratch = w->arena + w->exec->plan->arena.scratch_offset;
    n->kernel(&args);
    return WSI_OK;
}

/* Leaves a result's piece in the block's image, unless its node wrote there already. A result that is the slide's own
 * pixels becomes a view of them when the piece is the whole block: nothing is copied then. */
static void collect(const wsi_graph *g, int r, const wsi_view *views, const wsi_view *source, wsi_rect block,
                    wsi_rect core, int may_blank, wsi_image *results)
{
    const int node = g->results[r].node;
    const wsi_view *from = node == WSI_TILER_SOURCE ? source : &views[node];
    const wsi_rect share = wsi_graph_share(g, r, core);
    if (wsi_rect_empty(share)) return;
    const wsi_image got =
        wsi_image_crop(&from->im, (wsi_rect){share.x - from->rect.x, share.y - from->rect.y, share.w, share.h});
    const wsi_image to = wsi_exec_result_part(g, r, &results[r], block, core);
    if (got.data == to.data) return;
    if (node == WSI_TILER_SOURCE && core.w == block.w && core.h == block.h && !may_blank)
        results[r] = got;
    else
        wsi_image_copy(&to, &got);
}

wsi_status wsi_exec_run_piece(wsi_worker *w, const wsi_view *source, const wsi_view *given, wsi_rect block,
                              wsi_rect core, wsi_image *results, wsi_error *err)
{
    const wsi_graph *g = w->exec->graph;
    const wsi_plan *p = w->exec->plan;
    wsi_rect rects[WSI_NODES_MAX], unused;
    wsi_view views[WSI_NODES_MAX];
    wsi_tiler_backward(g->tiler, g->node_count, g->written, core, (wsi_rect){0, 0, p->w, p->h}, rects, &unused);
    for (int i = 0; i < g->node_count; i++) {
        if (given && !p->gpu.on_host[i]) {
            views[i] = given[i];
            continue;
        }
        if (wsi_rect_empty(rects[i])) continue;
        const int r = wsi_exec_result_of(g, i, rects[i], core);
        views[i].rect = rects[i];
        views[i].im = (wsi_image){w->arena + p->arena.node_offset[i], (ptrdiff_t)p->arena.node_stride[i], rects[i].w,
                                  rects[i].h, g->nodes[i].fmt};
        if (r >= 0) views[i].im = wsi_exec_result_part(g, r, &results[r], block, core);
        WSI_FORWARD(run_node(w, i, views, source, err));
    }
    for (int r = 0; r < g->result_count; r++) {
        const int node = g->results[r].node;
        if (!given || (node != WSI_TILER_SOURCE && p->gpu.on_host[node]))
            collect(g, r, views, source, block, core, w->exec->in->within != NULL, results);
    }
    return WSI_OK;
}

/* What of a piece is worked on. Where results are resampled, pieces begin at multiples of their period: all of it. */
static wsi_status run_shown(wsi_worker *w, const wsi_view *source, wsi_rect block, wsi_rect piece, wsi_image *results,
                            wsi_error *err)
{
    const wsi_exec *x = w->exec;
    if (!x->in->within) return wsi_exec_run_piece(w, source, NULL, block, piece, results, err);
    if (wsi_exec_is_blank(x, piece)) return WSI_OK;
    if (x->graph->period_x > 1 || x->graph->period_y > 1)
        return wsi_exec_run_piece(w, source, NULL, block, piece, results, err);
    wsi_rect core;
    for (int64_t at = piece.x; wsi_within_next(x->in->within, piece, &at, &core);)
        WSI_FORWARD(wsi_exec_run_piece(w, source, NULL, block, core, results, err));
    return WSI_OK;
}

static wsi_status compute_block(wsi_worker *w, const wsi_task *task, wsi_rect block, wsi_image *results, wsi_error *err)
{
    const wsi_exec *x = w->exec;
    const wsi_plan *p = x->plan;
    const wsi_rect read = source_rect(x, block);
    wsi_view source = {{0}, {0, 0, 0, 0}};
    for (int r = 0; r < x->graph->result_count; r++) results[r] = result_image(w, r, block);
    if (wsi_exec_is_blank(x, block)) return WSI_OK;
    if (x->graph->reads_source) {
        if (wsi_rect_empty(read)) return WSI_OK; /* nothing begins in this block: its steps reduce too much */
        WSI_FORWARD(source_view(w, read, &source, err));
    }
    const double start = wsi_now();
    wsi_range_begin("compute");
    for (int64_t y = 0; y < block.h; y += p->piece_h)
        for (int64_t left = 0; left < block.w; left += p->piece_w) {
            const wsi_rect core = {block.x + left, block.y + y, wsi_min64(p->piece_w, block.w - left),
                                   wsi_min64(p->piece_h, block.h - y)};
            WSI_FORWARD(run_shown(w, &source, block, core, results, err));
        }
    wsi_range_end();
    const double end = wsi_now();
    w->compute_busy += end - start;
    wsi_trace_add(w->lane, "compute", start, end, p->level, task->bx, task->by);
    return WSI_OK;
}

/* Encodes and halves the tiles of one tile row of the block. */
static wsi_status output_row(wsi_worker *w, wsi_task *task, wsi_rect block, int64_t row, const wsi_image *results,
                             wsi_error *err)
{
    const wsi_exec *x = w->exec;
    const wsi_ladder *l = &x->plan->ladders[0];
    const int64_t t = x->plan->out_tile, y = row * t - block.y, h = wsi_min64(t, block.h - y);
    for (int64_t tx = block.x / t; tx * t < block.x + block.w; tx++) {
        const int64_t left = tx * t - block.x;
        for (int i = 0; i < l->result_count; i++) {
            const int r = l->results[i];
            const wsi_image tile = wsi_image_crop(&results[r], (wsi_rect){left, y, wsi_min64(t, block.w - left), h});
            WSI_FORWARD(wsi_exec_output_tile(w, task, r, 0, tx, row, &tile, err));
        }
    }
    return WSI_OK;
}

void wsi_exec_keep_shares(wsi_worker *w, wsi_rect block, const wsi_image *results)
{
    const wsi_plan *p = w->exec->plan;
    for (int l = 1; l < p->ladder_count; l++)
        for (int i = 0; i < p->ladders[l].result_count; i++) {
            const int r = p->ladders[l].results[i];
            wsi_exec_blank_result(w->exec, r, block, &results[r]);
            wsi_exec_keep(w, r, wsi_graph_share(w->exec->graph, r, block), &results[r]);
        }
}

wsi_status wsi_exec_block(wsi_worker *w, wsi_task *task, wsi_error *err)
{
    const wsi_plan *p = w->exec->plan;
    const wsi_rect block = wsi_exec_block_rect(p, task->bx, task->by);
    wsi_image results[WSI_JOB_OUTPUTS_MAX];
    WSI_FORWARD(compute_block(w, task, block, results, err));
    wsi_exec_keep_shares(w, block, results);
    if (!p->ladders[0].result_count) return WSI_OK;
    for (int64_t row = block.y / p->out_tile; row * p->out_tile < block.y + block.h; row++)
        WSI_FORWARD(output_row(w, task, block, row, results, err));
    return WSI_OK;
}
