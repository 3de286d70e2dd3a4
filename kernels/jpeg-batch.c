/* Batches of JPEG tiles: each tile's geometry, and where its coefficients and bytes lie. */
#include "jpeg-batch.h"

#include <string.h>

enum { SIDE_MAX = 1 << 14, TILES_MAX = 1 << 16, SEGMENTS_A_TILE = 32 };

static int64_t round_up(int64_t n, int64_t unit)
{
    return (n + unit - 1) / unit * unit;
}

int wsi_jpeg_room_for(const wsi_device_jpeg_limits *limits, wsi_jpeg_room *out)
{
    *out = (wsi_jpeg_room){0};
    if (limits->tiles < 1 || limits->tiles > TILES_MAX || limits->tile_w < 1 || limits->tile_h < 1 ||
        limits->tile_w > SIDE_MAX || limits->tile_h > SIDE_MAX || limits->bytes < 1 || limits->bytes > INT32_MAX) {
        return 0;
    }
    const int64_t w = round_up(limits->tile_w, 16), h = round_up(limits->tile_h, 16), blocks = 3 * (w / 8) * (h / 8);
    if (blocks * limits->tiles > INT32_MAX) return 0;
    out->tiles = limits->tiles;
    out->segments = SEGMENTS_A_TILE * limits->tiles;
    out->bytes = (size_t)round_up((int64_t)limits->bytes, 4) + 4 * (size_t)out->segments;
    out->tile_blocks = (uint32_t)blocks;
    out->max_w = w;
    out->max_h = h;
    out->blocks = (size_t)blocks * (size_t)limits->tiles;
    return 1;
}

void wsi_jpeg_batch_clear(wsi_jpeg_batch *b)
{
    b->set_count = b->tile_count = b->segment_count = b->group_count = 0;
    b->recent_count = b->recent_next = 0;
    b->used = b->blocks = 0;
}

/* Both chroma components are sampled alike, and each way in full or by half. */
static int samplings_known(const wsi_jpeg_frame *f)
{
    for (int c = 0; c < f->components; c++) {
        const int h = f->h_samp[c], v = f->v_samp[c];
        if (h < 1 || v < 1 || h > 4 || v > 4) return 0;
        if (f->components == 3 && (h > 2 || v > 2 || h > f->h_samp[0] || v > f->v_samp[0])) return 0;
    }
    return f->components == 1 || (f->h_samp[1] == f->h_samp[2] && f->v_samp[1] == f->v_samp[2]);
}

/* The order of an MCU's blocks; 0: too many. */
static int order_blocks(wsi_px_jpeg_tile *t)
{
    for (int c = 0; c < t->components; c++) {
        for (int i = 0; i < t->across[c] * t->down[c]; i++) {
            if (t->blocks == WSI_JPEG_MCU_BLOCKS) return 0;
            t->component[t->blocks] = (uint8_t)c;
            t->block_x[t->blocks] = (uint8_t)(i % t->across[c]);
            t->block_y[t->blocks] = (uint8_t)(i / t->across[c]);
            t->blocks++;
        }
    }
    return 1;
}

/* Everything of *t but set, first_block and first, which counts from the tile's first block. Returns 0 for what must
 * be refused. */
static int tile_layout(const wsi_jpeg_frame *f, const wsi_image *dst, wsi_px_jpeg_tile *t)
{
    memset(t, 0, sizeof *t);
    if ((f->components != 1 && f->components != 3) || !samplings_known(f)) return 0;
    t->w = f->w;
    t->h = f->h;
    t->components = f->components;
    t->ycc = f->components == 3 && f->ycc;
    const int32_t max_h = f->components == 1 ? 1 : f->h_samp[0], max_v = f->components == 1 ? 1 : f->v_samp[0];
    t->mcus_x = (f->w + 8 * max_h - 1) / (8 * max_h);
    const int32_t mcus_y = (f->h + 8 * max_v - 1) / (8 * max_v);
    for (int c = 0; c < f->components; c++) {
        /* The blocks of a single component are coded one by one, whatever its sampling factors. */
        const int32_t h = f->components == 1 ? 1 : f->h_samp[c], v = f->components == 1 ? 1 : f->v_samp[c];
        t->across[c] = (uint8_t)h;
        t->down[c] = (uint8_t)v;
        t->half_w[c] = h < max_h;
        t->half_h[c] = v < max_v;
        t->samples_w[c] = (f->w * h + max_h - 1) / max_h;
        t->samples_h[c] = (f->h * v + max_v - 1) / max_v;
        t->wide[c] = t->mcus_x * h;
        t->first[c] = t->block_count;
        t->block_count += (uint32_t)(t->wide[c] * mcus_y * v);
    }
    t->dst = dst->data;
    t->dst_stride = dst->stride;
    t->dst_w = (int32_t)dst->w;
    t->dst_h = (int32_t)dst->h;
    return order_blocks(t);
}

static int frame_fits(const wsi_jpeg_batch *b, const wsi_jpeg_frame *f, size_t size, const wsi_image *dst)
{
    return f->w > 0 && f->h > 0 && f->w <= b->room.max_w && f->h <= b->room.max_h && f->scan <= size &&
           f->restart_interval >= 0 && dst->data && dst->fmt.type == WSI_U8 && dst->fmt.channels == f->components &&
           dst->w > 0 && dst->h > 0 && dst->w <= f->w && dst->h <= f->h;
}

static int same_tables(const wsi_jpeg_frame *a, const wsi_jpeg_frame *b)
{
    return a->components == b->components && memcmp(a->quant, b->quant, sizeof a->quant) == 0 &&
           memcmp(a->dc, b->dc, sizeof a->dc) == 0 && memcmp(a->ac, b->ac, sizeof a->ac) == 0;
}

/* The index of the frame's tables, made unless a recent tile had the same; -1: refused. There is room: every tile may
 * have a set of its own. */
static int set_for(wsi_jpeg_batch *b, const wsi_jpeg_frame *f)
{
    for (int i = 0; i < b->recent_count; i++) {
        if (same_tables(&b->recent[i].frame, f)) return b->recent[i].set;
    }
    if (!wsi_jpeg_set_make(f, &b->sets[b->set_count])) return -1;
    b->recent[b->recent_next].frame = *f;
    b->recent[b->recent_next].set = b->set_count;
    b->recent_next = (b->recent_next + 1) % WSI_JPEG_RECENT;
    if (b->recent_count < WSI_JPEG_RECENT) b->recent_count++;
    return b->set_count++;
}

/* Says which MCUs each segment holds. */
static void deal_mcus(wsi_px_jpeg_segment *s, int count, int tile, uint32_t mcus, uint32_t interval)
{
    for (int i = 0; i < count; i++) {
        s[i].tile = tile;
        s[i].mcu = (uint32_t)i * interval;
        s[i].mcus = mcus - s[i].mcu < interval ? mcus - s[i].mcu : interval;
    }
}

wsi_device_jpeg_added wsi_jpeg_batch_add(wsi_jpeg_batch *b, const wsi_jpeg_frame *f, const void *bytes, size_t size,
                                         const wsi_image *dst)
{
    wsi_px_jpeg_tile t;
    if (!frame_fits(b, f, size, dst) || !tile_layout(f, dst, &t) || t.block_count > b->room.tile_blocks) {
        return WSI_DEVICE_JPEG_REFUSED;
    }
    const uint32_t mcus = t.block_count / (uint32_t)t.blocks;
    const uint32_t interval =
        f->restart_interval > 0 && (uint32_t)f->restart_interval < mcus ? (uint32_t)f->restart_interval : mcus;
    const uint32_t count = (mcus + interval - 1) / interval;
    const size_t left = size - f->scan;
    if (count > (uint32_t)b->room.segments || left > b->room.bytes - 4 * (size_t)b->room.segments) {
        return WSI_DEVICE_JPEG_REFUSED;
    }
    if (b->tile_count == b->room.tiles || count > (uint32_t)(b->room.segments - b->segment_count) ||
        left + 4 * (size_t)count > b->room.bytes - b->used) {
        return WSI_DEVICE_JPEG_FULL;
    }
    wsi_px_jpeg_segment *segments = b->segments + b->segment_count;
    size_t used;
    if (!wsi_jpeg_scan_split((const uint8_t *)bytes + f->scan, left, b->bytes + b->used, (uint32_t)(b->used / 4),
                             segments, (int)count, &used)) {
        return WSI_DEVICE_JPEG_REFUSED;
    }
    t.set = set_for(b, f);
    if (t.set < 0) return WSI_DEVICE_JPEG_REFUSED;
    deal_mcus(segments, (int)count, b->tile_count, mcus, interval);
    t.first_block = (uint32_t)b->blocks;
    for (int c = 0; c < t.components; c++) t.first[c] += t.first_block;
    b->tiles[b->tile_count++] = t;
    b->segment_count += (int)count;
    b->used += used;
    b->blocks += t.block_count;
    return WSI_DEVICE_JPEG_ADDED;
}

void wsi_jpeg_batch_group(wsi_jpeg_batch *b, int per_group)
{
    b->group_count = 0;
    for (int i = 0; i < b->segment_count; i++) {
        const int set = b->tiles[b->segments[i].tile].set;
        wsi_jpeg_group *last = b->groups + b->group_count - 1;
        if (b->group_count > 0 && last->set == set && last->count < per_group) {
            last->count++;
        } else {
            b->groups[b->group_count++] = (wsi_jpeg_group){set, i, 1};
        }
    }
}
