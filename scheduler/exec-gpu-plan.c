/* Choosing sizes for GPUs.
 *
 * Memory of each device = strips x strip + slots x arena + decoders. A strip holds the source rows of one block row,
 * as wide as the level. Two strips are the least (one is computed while the next is filled); what is left of the
 * budget goes to decoders, slots and more strips, so that decoding runs ahead.
 *
 * Block rows are high enough for halos to be cheap and blocks of about BLOCK_AREA pixels, which keeps a device busy;
 * both get smaller where memory, on either side, is short. */
#include "exec-plan.h"

#include <string.h>

static const uint64_t MIB = UINT64_C(1) << 20;
static const uint64_t RAW_TARGET = UINT64_C(96) << 20; /* bytes of compressed tiles worth reading ahead */

enum {
    BLOCK_AREA = 1 << 22,
    BLOCK_HEIGHT = 1024, /* worth having; more where the halo asks for it */
    HALO_SHARE = 16,     /* a block row is at least this many halos high, where memory allows */
    SLOTS = 16,
    SLOTS_WANTED = 8,
    STRIPS = 8,
    DECODERS = 6,
    DECODER_TILES = 1024
};

/* ---- Which steps run where ---- */

/* 1 when list, comma-separated, has the name. */
static int listed(const char *list, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = list; at && *at; at += strcspn(at, ","), at += *at == ',')
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0')) return 1;
    return 0;
}

/* A step that a device does not take runs on the CPU, and so does every step that needs its result. */
static void place_steps(const wsi_plan_input *in, wsi_plan *p)
{
    const wsi_graph *g = in->graph;
    for (int i = 0; i < g->node_count; i++) {
        const wsi_node *n = &g->nodes[i];
        int host = n->kept || listed(in->host_steps, n->op->name) ||
                   !wsi_device_supports(n->op, n->params, n->in_fmt, n->inputs, n->fmt);
        for (int k = 0; k < n->inputs; k++)
            if (n->input[k] != WSI_TILER_SOURCE && p->gpu.on_host[n->input[k]]) host = 1;
        p->gpu.on_host[i] = (unsigned char)host;
        p->gpu.host_nodes += host;
    }
}

/* 1 when node i + 1 takes node i's result and nobody else looks at it, pixel for pixel. */
static int flows_on(const wsi_graph *g, int i)
{
    int readers = 0;
    if (g->nodes[i].op->scale || (i + 1 < g->node_count && g->nodes[i + 1].op->scale)) return 0;
    for (int j = 0; j < g->node_count; j++)
        for (int k = 0; k < g->nodes[j].inputs; k++) readers += g->nodes[j].input[k] == i;
    return !g->written[i] && readers == 1 && i + 1 < g->node_count && g->nodes[i + 1].inputs == 1 &&
           g->nodes[i + 1].input[0] == i;
}

/* Steps from node i on that may be one kernel, as far as the graph goes. */
static int candidates(const wsi_graph *g, const wsi_plan *p, int first, wsi_group_step steps[WSI_GROUP_STEPS_MAX])
{
    int count = 0;
    for (int i = first; count < WSI_GROUP_STEPS_MAX; i++) {
        const wsi_node *n = &g->nodes[i];
        steps[count++] = (wsi_group_step){n->op, n->params, n->state, n->inputs, n->in_fmt[0], n->fmt};
        if (!flows_on(g, i) || p->gpu.on_host[i + 1]) break;
    }
    return count;
}

/* Point-wise steps join their neighbours. */
static void group_steps(const wsi_graph *g, wsi_plan *p)
{
    for (int i = 0; i < g->node_count;) {
        wsi_group_step steps[WSI_GROUP_STEPS_MAX];
        p->gpu.no_buffer[i] = p->gpu.on_host[i];
        if (p->gpu.on_host[i]) {
            i++;
            continue;
        }
        const int count = wsi_device_group(steps, candidates(g, p, i, steps));
        p->gpu.group[i] = count;
        for (int k = 0; k + 1 < count; k++) p->gpu.no_buffer[i + k] = 1;
        i += count;
    }
}

/* 1 when node i of the device, or the source (i = node_count), is read by a step on the host. */
static int exported(const wsi_plan_input *in, const wsi_plan *p, int i)
{
    const wsi_graph *g = in->graph;
    const int id = i == g->node_count ? WSI_TILER_SOURCE : i;
    for (int j = 0; j < g->node_count; j++)
        for (int k = 0; p->gpu.on_host[j] && k < g->nodes[j].inputs; k++)
            if (g->nodes[j].input[k] == id && (id == WSI_TILER_SOURCE || !p->gpu.on_host[i])) return 1;
    return 0;
}

/* ---- Sizes that follow from the blocks ---- */

static size_t align_up(size_t n)
{
    return (n + 255) / 256 * 256;
}

/* Tiles that one block has, each counted whole. */
static size_t block_tiles(const wsi_plan *p)
{
    const int64_t t = p->out_tile;
    return (size_t)(wsi_ceil_div(p->block_w, t) * wsi_ceil_div(p->block_h, t));
}

/* Masks computed on a device are cut into tiles there; on top of the arena. */
static void plan_tiles(const wsi_plan_input *in, wsi_plan *p)
{
    const wsi_graph *g = in->graph;
    const int64_t t = p->out_tile;
    p->gpu.unpacked_bytes = 0;
    for (int r = 0; r < g->result_count; r++) {
        const int node = g->results[r].node;
        const wsi_pixfmt fmt = g->results[r].stored;
        p->gpu.as_bits[r] = !in->within && !wsi_taker_on_device(in->taker) && node != WSI_TILER_SOURCE &&
                            !p->gpu.on_host[node] && fmt.type == WSI_BOOL && fmt.channels == 1 && t % 64 == 0 &&
                            p->ladder_of[r] == 0 && (!g->results[r].tapped || g->results[r].tap_images == 1);
        if (!p->gpu.as_bits[r]) continue;
        p->gpu.tiles_offset[r] = p->gpu.arena.bytes;
        p->gpu.arena.bytes = align_up(p->gpu.arena.bytes + wsi_mask_tile_bytes(t) * block_tiles(p));
        p->gpu.unpacked_bytes = (size_t)(t * t);
    }
}

/* A slot's pinned memory: results, then exports with the block's largest halo. */
static void plan_pinned(const wsi_plan_input *in, wsi_plan *p)
{
    const wsi_graph *g = in->graph;
    wsi_rect rects[WSI_NODES_MAX], source;
    size_t top = 0;
    for (int r = 0; r < g->result_count; r++) {
        const size_t bits = p->gpu.as_bits[r] ? wsi_mask_tile_bytes(p->out_tile) * block_tiles(p) : 0;
        const int same_as = g->results[r].same_as;
        p->gpu.pinned_offset[r] = same_as < 0 ? top : p->gpu.pinned_offset[same_as];
        if (same_as < 0) top = align_up(top + (bits ? bits : p->gpu.arena.result_bytes[r]) + 64);
    }
    wsi_plan_extent(p, g, p->block_w, p->block_h, WSI_GPU_ALIGN, rects, &source);
    for (int i = 0; i <= g->node_count; i++) {
        p->gpu.export_stride[i] = 0;
        if (!exported(in, p, i)) continue;
        const int is_source = i == g->node_count;
        const wsi_pixfmt fmt = is_source ? g->source : g->nodes[i].fmt;
        /* Of the source all that a block can reach is exported. */
        const int64_t w =
            wsi_min64(is_source ? p->block_w + 2 * p->halo_x : rects[i].w, is_source ? p->w : g->nodes[i].w);
        const int64_t h =
            wsi_min64(is_source ? p->block_h + 2 * p->halo_y : rects[i].h, is_source ? p->h : g->nodes[i].h);
        p->gpu.export_offset[i] = top;
        p->gpu.export_stride[i] = wsi_plan_stride(w, fmt, 0);
        top = align_up(top + p->gpu.export_stride[i] * (size_t)h + 256);
    }
    p->gpu.pinned_bytes = top;
}

/* JPEG encoders: what kernels/device-jpeg-encode.h takes for 4:4:4, about; it is asked again when they are made. */
static void plan_encoders(const wsi_plan_input *in, wsi_plan *p)
{
    p->gpu.encoder_device = p->gpu.encoder_pinned = 0;
    if (in->codec != WSI_CODEC_JPEG) return;
    for (int r = 0; r < in->graph->result_count; r++) {
        if (p->ladder_of[r] || in->graph->results[r].tapped) continue;
        const size_t samples = (size_t)(p->block_w * p->block_h) * (size_t)in->graph->results[r].stored.channels;
        p->gpu.encoder_device += 3 * samples;
        p->gpu.encoder_pinned += samples / 2 + 4096;
    }
}

/* Steps on the host run in pieces of one cell, in a worker's own arena. */
static void plan_host_steps(const wsi_plan_input *in, wsi_plan *p)
{
    memset(&p->arena, 0, sizeof p->arena);
    p->gpu.host_piece_w = wsi_min64(p->cell_w, p->block_w);
    p->gpu.host_piece_h = wsi_min64(p->cell_h, p->block_h);
    if (!p->gpu.host_nodes) return;
    unsigned char left_out[WSI_NODES_MAX];
    for (int i = 0; i < in->graph->node_count; i++) left_out[i] = !p->gpu.on_host[i];
    const wsi_arena_input host = {p->gpu.host_piece_w, p->gpu.host_piece_h, left_out, 0, 1};
    wsi_plan_arena(p, in->graph, &host, &p->arena);
}

static void plan_strip(const wsi_plan_input *in, wsi_plan *p)
{
    /* A strip ends with a whole unit. */
    const int64_t rows = p->block_h + 2 * p->halo_y + p->unit_h - 1;
    p->gpu.strip_rows = wsi_min64(rows, p->h);
    p->gpu.strip_stride = wsi_plan_stride(p->w, in->graph->source, 1);
    p->gpu.strip_bytes = p->gpu.strip_stride * (size_t)p->gpu.strip_rows + 256;
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    p->gpu.staging_stride = wsi_plan_stride(p->batch_tiles * l->tile_w, in->graph->source, 0);
    p->gpu.staging_bytes = p->gpu.staging_stride * (size_t)p->unit_h + 64;
}

static void plan_sizes(const wsi_plan_input *in, wsi_plan *p, int64_t w, int64_t h)
{
    wsi_plan_blocks(in, p, w, h);
    if (p->gpu.host_nodes) {
        p->piece_w = p->block_w; /* what the host reads is the whole block's */
        p->piece_h = p->block_h;
    }
    const wsi_arena_input device = {p->piece_w, p->piece_h, p->gpu.no_buffer, 1, WSI_GPU_ALIGN};
    wsi_plan_arena(p, in->graph, &device, &p->gpu.arena);
    wsi_plan_results(p, in->graph, 1, &p->gpu.arena);
    plan_tiles(in, p);
    plan_pinned(in, p);
    plan_encoders(in, p);
    plan_host_steps(in, p);
    plan_strip(in, p);
}

/* ---- Device memory ---- */

/* Bytes of one decoder with batches of this many tiles; sets p->gpu.jpeg. */
static size_t plan_decoder(const wsi_plan_input *in, wsi_plan *p, int tiles, wsi_tile_sizes sizes, size_t *pinned)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    size_t device;
    p->gpu.jpeg.tiles = tiles;
    p->gpu.jpeg.tile_w = l->tile_w;
    p->gpu.jpeg.tile_h = l->tile_h;
    p->gpu.jpeg.bytes = (size_t)(1.25 * sizes.average * tiles) + (size_t)sizes.largest;
    wsi_device_jpeg_memory(&p->gpu.jpeg, &device, pinned);
    return device;
}

/* The largest decoders, and most of them, in two fifths of what is left; none where not even a small one fits. */
static void plan_decoders(const wsi_plan_input *in, wsi_plan *p, wsi_tile_sizes sizes, uint64_t left,
                          uint64_t host_left)
{
    const wsi_level *l = &wsi_slide_get_info(in->slide)->levels[in->level];
    const int64_t per_batch = p->batch_tiles * p->unit_tiles;
    const int64_t share = l->tiles_x * l->tiles_y / 4; /* small slides: some batches all the same */
    for (int tiles = DECODER_TILES; tiles >= per_batch; tiles /= 2) {
        if (tiles > 64 && tiles > share) continue;
        for (int n = DECODERS; n >= (tiles > 256 ? 4 : 1); n--) {
            size_t pinned;
            const size_t bytes = plan_decoder(in, p, tiles, sizes, &pinned);
            pinned += 2 * p->gpu.staging_bytes; /* for what it leaves to the CPU */
            if (bytes * (uint64_t)n > left / 5 * 2 || pinned * (uint64_t)(n * in->devices) > host_left) continue;
            p->gpu.decoders = n;
            p->gpu.device_bytes += bytes * (uint64_t)n;
            p->gpu.host_bytes += pinned * (uint64_t)(n * in->devices);
            return;
        }
    }
    p->gpu.decoders = 0;
    p->gpu.jpeg.tiles = 0;
}

/* Pinned memory of one slot on every device. */
static uint64_t slot_pinned(const wsi_plan_input *in, const wsi_plan *p)
{
    return (uint64_t)(p->gpu.pinned_bytes + p->gpu.encoder_pinned) * (uint64_t)in->devices;
}

/* 1 when two strips and a slot fit; shares out the rest. */
static int fit_device(const wsi_plan_input *in, wsi_plan *p, wsi_tile_sizes sizes, uint64_t host_left)
{
    const uint64_t budget = in->device_memory;
    const uint64_t slot = p->gpu.arena.bytes + p->gpu.encoder_device, slot_host = slot_pinned(in, p);
    const int least = p->blocks_y < 2 ? 1 : 2;
    const int64_t blocks = p->blocks_x * p->blocks_y;
    uint64_t used = p->gpu.strip_bytes * (uint64_t)least + slot + MIB;
    p->gpu.device_bytes = used;
    if (used > budget) return 0;
    p->gpu.strips = least;
    p->gpu.slots = 1;
    p->gpu.decoders = 0;
    if (in->gpu_decode && sizes.largest) plan_decoders(in, p, sizes, budget - used, host_left / 2);
    host_left -= p->gpu.host_bytes < host_left ? p->gpu.host_bytes : host_left;
    used = p->gpu.device_bytes;
    const int slots = (int)wsi_min64(in->streams ? in->streams : SLOTS, wsi_max64(blocks, 1));
    const int strips = (int)wsi_min64(STRIPS, p->blocks_y);
    for (int grown = 1; grown;) {
        grown = 0;
        if (p->gpu.slots < slots && used + slot <= budget && slot_host <= host_left) {
            p->gpu.slots++;
            used += slot;
            host_left -= slot_host;
            grown = 1;
        }
        if (p->gpu.strips < strips && used + p->gpu.strip_bytes <= budget) {
            p->gpu.strips++;
            used += p->gpu.strip_bytes;
            grown = 1;
        }
    }
    p->gpu.device_bytes = used;
    p->gpu.host_bytes += slot_host * (uint64_t)p->gpu.slots;
    return 1;
}

/* ---- Host memory ---- */

/* Everything on the host but what decoders and more slots than one take. */
static uint64_t host_memory(const wsi_plan_input *in, wsi_plan *p)
{
    wsi_plan_output(in, p);
    const uint64_t waiting = (uint64_t)(p->block_rows * p->gpu.depth - 1) * (uint64_t)p->ladders[0].pyramid.tiles_x[0] *
                             p->ladders[0].tile_bound;
    const uint64_t kept = 2 * (uint64_t)p->threads * (p->tile_bound - p->ladders[0].tile_bound);
    p->encoded_cap = (uint64_t)(2 * in->devices) * p->block_bound + waiting + kept;
    const uint64_t most = in->memory / 2 > p->block_bound ? in->memory / 2 : p->block_bound;
    if (p->encoded_cap > most) p->encoded_cap = most; /* whoever holds the next tile starts all the same */
    const uint64_t threads = (uint64_t)p->threads;
    const uint64_t sum =
        p->pyramid_bytes + p->raw_cap + p->encoded_cap + p->returned_bytes +
        threads * (p->arena.bytes + p->encode_bytes + p->tile_bound + p->gpu.unpacked_bytes + 2 * p->gpu.staging_bytes);
    return sum + sum / 16 + MIB;
}

/* Slots that keep a device and the workers busy; fewer where there are fewer blocks, or streams. */
static int slots_worth(const wsi_plan_input *in, const wsi_plan *p, int wanted)
{
    const int64_t most = in->streams ? in->streams : SLOTS;
    return (int)wsi_min64(wanted, wsi_min64(most, wsi_max64(p->blocks_x * p->blocks_y, 1)));
}

/* One block size, one depth of the pyramid's rows. */
static int fit(const wsi_plan_input *in, wsi_plan *p, wsi_tile_sizes sizes, int wanted, uint64_t *host,
               uint64_t *device)
{
    *host = host_memory(in, p);
    const uint64_t slot = slot_pinned(in, p);
    if (*host + slot > in->memory) {
        *host += slot;
        return 0;
    }
    p->gpu.host_bytes = 0;
    const int ok = fit_device(in, p, sizes, in->memory - *host - slot);
    *device = p->gpu.device_bytes;
    p->memory = *host + p->gpu.host_bytes;
    return ok && p->gpu.slots >= slots_worth(in, p, wanted);
}

/* ---- The search ---- */

typedef struct shortage {
    uint64_t host, device; /* the least that was found to be needed */
} shortage;

static int try_height(const wsi_plan_input *in, wsi_plan *p, wsi_tile_sizes sizes, int64_t h, int wanted,
                      shortage *least)
{
    const int64_t t = p->cell_w;
    int64_t w = wsi_max64(t, wsi_min64(wsi_round_up(BLOCK_AREA / h, t), wsi_round_up(p->w, t)));
    for (;; w = wsi_max64(t, w / 2 / t * t)) {
        plan_sizes(in, p, w, h);
        for (p->gpu.depth = in->devices + 1; p->gpu.depth >= 1; p->gpu.depth--) {
            uint64_t host = 0, device = UINT64_MAX;
            p->spare_slots = 1;
            if (fit(in, p, sizes, wanted, &host, &device)) return 1;
            least->host = host < least->host ? host : least->host;
            least->device = device < least->device ? device : least->device;
        }
        if (w == t) return 0;
    }
}

static int try_threads(const wsi_plan_input *in, wsi_plan *p, wsi_tile_sizes sizes, int threads, int wanted,
                       shortage *least)
{
    wsi_plan_start(in, p, threads);
    p->gpu.devices = in->devices;
    wsi_plan_units(in, p);
    p->raw_max = sizes.largest * (uint64_t)(p->batch_tiles * p->unit_tiles);
    p->raw_cap = sizes.largest ? wsi_max64((int64_t)wsi_min64((int64_t)RAW_TARGET, (int64_t)(in->memory / 8)),
                                           (int64_t)(2 * p->raw_max))
                               : 0;
    place_steps(in, p);
    group_steps(in->graph, p);
    const int64_t t = p->cell_h, worth = wsi_max64(BLOCK_HEIGHT, HALO_SHARE * in->graph->halo_y);
    const int64_t highest = wsi_round_up(wsi_min64(worth, p->h), t);
    for (int64_t h = highest;; h = wsi_max64(t, h / 2 / t * t)) {
        if (try_height(in, p, sizes, h, wanted, least)) return 1;
        if (h == t) return 0;
    }
}

wsi_status wsi_plan_make_gpu(const wsi_plan_input *in, wsi_plan *p, wsi_error *err)
{
    const wsi_tile_sizes sizes = wsi_plan_tile_sizes(in);
    shortage least = {UINT64_MAX, UINT64_MAX};
    for (int wanted = SLOTS_WANTED; wanted > 1; wanted /= 2) /* rather smaller blocks than few of them */
        if (try_threads(in, p, sizes, in->threads, wanted, &least)) return WSI_OK;
    for (int threads = in->threads; threads >= 1; threads = threads > 8 ? threads * 3 / 4 : threads - 1)
        if (try_threads(in, p, sizes, threads, 1, &least)) return WSI_OK;
    WSI_RETURN_IF(least.device > in->device_memory && least.device != UINT64_MAX, WSI_ERR_NO_MEMORY,
                  "GPU memory: this job needs at least %llu MiB of each GPU, the budget is %llu MiB (--device-memory)",
                  (unsigned long long)(least.device / MIB + 1), (unsigned long long)(in->device_memory / MIB));
    return wsi_error_set(err, WSI_ERR_NO_MEMORY,
                         "memory: this job needs at least %llu MiB, the budget is %llu MiB (--memory)",
                         (unsigned long long)(least.host / MIB + 1), (unsigned long long)(in->memory / MIB));
}
