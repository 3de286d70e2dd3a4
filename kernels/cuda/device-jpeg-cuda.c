/* device-jpeg.h over CUDA: no library decodes on a GPU with libjpeg's bits (nvJPEG has its own transform and
 * upsampling), so this one does. Everything is queued on the caller's stream: upload, zeroing, the scans of all tiles
 * at once (they need many threads in flight), then transform and colour chunk by chunk, so that samples stay in the
 * cache.
 *
 * All memory is one block on the device and one of pinned memory, cut up alike for asking and for making. */
#include "jpeg-cuda.h"

#include <string.h>

#include "common/mem.h"

enum { CUT = 256, CHUNK_BYTES = 32 << 20, CHUNK_TILES = 65535, FEW_WARPS = 2, MANY_WARPS = 32 /* a multiprocessor */ };

struct wsi_device_jpeg {
    wsi_device *device;
    wsi_jpeg_batch batch; /* arrays in pinned memory */
    wsi_jpeg_memory memory;
    uint32_t *verdicts;    /* pinned: of each tile, 0 when it is good */
    uint32_t chunk_blocks; /* that planes hold */
    int ran;               /* verdicts are those of the batch, once the stream is done */
    void *on_device, *pinned;
};

/* Cuts pieces off a block that starts at base; without a base, counts. */
typedef struct cutter {
    char *base;
    size_t used;
} cutter;

static void *cut(cutter *c, size_t count, size_t size)
{
    void *piece = c->base ? c->base + c->used : NULL;
    c->used += (count * size + CUT - 1) / CUT * CUT;
    return piece;
}

static uint32_t chunk_blocks(const wsi_jpeg_room *room)
{
    const size_t blocks = CHUNK_BYTES / 64, least = room->tile_blocks;
    const size_t most = blocks < room->blocks ? blocks : room->blocks;
    return (uint32_t)(most < least ? least : most);
}

static void cut_device(cutter *c, const wsi_jpeg_room *room, wsi_jpeg_memory *m)
{
    m->sets = cut(c, (size_t)room->tiles, sizeof *m->sets);
    m->tiles = cut(c, (size_t)room->tiles, sizeof *m->tiles);
    m->segments = cut(c, (size_t)room->segments, sizeof *m->segments);
    m->groups = cut(c, (size_t)room->segments, sizeof *m->groups);
    m->words = cut(c, room->bytes, 1);
    m->coefficients = cut(c, room->blocks, 64 * sizeof *m->coefficients);
    m->planes = cut(c, chunk_blocks(room), 64);
    m->bad = cut(c, (size_t)room->tiles, sizeof *m->bad);
}

static void cut_pinned(cutter *c, const wsi_jpeg_room *room, wsi_jpeg_batch *b, uint32_t **verdicts)
{
    b->sets = cut(c, (size_t)room->tiles, sizeof *b->sets);
    b->tiles = cut(c, (size_t)room->tiles, sizeof *b->tiles);
    b->segments = cut(c, (size_t)room->segments, sizeof *b->segments);
    b->groups = cut(c, (size_t)room->segments, sizeof *b->groups);
    b->bytes = cut(c, room->bytes, 1);
    *verdicts = cut(c, (size_t)room->tiles, sizeof **verdicts);
}

void wsi_device_jpeg_memory(const wsi_device_jpeg_limits *limits, size_t *device_bytes, size_t *pinned_bytes)
{
    cutter on_device = {NULL, 0}, pinned = {NULL, 0};
    wsi_jpeg_room room;
    wsi_jpeg_memory memory;
    wsi_jpeg_batch batch;
    uint32_t *verdicts;
    if (wsi_jpeg_room_for(limits, &room)) {
        cut_device(&on_device, &room, &memory);
        cut_pinned(&pinned, &room, &batch, &verdicts);
    }
    *device_bytes = on_device.used;
    *pinned_bytes = pinned.used;
}

static wsi_status allocate(wsi_device_jpeg *d, const wsi_device_jpeg_limits *limits, wsi_error *err)
{
    size_t device_bytes, pinned_bytes;
    WSI_RETURN_IF(!wsi_jpeg_room_for(limits, &d->batch.room), WSI_ERR_USAGE,
                  "JPEG on a GPU: impossible limits of %d tiles of %lldx%lld", limits->tiles, (long long)limits->tile_w,
                  (long long)limits->tile_h);
    wsi_device_jpeg_memory(limits, &device_bytes, &pinned_bytes);
    WSI_FORWARD(wsi_device_alloc(d->device, device_bytes, &d->on_device, err));
    WSI_FORWARD(wsi_pinned_alloc(d->device, pinned_bytes, &d->pinned, err));
    cut_device(&(cutter){d->on_device, 0}, &d->batch.room, &d->memory);
    cut_pinned(&(cutter){d->pinned, 0}, &d->batch.room, &d->batch, &d->verdicts);
    d->chunk_blocks = chunk_blocks(&d->batch.room);
    return WSI_OK;
}

wsi_status wsi_device_jpeg_create(wsi_device *device, const wsi_device_jpeg_limits *limits, wsi_device_jpeg **out,
                                  wsi_error *err)
{
    *out = NULL;
    wsi_device_jpeg *d = wsi_calloc(1, sizeof *d);
    WSI_RETURN_IF(!d, WSI_ERR_NO_MEMORY, "GPU %d: out of memory", device->info.index);
    d->device = device;
    const wsi_status status = allocate(d, limits, err);
    if (status == WSI_OK) {
        *out = d;
    } else {
        wsi_device_jpeg_destroy(&d);
    }
    return status;
}

void wsi_device_jpeg_destroy(wsi_device_jpeg **decoder)
{
    wsi_device_jpeg *d = *decoder;
    *decoder = NULL;
    if (!d) return;
    wsi_device_free(d->device, &d->on_device);
    wsi_pinned_free(d->device, &d->pinned);
    wsi_free(d);
}

wsi_device_jpeg_added wsi_device_jpeg_add(wsi_device_jpeg *d, const wsi_jpeg_frame *frame, const void *bytes,
                                          size_t size, const wsi_image *dst)
{
    const wsi_device_jpeg_added added = wsi_jpeg_batch_add(&d->batch, frame, bytes, size, dst);
    if (added == WSI_DEVICE_JPEG_ADDED) d->ran = 0;
    return added;
}

int wsi_device_jpeg_count(const wsi_device_jpeg *d)
{
    return d->batch.tile_count;
}

static wsi_status upload(const wsi_device_jpeg *d, wsi_stream *stream, wsi_error *err)
{
    const wsi_jpeg_batch *b = &d->batch;
    const wsi_jpeg_memory *m = &d->memory;
    const size_t tiles = (size_t)b->tile_count;
    WSI_FORWARD(wsi_copy_to_device(stream, m->sets, b->sets, (size_t)b->set_count * sizeof *b->sets, err));
    WSI_FORWARD(wsi_copy_to_device(stream, m->tiles, b->tiles, tiles * sizeof *b->tiles, err));
    WSI_FORWARD(
        wsi_copy_to_device(stream, m->segments, b->segments, (size_t)b->segment_count * sizeof *b->segments, err));
    WSI_FORWARD(wsi_copy_to_device(stream, m->groups, b->groups, (size_t)b->group_count * sizeof *b->groups, err));
    WSI_FORWARD(wsi_copy_to_device(stream, m->words, b->bytes, b->used, err));
    WSI_FORWARD(wsi_fill_on_device(stream, m->coefficients, 0, b->blocks * 64 * sizeof *m->coefficients, err));
    return wsi_fill_on_device(stream, m->bad, 0, tiles * sizeof *m->bad, err);
}

/* The tiles from `first` on whose samples fit the planes; one always does. */
static wsi_jpeg_chunk next_chunk(const wsi_device_jpeg *d, int first)
{
    const wsi_px_jpeg_tile *tiles = d->batch.tiles;
    wsi_jpeg_chunk c = {.first = first, .first_block = tiles[first].first_block};
    for (int i = first; i < d->batch.tile_count && c.count < CHUNK_TILES; i++, c.count++) {
        const wsi_px_jpeg_tile *t = &tiles[i];
        if (t->first_block + t->block_count - c.first_block > d->chunk_blocks) break;
        if (t->block_count > c.most_blocks) c.most_blocks = t->block_count;
        if (t->dst_w > c.most_w) c.most_w = t->dst_w;
        if (t->dst_h > c.most_h) c.most_h = t->dst_h;
    }
    return c;
}

/* Threads in use of a warp. Measured on an H200: one batch alone is done soonest with one lane, several streams'
 * batches together with four, which costs a batch alone a tenth. Where there are very many segments, warps are filled.
 */
static int lanes_for(const wsi_device_jpeg *d)
{
    const int sms = d->device->info.multiprocessors;
    int lanes = 1;
    while (lanes < 4 && lanes * FEW_WARPS * sms < d->batch.segment_count) lanes *= 2;
    while (lanes < 32 && lanes * MANY_WARPS * sms < d->batch.segment_count) lanes *= 2;
    return lanes;
}

wsi_status wsi_device_jpeg_run(wsi_device_jpeg *d, wsi_stream *stream, wsi_error *err)
{
    wsi_jpeg_batch *b = &d->batch;
    const int lanes = lanes_for(d);
    if (b->tile_count == 0) return WSI_OK;
    memset(d->verdicts, 0xFF, (size_t)b->tile_count * sizeof *d->verdicts);
    wsi_jpeg_batch_group(b, lanes * WSI_JPEG_WARPS);
    WSI_FORWARD(upload(d, stream, err));
    WSI_FORWARD(wsi_cuda_jpeg_scans(stream, &d->memory, b->group_count, lanes, err));
    for (int i = 0; i < b->tile_count;) {
        const wsi_jpeg_chunk chunk = next_chunk(d, i);
        WSI_FORWARD(wsi_cuda_jpeg_samples(stream, &d->memory, &chunk, err));
        WSI_FORWARD(wsi_cuda_jpeg_pixels(stream, &d->memory, &chunk, err));
        i += chunk.count;
    }
    d->ran = 1;
    return wsi_copy_to_host(stream, d->verdicts, d->memory.bad, (size_t)b->tile_count * sizeof *d->verdicts, err);
}

int wsi_device_jpeg_ok(const wsi_device_jpeg *d, int i)
{
    return d->ran && i >= 0 && i < d->batch.tile_count && d->verdicts[i] == 0;
}

void wsi_device_jpeg_clear(wsi_device_jpeg *d)
{
    wsi_jpeg_batch_clear(&d->batch);
    d->ran = 0;
}
