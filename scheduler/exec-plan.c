/* Choosing block, ring and buffer sizes.
 *
 * Memory of a run = ring + pyramid rows + threads x (arena + encode buffer) + read-ahead + encoded tiles. Blocks are
 * as flat as the halo allows (they set the ring's height): the smallest height, in output tiles, at which halo pixels
 * stay under a tenth of the work, unless memory forbids. The ring then gets what is left of WORKING_TARGET, so that
 * reading and decoding run ahead and a run takes about as much memory for a small slide as for a large one. */
#include "exec-plan.h"

#include <string.h>

static const uint64_t MIB = UINT64_C(1) << 20;
static const uint64_t WORKING_TARGET = UINT64_C(320) << 20; /* bytes a run takes when the budget has them: what is
                                                               left of them after the rest goes to the ring */
static const uint64_t RAW_TARGET = UINT64_C(32) << 20;      /* bytes of compressed tiles worth reading ahead */

enum {
    L2_BYTES = 3 << 19, /* 1.5 MiB: intermediates of a block should stay in a core's own cache */
    UNIT_ROWS_MIN = 64, /* flat strips are decoded in groups at least this high */
    BATCH_TILES_MAX = 16,
    BLOCK_TILES_MAX = 16
};

static size_t align_to(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

static size_t align_up(size_t n)
{
    return align_to(n, 64);
}

/* Row stride in bytes: aligned; on a CPU off multiples of 4096, so that rows do not fall on the same cache sets. */
size_t wsi_plan_stride(int64_t w, wsi_pixfmt fmt, int device)
{
    size_t n = align_to((size_t)w * wsi_pixfmt_size(fmt), device ? 256 : 64);
    if (!device && n % 4096 == 0) n += 64;
    return n;
}

static size_t row_stride(int64_t w, wsi_pixfmt fmt)
{
    return wsi_plan_stride(w, fmt, 0);
}

/* ---- Decode geometry ---- */

void wsi_plan_units(const wsi_plan_input *in, wsi_plan *p)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    p->unit_tiles = l->tile_h >= UNIT_ROWS_MIN ? 1 : wsi_min64(wsi_ceil_div(UNIT_ROWS_MIN, l->tile_h), WSI_BATCH_MAX);
    p->unit_h = p->unit_tiles * l->tile_h;
    p->units = wsi_ceil_div(l->h, p->unit_h);
    const int64_t share = wsi_ceil_div(l->tiles_x, 2 * (int64_t)in->threads);
    const int64_t most = wsi_max64(1, wsi_min64(BATCH_TILES_MAX, WSI_BATCH_MAX / p->unit_tiles));
    p->batch_tiles = wsi_max64(1, wsi_min64(share, most));
    p->batches_x = wsi_ceil_div(l->tiles_x, p->batch_tiles);
}

wsi_tile_sizes wsi_plan_tile_sizes(const wsi_plan_input *in)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    wsi_tile_sizes sizes = {0, 0};
    double sum = 0;
    for (int64_t ty = 0; l->raw && ty < l->tiles_y; ty++)
        for (int64_t tx = 0; tx < l->tiles_x; tx++) {
            const uint64_t size = wsi_slide_tile_span(in->slide, in->level, tx, ty).size;
            if (size > sizes.largest) sizes.largest = size;
            sum += (double)size;
        }
    sizes.average = sum / ((double)l->tiles_x * (double)l->tiles_y);
    return sizes;
}

static void plan_raw(uint64_t largest, wsi_plan *p)
{
    if (!largest) return;
    p->raw_max = largest * (uint64_t)(p->batch_tiles * p->unit_tiles);
    p->raw_cap = p->raw_max * (uint64_t)(2 * p->threads + 2);
    const uint64_t enough = RAW_TARGET > 2 * p->raw_max ? RAW_TARGET : 2 * p->raw_max;
    if (p->raw_cap > enough) p->raw_cap = enough;
}

/* ---- Work geometry ---- */

/* Sum over nodes of pixels computed for a block in the middle of the level, over what it keeps, less one. */
static double overhead(const wsi_plan_input *in, int64_t w, int64_t h)
{
    const wsi_graph *g = in->graph;
    const int64_t far = INT64_C(1) << 40;
    wsi_rect rects[WSI_NODES_MAX], source;
    wsi_tiler_backward(g->tiler, g->node_count, g->written, (wsi_rect){far, far, w, h},
                       (wsi_rect){0, 0, 2 * far, 2 * far}, rects, &source);
    double done = 0, kept = 0;
    for (int i = 0; i < g->node_count; i++) {
        const double cost = (double)wsi_pixfmt_size(g->nodes[i].fmt);
        done += cost * (double)rects[i].w * (double)rects[i].h;
        kept += cost * (double)w * (double)h;
    }
    return kept > 0 ? done / kept - 1 : 0;
}

/* Bytes a pixel of all buffers alive in a block, roughly. */
static int64_t bytes_per_pixel(const wsi_graph *g)
{
    size_t widest = 1;
    for (int i = 0; i < g->node_count; i++) {
        size_t n = wsi_pixfmt_size(g->nodes[i].fmt);
        for (int k = 0; k < g->nodes[i].inputs; k++) n += wsi_pixfmt_size(g->nodes[i].in_fmt[k]);
        if (n > widest) widest = n;
    }
    return (int64_t)widest;
}

/* Widest block of this height worth having: in cache, and leaving work for every thread. */
static int64_t choose_width(const wsi_plan_input *in, const wsi_plan *p, int64_t h)
{
    const int64_t t = p->pyramid.tile;
    const int64_t share = wsi_max64(t, wsi_round_up(wsi_ceil_div(p->w, 2 * (int64_t)p->threads), t));
    const int64_t most = wsi_min64(BLOCK_TILES_MAX * t, share);
    int64_t w = L2_BYTES / (bytes_per_pixel(in->graph) * h) / t * t;
    w = wsi_max64(t, wsi_min64(w, most));
    while (w < most && overhead(in, w, h) > 0.1) w += t;
    return w;
}

void wsi_plan_blocks(const wsi_plan_input *in, wsi_plan *p, int64_t w, int64_t h)
{
    const int64_t t = p->pyramid.tile;
    p->block_w = wsi_min64(wsi_round_up(w, t), p->pyramid.tiles_x[0] * t);
    p->block_h = wsi_min64(wsi_round_up(h, t), p->pyramid.tiles_y[0] * t);
    p->block_rows = p->block_h / t;
    p->blocks_x = wsi_ceil_div(p->w, p->block_w);
    p->blocks_y = wsi_ceil_div(p->h, p->block_h);
    p->piece_w = in->tile ? wsi_min64(in->tile, p->block_w) : p->block_w;
    p->piece_h = in->tile ? wsi_min64(in->tile, p->block_h) : p->block_h;
    p->halo_overhead = overhead(in, wsi_min64(p->piece_w, p->w), wsi_min64(p->piece_h, p->h));
}

/* ---- Memory ---- */

static int64_t ring_minimum(const wsi_plan_input *in, const wsi_plan *p)
{
    const int64_t need = p->block_h + 2 * in->graph->halo_y + p->unit_h - 1;
    return wsi_min64(wsi_round_up(need, p->unit_h), p->units * p->unit_h);
}

/* Room for the source pixels of a block, where they cannot be read in place; returns the new top of the arena. */
static size_t plan_crop(const wsi_plan_input *in, wsi_plan *p, size_t top)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    const int64_t w = wsi_min64(p->block_w + 2 * in->graph->halo_x, p->w);
    const int64_t h = wsi_min64(p->block_h + 2 * in->graph->halo_y, p->h);
    p->crop_offset = top;
    p->crop_stride = row_stride(w, in->graph->source);
    if (!p->no_ring && ring_minimum(in, p) == p->units * p->unit_h) return top; /* the ring holds the whole level */
    top = align_up(top + p->crop_stride * (size_t)h + 64);
    p->tile_offset = top;
    if (!p->no_ring) return top;
    return align_up(top + (size_t)(l->tile_w * l->tile_h) * wsi_pixfmt_size(in->graph->source) + 64);
}

/* Lays out the buffers of a piece. Node buffers are reused once their last reader has run. */
void wsi_plan_arena(const wsi_plan *p, const wsi_graph *g, const wsi_arena_input *in, wsi_arena *a)
{
    const int64_t far = INT64_C(1) << 40;
    wsi_rect rects[WSI_NODES_MAX], source;
    size_t bytes[WSI_NODES_MAX], end[WSI_NODES_MAX], top = 0, scratch = 0;
    memset(a, 0, sizeof *a);
    wsi_tiler_backward_aligned(g->tiler, g->node_count, g->written, (wsi_rect){far, far, in->piece_w, in->piece_h},
                               (wsi_rect){0, 0, 2 * far, 2 * far}, 1, rects, &source);
    for (int i = 0; i < g->node_count; i++) {
        const wsi_node *n = &g->nodes[i];
        /* Columns rounded outwards, of the node and of all that follow it, widen a rectangle on both sides. */
        const int64_t slack = in->align > 1 ? 2 * in->align * (g->node_count - i) : 0;
        const int64_t w = wsi_min64(rects[i].w + slack, p->w), h = wsi_min64(rects[i].h, p->h);
        end[i] = 0;
        if (in->left_out && in->left_out[i]) continue;
        a->node_stride[i] = wsi_plan_stride(w, n->fmt, in->device);
        bytes[i] = align_to(a->node_stride[i] * (size_t)h + 64, in->device ? 256 : 64);
        size_t at = 0; /* lowest place that meets no buffer still needed when node i runs */
        for (int again = 1; again;) {
            again = 0;
            for (int j = 0; j < i; j++)
                if (end[j] && g->nodes[j].last_use >= i && a->node_offset[j] < at + bytes[i] && end[j] > at) {
                    at = end[j];
                    again = 1;
                }
        }
        a->node_offset[i] = at;
        end[i] = at + bytes[i];
        if (end[i] > top) top = end[i];
        size_t (*need)(const void *, const wsi_pixfmt *, int, int64_t, int64_t) =
            in->device ? n->op->cuda_scratch : n->op->scratch;
        const size_t wanted = need ? need(n->params, n->in_fmt, n->inputs, w, h) : 0;
        if (wanted > scratch) scratch = wanted;
    }
    a->scratch_offset = top;
    a->bytes = align_to(top + scratch + 64, 256);
}

/* Room for the block's pixels of each result, on top of an arena. */
void wsi_plan_results(const wsi_plan *p, const wsi_graph *g, int device, wsi_arena *a)
{
    for (int r = 0; r < g->result_count; r++) {
        a->result_offset[r] = a->bytes;
        a->result_stride[r] = wsi_plan_stride(wsi_min64(p->block_w, p->w), g->results[r].stored, device);
        a->bytes = align_to(a->bytes + a->result_stride[r] * (size_t)wsi_min64(p->block_h, p->h) + 64, 256);
    }
}

static void plan_worker_arena(const wsi_plan_input *in, wsi_plan *p)
{
    const wsi_arena_input wanted = {.piece_w = p->piece_w, .piece_h = p->piece_h, .align = 1};
    wsi_plan_arena(p, in->graph, &wanted, &p->arena);
    p->arena.bytes = plan_crop(in, p, p->arena.bytes);
    wsi_plan_results(p, in->graph, 0, &p->arena);
}

/* Encoded bytes of a tile at their worst: JPEG of noise takes six bytes a pixel, LZW half as much again as the raw
 * pixels, the others a little over them. */
static size_t tile_bound(wsi_codec codec, int64_t tile, wsi_pixfmt fmt)
{
    const size_t pixels = (size_t)(tile * tile), raw = pixels * wsi_pixfmt_size(fmt);
    if (codec == WSI_CODEC_JPEG) return 6 * pixels + 4096;
    return raw + (codec == WSI_CODEC_LZW ? raw / 2 : raw / 64) + 4096;
}

void wsi_plan_output(const wsi_plan_input *in, wsi_plan *p)
{
    const wsi_graph *g = in->graph;
    const int64_t t = p->pyramid.tile;
    p->tile_bound = 0;
    p->encode_bytes = 0;
    p->pyramid_bytes = 0;
    for (int r = 0; r < g->result_count; r++) {
        const size_t bound = tile_bound(in->codec, t, g->results[r].stored);
        p->tile_bound += bound;
        if (bound > p->encode_bytes) p->encode_bytes = bound;
    }
    for (int k = 1; k < p->pyramid.levels; k++) {
        const int64_t rows_at_once = p->block_rows * wsi_max64(1, p->gpu.depth);
        p->slots[k] = wsi_max64(1, wsi_ceil_div(rows_at_once, INT64_C(1) << k)) + p->spare_slots;
        const size_t rows = (size_t)wsi_min64(p->slots[k] * t, p->pyramid.h[k]);
        for (int r = 0; r < g->result_count; r++)
            p->pyramid_bytes += rows * row_stride(p->pyramid.w[k], g->results[r].stored) + 128;
    }
    const uint64_t tiles = (uint64_t)(wsi_ceil_div(p->block_w, t) * p->block_rows);
    p->block_bound = tiles * p->tile_bound;
    /* Tile rows after a block row's first wait for its other blocks. */
    const uint64_t waiting = (uint64_t)(p->block_rows - 1) * (uint64_t)p->pyramid.tiles_x[0] * p->tile_bound;
    p->encoded_cap = 2 * (uint64_t)p->threads * p->block_bound + waiting;
}

static uint64_t memory_without_ring(const wsi_plan *p)
{
    const uint64_t per_thread = p->arena.bytes + p->encode_bytes + p->tile_bound;
    const uint64_t sum = p->pyramid_bytes + (uint64_t)p->threads * per_thread + p->raw_cap + p->encoded_cap;
    return sum + sum / 8 + MIB; /* size classes and headers of the pool */
}

/* Fits a block size into the budget, with the ring or without as p->no_ring says; 0 when it does not, *needed then says
 * how much it takes. */
static int fit(const wsi_plan_input *in, wsi_plan *p, int64_t w, int64_t h, uint64_t *needed)
{
    wsi_plan_blocks(in, p, w, h);
    plan_worker_arena(in, p);
    p->ring_stride = row_stride(p->w, in->graph->source);
    const uint64_t least = p->no_ring ? 0 : (uint64_t)ring_minimum(in, p) * p->ring_stride + 128;
    const uint64_t aim = WORKING_TARGET < in->memory ? WORKING_TARGET : in->memory;
    uint64_t fixed = 0;
    /* A spare row a level lets the next block row start before the last rows above are encoded. */
    for (p->spare_slots = 1; p->spare_slots >= 0; p->spare_slots--) {
        wsi_plan_output(in, p);
        fixed = memory_without_ring(p);
        if (fixed + least + MIB <= aim || p->spare_slots == 0) break;
    }
    *needed = fixed + least + MIB;
    if (*needed > in->memory) return 0;
    p->memory = fixed;
    if (p->no_ring) return 1;
    const uint64_t want = aim > fixed + least ? aim - fixed : least;
    int64_t rows = (int64_t)(want / p->ring_stride) / p->unit_h * p->unit_h;
    rows = wsi_max64(rows, ring_minimum(in, p));
    p->ring_rows = wsi_min64(rows, p->units * p->unit_h);
    p->ring_bytes = (size_t)p->ring_rows * p->ring_stride + 64;
    p->memory = fixed + p->ring_bytes;
    return 1;
}

/* Automatic block: heights from flat to tall until the halo is cheap; the cheapest that fits otherwise. */
static int fit_auto(const wsi_plan_input *in, wsi_plan *p, uint64_t *least_needed)
{
    const int64_t t = p->pyramid.tile;
    wsi_plan best = *p, trial = *p;
    int found = 0;
    for (int64_t h = t;; h *= 2) {
        uint64_t needed;
        int ok = fit(in, &trial, choose_width(in, p, h), h, &needed);
        if (!ok && h == t) ok = fit(in, &trial, t, h, &needed);
        if (needed < *least_needed) *least_needed = needed;
        if (ok && (!found || trial.halo_overhead < best.halo_overhead)) {
            best = trial;
            found = 1;
        }
        if ((found && best.halo_overhead <= 0.1) || !ok || h >= p->h) break;
    }
    *p = best;
    return found;
}

/* Without a ring: flat blocks, as wide as memory allows, so that few source tiles are decoded twice. */
static int fit_without_ring(const wsi_plan_input *in, wsi_plan *p, uint64_t *least_needed)
{
    const int64_t t = p->pyramid.tile;
    for (int64_t w = BLOCK_TILES_MAX; w >= 1; w /= 2) {
        uint64_t needed;
        if (fit(in, p, w * t, t, &needed)) return 1;
        if (needed < *least_needed) *least_needed = needed;
    }
    return 0;
}

/* Point-wise chains whose blocks fall on source tile borders need no rows kept: each block decodes its own tiles,
 * once, and works on them while they are in cache. */
static int tiles_stand_alone(const wsi_plan_input *in)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    return in->graph->halo_x == 0 && in->graph->halo_y == 0 && !l->sequential && in->out_tile % l->tile_w == 0 &&
           in->out_tile % l->tile_h == 0;
}

/* One number of threads, with a ring or without. */
static int try_threads(const wsi_plan_input *in, wsi_plan *p, uint64_t largest, int threads, int no_ring,
                       uint64_t *least_needed)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    memset(p, 0, sizeof *p);
    p->level = in->level;
    p->w = l->w;
    p->h = l->h;
    p->threads = threads;
    p->no_ring = no_ring;
    wsi_pyramid_init(&p->pyramid, l->w, l->h, in->out_tile, in->max_levels);
    wsi_plan_units(in, p);
    if (!no_ring) plan_raw(largest, p);
    uint64_t needed = UINT64_MAX;
    int ok;
    if (in->tile)
        ok = fit(in, p, in->tile, in->tile, &needed);
    else if (tiles_stand_alone(in))
        ok = fit(in, p, choose_width(in, p, in->out_tile), in->out_tile, &needed);
    else
        ok = no_ring ? fit_without_ring(in, p, &needed) : fit_auto(in, p, &needed);
    if (needed < *least_needed) *least_needed = needed;
    return ok;
}

/* Fewer threads before no ring; huge strips come in order only, so they need one. */
static int try_tile(const wsi_plan_input *in, wsi_plan *p, uint64_t largest, uint64_t *least_needed)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    for (int no_ring = tiles_stand_alone(in); no_ring <= !l->sequential; no_ring++)
        for (int threads = in->threads; threads >= 1; threads = threads > 8 ? threads * 3 / 4 : threads - 1)
            if (try_threads(in, p, largest, threads, no_ring, least_needed)) return 1;
    return 0;
}

/* A tile asked for that does not fit is halved until it does, or is an output tile: results stay the same. */
wsi_status wsi_plan_make(const wsi_plan_input *in, wsi_plan *p, wsi_error *err)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    const uint64_t largest = wsi_plan_tile_sizes(in).largest;
    wsi_plan_input trial = *in;
    uint64_t needed = UINT64_MAX;
    trial.tile = wsi_min64(in->tile, wsi_max64(l->w, l->h));
    for (;;) {
        if (try_tile(&trial, p, largest, &needed)) return WSI_OK;
        if (trial.tile <= in->out_tile) break;
        trial.tile = wsi_max64(trial.tile / 2, in->out_tile);
    }
    return wsi_error_set(err, WSI_ERR_NO_MEMORY,
                         "memory: this job needs at least %llu MiB, the budget is %llu MiB (--memory)",
                         (unsigned long long)(needed / MIB + 1), (unsigned long long)(in->memory / MIB));
}
