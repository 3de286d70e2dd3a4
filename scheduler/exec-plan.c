/* Choosing block, ring and buffer sizes.
 *
 * Memory of a run = ring + pyramid rows + threads x (arena + encode buffer) + read-ahead + encoded tiles. Blocks are
 * as flat as the halo allows (they set the ring's height): the smallest height, in output tiles, at which halo pixels
 * stay under a tenth of the work, unless memory forbids. The ring then gets what is left of WORKING_TARGET, so that
 * reading and decoding run ahead and a run takes about as much memory for a large slide as for a very large one; but
 * for a small slide no more than a share of its own size, since fresh memory costs time. */
#include "exec-plan.h"

#include <string.h>

static const uint64_t MIB = UINT64_C(1) << 20;
static const uint64_t WORKING_TARGET = UINT64_C(320) << 20; /* bytes a run takes when the budget has them: what is
                                                               left of them after the rest goes to the ring */
static const uint64_t RAW_TARGET = UINT64_C(32) << 20;      /* bytes of compressed tiles worth reading ahead */

enum {
    L2_BYTES = 3 << 19, /* 1.5 MiB: intermediates of a block should stay in a core's own cache */
    RING_SHARE = 4,     /* a ring of more than its least size holds at most one part in so many of what is decoded */
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

/* ---- Results ---- */

static int result_is_scaled(const wsi_graph *g, int r)
{
    return g->results[r].node != WSI_TILER_SOURCE && g->tiler[g->results[r].node].scaled;
}

/* The ladder that result r belongs to, made where there is none yet. */
static int ladder_for(const wsi_plan_input *in, wsi_plan *p, int r)
{
    const wsi_result *result = &in->graph->results[r];
    if (!result_is_scaled(in->graph, r)) return 0;
    for (int l = 1; l < p->ladder_count; l++) {
        const wsi_pyramid *py = &p->ladders[l].pyramid;
        if (wsi_scale_equal(p->ladders[l].scale, result->scale) && py->w[0] == result->w && py->h[0] == result->h)
            return l;
    }
    wsi_pyramid_init(&p->ladders[p->ladder_count].pyramid, result->w, result->h, in->out_tile, in->last_edge);
    p->ladders[p->ladder_count].scale = result->scale;
    return p->ladder_count++;
}

/* Edge of the cells that blocks are made of: the output tile, which ladder 0 wants whole; without results there, what
 * is a multiple of the period, so that no result's pixel takes from two blocks. */
static int64_t cell_edge(const wsi_plan *p, int64_t period)
{
    return p->ladders[0].result_count ? p->out_tile : wsi_round_up(p->out_tile, period);
}

void wsi_plan_start(const wsi_plan_input *in, wsi_plan *p, int threads)
{
    memset(p, 0, sizeof *p);
    p->level = in->level;
    p->w = in->graph->w;
    p->h = in->graph->h;
    p->threads = threads;
    p->out_tile = in->out_tile;
    p->ladder_count = 1;
    p->ladders[0].scale = WSI_SCALE_ONE;
    wsi_pyramid_init(&p->ladders[0].pyramid, p->w, p->h, in->out_tile, in->last_edge);
    for (int r = 0; r < in->graph->result_count; r++) {
        const int l = ladder_for(in, p, r);
        p->ladder_of[r] = l;
        p->ladders[l].results[p->ladders[l].result_count++] = r;
    }
    p->cell_w = cell_edge(p, in->graph->period_x);
    p->cell_h = cell_edge(p, in->graph->period_y);
}

/* ---- Work geometry ---- */

/* Cores of n pixels at multiples of `step` lie within multiples of the period this large, at multiples of it. */
static int64_t cover(int64_t n, int64_t step, int64_t period)
{
    return n % period == 0 && step % period == 0 ? n : wsi_round_up(n + period - 1, period);
}

/* Pixels of n that a scale leaves, n a multiple of its `down`. */
static int64_t scaled(int64_t n, int64_t up, int64_t down)
{
    return n / down * up;
}

/* Sum over nodes of pixels computed for a block in the middle of the level, over what it keeps, less one. */
static double overhead(const wsi_plan_input *in, int64_t w, int64_t h)
{
    const wsi_graph *g = in->graph;
    wsi_rect rects[WSI_NODES_MAX], source;
    const int64_t cw = cover(w, w, g->period_x), ch = cover(h, h, g->period_y);
    wsi_tiler_extent(g->tiler, g->node_count, g->written, cw, ch, 1, rects, &source);
    double done = 0, kept = 0;
    for (int i = 0; i < g->node_count; i++) {
        double cost = (double)wsi_pixfmt_size(g->nodes[i].fmt);
        done += cost * (double)rects[i].w * (double)rects[i].h;
        const wsi_scale s = g->tiler[i].total;
        if (g->tiler[i].scaled) cost *= (double)(s.up_x * s.up_y) / (double)(s.down_x * s.down_y);
        kept += cost * (double)cw * (double)ch;
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
    const int64_t t = p->cell_w;
    const int64_t share = wsi_max64(t, wsi_round_up(wsi_ceil_div(p->w, 2 * (int64_t)p->threads), t));
    const int64_t most = wsi_min64(BLOCK_TILES_MAX * t, share);
    int64_t w = L2_BYTES / (bytes_per_pixel(in->graph) * h) / t * t;
    w = wsi_max64(t, wsi_min64(w, most));
    while (w < most && overhead(in, w, h) > 0.1) w += t;
    return w;
}

void wsi_plan_blocks(const wsi_plan_input *in, wsi_plan *p, int64_t w, int64_t h)
{
    p->block_w = wsi_round_up(wsi_min64(w, p->w), p->cell_w);
    p->block_h = wsi_round_up(wsi_min64(h, p->h), p->cell_h);
    p->block_rows = wsi_ceil_div(p->block_h, p->out_tile);
    p->halo_x = in->graph->halo_x + (p->block_w % in->graph->period_x ? in->graph->period_x - 1 : 0);
    p->halo_y = in->graph->halo_y + (p->block_h % in->graph->period_y ? in->graph->period_y - 1 : 0);
    p->blocks_x = wsi_ceil_div(p->w, p->block_w);
    p->blocks_y = wsi_ceil_div(p->h, p->block_h);
    p->piece_w = in->tile ? wsi_min64(in->tile, p->block_w) : p->block_w;
    p->piece_h = in->tile ? wsi_min64(in->tile, p->block_h) : p->block_h;
    p->halo_overhead = overhead(in, wsi_min64(p->piece_w, p->w), wsi_min64(p->piece_h, p->h));
}

/* ---- Memory ---- */

static int64_t ring_minimum(const wsi_plan *p)
{
    const int64_t need = p->block_h + 2 * p->halo_y + p->unit_h - 1;
    return wsi_min64(wsi_round_up(need, p->unit_h), p->units * p->unit_h);
}

/* Room for the source pixels of a block, where they cannot be read in place; returns the new top of the arena. */
static size_t plan_crop(const wsi_plan_input *in, wsi_plan *p, size_t top)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    const int64_t w = wsi_min64(p->block_w + 2 * p->halo_x, p->w);
    const int64_t h = wsi_min64(p->block_h + 2 * p->halo_y, p->h);
    p->crop_offset = top;
    p->crop_stride = row_stride(w, in->graph->source);
    if (!in->graph->reads_source) return top;
    if (!p->no_ring && ring_minimum(p) == p->units * p->unit_h) return top; /* the ring holds the whole level */
    top = align_up(top + p->crop_stride * (size_t)h + 64);
    p->tile_offset = top;
    if (!p->no_ring) return top;
    return align_up(top + (size_t)(l->tile_w * l->tile_h) * wsi_pixfmt_size(in->graph->source) + 64);
}

void wsi_plan_extent(const wsi_plan *p, const wsi_graph *g, int64_t w, int64_t h, int64_t align, wsi_rect *rects,
                     wsi_rect *source)
{
    const int64_t cw = cover(w, p->block_w, g->period_x), ch = cover(h, p->block_h, g->period_y);
    wsi_tiler_extent(g->tiler, g->node_count, g->written, cw, ch, align, rects, source);
}

/* Lays out the buffers of a piece. Node buffers are reused once their last reader has run. */
void wsi_plan_arena(const wsi_plan *p, const wsi_graph *g, const wsi_arena_input *in, wsi_arena *a)
{
    wsi_rect rects[WSI_NODES_MAX], source;
    size_t bytes[WSI_NODES_MAX], end[WSI_NODES_MAX], top = 0, scratch = 0;
    memset(a, 0, sizeof *a);
    wsi_plan_extent(p, g, in->piece_w, in->piece_h, in->align, rects, &source);
    for (int i = 0; i < g->node_count; i++) {
        const wsi_node *n = &g->nodes[i];
        const int64_t w = wsi_min64(rects[i].w, n->w), h = wsi_min64(rects[i].h, n->h);
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
        size_t (*need)(const void *, const wsi_pixfmt *, int, int64_t, int64_t) = n->kept      ? NULL
                                                                                  : in->device ? n->op->cuda_scratch
                                                                                               : n->op->scratch;
        const size_t wanted = need ? need(n->params, n->in_fmt, n->inputs, w, h) : 0;
        if (wanted > scratch) scratch = wanted;
    }
    a->scratch_offset = top;
    a->bytes = align_to(top + scratch + 64, 256);
}

/* Room for the block's pixels of each result, on top of an arena. */
void wsi_plan_results(const wsi_plan *p, const wsi_graph *g, int device, wsi_arena *a)
{
    const int64_t cw = cover(p->block_w, p->block_w, g->period_x), ch = cover(p->block_h, p->block_h, g->period_y);
    for (int r = 0; r < g->result_count; r++) {
        const wsi_result *result = &g->results[r];
        const wsi_scale s = result->scale;
        if (result->same_as >= 0) {
            a->result_offset[r] = a->result_offset[result->same_as];
            a->result_stride[r] = a->result_stride[result->same_as];
            a->result_bytes[r] = a->result_bytes[result->same_as];
            continue;
        }
        const int64_t w = wsi_min64(p->ladder_of[r] ? scaled(cw, s.up_x, s.down_x) : p->block_w, result->w);
        const int64_t h = wsi_min64(p->ladder_of[r] ? scaled(ch, s.up_y, s.down_y) : p->block_h, result->h);
        a->result_offset[r] = a->bytes;
        a->result_stride[r] = wsi_plan_stride(w, result->stored, device);
        a->result_bytes[r] = a->result_stride[r] * (size_t)h;
        a->bytes = align_to(a->bytes + a->result_bytes[r] + 64, 256);
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
static size_t encoded_bound(wsi_codec codec, size_t pixels, size_t raw)
{
    if (codec == WSI_CODEC_JPEG) return 6 * pixels + 4096;
    return raw + (codec == WSI_CODEC_LZW ? raw / 2 : raw / 64) + 4096;
}

/* With those of the copy for somebody who takes tiles in order. */
static size_t tile_bound(const wsi_plan_input *in, wsi_pixfmt fmt)
{
    const size_t pixels = (size_t)(in->out_tile * in->out_tile), raw = pixels * wsi_pixfmt_size(fmt);
    return encoded_bound(in->codec, pixels, raw) + (in->taker && in->taker->in_order ? raw + 64 : 0);
}

/* Tile rows of level 0 that `rows` source rows reach into, from wherever they begin. */
static int64_t tile_rows_touched(const wsi_plan_input *in, const wsi_ladder *l, int64_t rows)
{
    const int64_t covered = cover(rows, rows, in->graph->period_y);
    return wsi_min64(wsi_ceil_div(scaled(covered, l->scale.up_y, l->scale.down_y), in->out_tile) + 1,
                     l->pyramid.tiles_y[0]);
}

/* Encoded bytes of a tile as a rule: labels and masks are mostly runs, JPEG rarely takes a byte a pixel, and what is
 * found out of images is little where not every pixel is an object. */
static uint64_t as_a_rule(const wsi_plan_input *in, const wsi_result *r, uint64_t bound)
{
    const int runs = r->stored.type == WSI_BOOL || r->stored.type == WSI_U32;
    const uint64_t least = 1 << 16; /* small ones are mostly what lies along their edges */
    uint64_t rule = bound;
    if (r->tap)
        rule = bound / 32;
    else if (in->codec == WSI_CODEC_JPEG ||
             (runs && in->codec != WSI_CODEC_NONE && !(in->taker && in->taker->in_order)))
        rule = bound / 4;
    return wsi_min64((int64_t)bound, wsi_max64((int64_t)rule, (int64_t)least));
}

/* Bounds and kept rows of one ladder; returns the bytes of those rows. */
static size_t plan_ladder(const wsi_plan_input *in, wsi_plan *p, int number)
{
    wsi_ladder *l = &p->ladders[number];
    const int64_t depth = wsi_max64(1, p->gpu.depth);
    const int64_t at_once = number ? 1 : p->block_rows * depth;
    size_t bytes = 0;
    l->tile_bound = 0;
    for (int i = 0; i < l->result_count; i++) {
        const wsi_result *r = &in->graph->results[l->results[i]];
        const size_t bound = r->tap ? r->tap->bound : r->tapped ? 0 : tile_bound(in, r->stored);
        p->result_bound[l->results[i]] = bound;
        p->returned_bytes += bound;
        p->result_rule[l->results[i]] = as_a_rule(in, r, bound);
        l->tile_bound += p->result_rule[l->results[i]];
        if (bound > p->encode_bytes) p->encode_bytes = bound;
    }
    for (int k = number == 0; k < l->pyramid.levels; k++) {
        const int64_t least =
            k ? wsi_max64(1, wsi_ceil_div(at_once, INT64_C(1) << k)) : tile_rows_touched(in, l, p->block_h * depth);
        l->slots[k] = least + p->spare_slots;
        const size_t rows = (size_t)wsi_min64(l->slots[k] * in->out_tile, l->pyramid.h[k]);
        for (int i = 0; i < l->result_count; i++) {
            const wsi_result *r = &in->graph->results[l->results[i]];
            if (!k || !r->tapped) bytes += rows * row_stride(l->pyramid.w[k], r->stored) + 128;
        }
    }
    return bytes;
}

void wsi_plan_output(const wsi_plan_input *in, wsi_plan *p)
{
    p->tile_bound = 0;
    p->encode_bytes = 0;
    p->returned_bytes = 0;
    p->pyramid_bytes = 0;
    for (int l = 0; l < p->ladder_count; l++) {
        p->pyramid_bytes += plan_ladder(in, p, l);
        p->tile_bound += p->ladders[l].tile_bound;
    }
    const uint64_t direct = p->ladders[0].tile_bound;
    const uint64_t tiles = (uint64_t)(wsi_ceil_div(p->block_w, p->out_tile) * p->block_rows);
    p->block_bound = tiles * direct;
    /* Tile rows after a block row's first wait for its other blocks. */
    const uint64_t waiting = (uint64_t)(p->block_rows - 1) * (uint64_t)p->ladders[0].pyramid.tiles_x[0] * direct;
    p->encoded_cap = 2 * (uint64_t)p->threads * (p->block_bound + p->tile_bound - direct) + waiting;
}

static uint64_t memory_without_ring(const wsi_plan *p)
{
    const uint64_t per_thread = p->arena.bytes + p->encode_bytes + p->tile_bound;
    const uint64_t sum =
        p->pyramid_bytes + (uint64_t)p->threads * per_thread + p->raw_cap + p->encoded_cap + p->returned_bytes;
    return sum + sum / 8 + MIB; /* size classes and headers of the pool */
}

/* Bytes of a ring that keeps everybody busy. */
static uint64_t ring_worth_having(const wsi_plan_input *in, const wsi_plan *p, uint64_t least)
{
    const double share = in->share > 0 ? in->share : 1;
    const double decoded = share * (double)p->ring_stride * (double)p->units * (double)p->unit_h;
    const uint64_t some = (uint64_t)(decoded / RING_SHARE);
    return some > 2 * least ? some : 2 * least;
}

/* Fits a block size into the budget, with the ring or without as p->no_ring says; 0 when it does not, *needed then says
 * how much it takes. */
static int fit(const wsi_plan_input *in, wsi_plan *p, int64_t w, int64_t h, uint64_t *needed)
{
    wsi_plan_blocks(in, p, w, h);
    plan_worker_arena(in, p);
    p->ring_stride = row_stride(p->w, in->graph->source);
    const uint64_t least = p->no_ring ? 0 : (uint64_t)ring_minimum(p) * p->ring_stride + 128;
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
    const uint64_t worth = ring_worth_having(in, p, least), left = aim > fixed + least ? aim - fixed : least;
    const uint64_t want = left < worth ? left : worth;
    int64_t rows = (int64_t)(want / p->ring_stride) / p->unit_h * p->unit_h;
    rows = wsi_max64(rows, ring_minimum(p));
    p->ring_rows = wsi_min64(rows, p->units * p->unit_h);
    p->ring_bytes = (size_t)p->ring_rows * p->ring_stride + 64;
    p->memory = fixed + p->ring_bytes;
    return 1;
}

/* Automatic block: heights from flat to tall until the halo is cheap; the cheapest that fits otherwise. */
static int fit_auto(const wsi_plan_input *in, wsi_plan *p, uint64_t *least_needed)
{
    wsi_plan best = *p, trial = *p;
    int found = 0;
    for (int64_t h = p->cell_h;; h *= 2) {
        uint64_t needed;
        int ok = fit(in, &trial, choose_width(in, p, h), h, &needed);
        if (!ok && h == p->cell_h) ok = fit(in, &trial, p->cell_w, h, &needed);
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
    for (int64_t w = BLOCK_TILES_MAX; w >= 1; w /= 2) {
        uint64_t needed;
        if (fit(in, p, w * p->cell_w, p->cell_h, &needed)) return 1;
        if (needed < *least_needed) *least_needed = needed;
    }
    return 0;
}

/* Point-wise chains whose blocks fall on source tile borders need no rows kept: each block decodes its own tiles,
 * once, and works on them while they are in cache. */
static int tiles_stand_alone(const wsi_plan_input *in, const wsi_plan *p)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    const wsi_graph *g = in->graph;
    return g->halo_x == 0 && g->halo_y == 0 && p->cell_w % g->period_x == 0 && p->cell_h % g->period_y == 0 &&
           !l->sequential && p->cell_w % l->tile_w == 0 && p->cell_h % l->tile_h == 0;
}

/* One number of threads, with a ring or without. */
static int try_threads(const wsi_plan_input *in, wsi_plan *p, uint64_t largest, int threads, int no_ring,
                       uint64_t *least_needed)
{
    wsi_plan_start(in, p, threads);
    p->no_ring = no_ring;
    wsi_plan_units(in, p);
    if (!no_ring) plan_raw(largest, p);
    uint64_t needed = UINT64_MAX;
    int ok;
    if (in->tile)
        ok = fit(in, p, in->tile, in->tile, &needed);
    else if (in->graph->reads_source && tiles_stand_alone(in, p))
        ok = fit(in, p, choose_width(in, p, p->cell_h), p->cell_h, &needed);
    else
        ok = no_ring && in->graph->reads_source ? fit_without_ring(in, p, &needed) : fit_auto(in, p, &needed);
    if (needed < *least_needed) *least_needed = needed;
    return ok;
}

/* Fewer threads before no ring; huge strips come in order only, so they need one. What reads nothing of the slide needs
 * none. */
static int try_tile(const wsi_plan_input *in, wsi_plan *p, uint64_t largest, uint64_t *least_needed)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    const int reads = in->graph->reads_source;
    wsi_plan_start(in, p, in->threads);
    for (int no_ring = !reads || tiles_stand_alone(in, p); no_ring <= (!reads || !l->sequential); no_ring++)
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
