/* device-jpeg-encode.h over CUDA. Everything is queued on the caller's stream: coefficients, the places of their bits,
 * the bits, the stuffing, which is written straight into pinned memory.
 *
 * All memory is one block on the device and one of pinned memory, cut up alike for asking and for making. */
#include "jpeg-encode-cuda.h"

#include <string.h>

#include "common/mem.h"

enum { CUT = 256 };

struct wsi_device_jpeg_encoder {
    wsi_device *device;
    wsi_jpeg_plan plan;
    wsi_jpeg_encode_memory memory;
    wsi_px_jpeg_book *book; /* memory.book */
    void *on_device, *pinned;
};

/* The next piece of a block that starts at base; without a base, only counts. */
static void *cut(char *base, size_t *used, size_t count, size_t size)
{
    void *piece = base ? base + *used : NULL;
    *used += (count * size + CUT - 1) / CUT * CUT;
    return piece;
}

static size_t chunks_of(const wsi_jpeg_plan *plan)
{
    return (plan->cut.room + WSI_JPEG_CHUNK - 1) / WSI_JPEG_CHUNK;
}

static size_t cut_device(char *base, const wsi_jpeg_plan *plan, wsi_jpeg_encode_memory *m, wsi_px_jpeg_book **book)
{
    const size_t tiles = (size_t)plan->max_tiles, blocks = tiles * plan->cut.tile_blocks;
    size_t used = 0;
    *book = cut(base, &used, 1, sizeof **book);
    m->book = *book;
    m->coefficients = cut(base, &used, blocks, 8 * sizeof *m->coefficients);
    m->facts = cut(base, &used, blocks, sizeof *m->facts);
    m->places = cut(base, &used, blocks, sizeof *m->places);
    m->bits = cut(base, &used, tiles, sizeof *m->bits);
    m->words = cut(base, &used, tiles, plan->cut.room);
    m->stuffing = cut(base, &used, tiles * chunks_of(plan), sizeof *m->stuffing);
    return used;
}

static size_t cut_pinned(char *base, const wsi_jpeg_plan *plan, wsi_jpeg_encode_memory *m)
{
    const size_t tiles = (size_t)plan->max_tiles;
    size_t used = 0;
    m->scans = cut(base, &used, tiles, plan->cut.room);
    m->sizes = cut(base, &used, tiles, sizeof *m->sizes);
    return used;
}

void wsi_device_jpeg_encoder_memory(const wsi_jpeg_encode_settings *settings, size_t *device_bytes,
                                    size_t *pinned_bytes)
{
    wsi_jpeg_plan plan;
    wsi_jpeg_encode_memory memory;
    wsi_px_jpeg_book *book;
    const int possible = wsi_jpeg_plan_make(settings, &plan);
    *device_bytes = possible ? cut_device(NULL, &plan, &memory, &book) : 0;
    *pinned_bytes = possible ? cut_pinned(NULL, &plan, &memory) : 0;
}

/* From pageable memory the copy waits by itself; the stream is finished in any case before the tables are used. */
static wsi_status upload_book(wsi_device_jpeg_encoder *e, wsi_error *err)
{
    wsi_stream *stream = NULL;
    WSI_FORWARD(wsi_stream_create(e->device, &stream, err));
    wsi_status status = wsi_copy_to_device(stream, e->book, &e->plan.book, sizeof e->plan.book, err);
    if (status == WSI_OK) status = wsi_stream_finish(stream, err);
    wsi_stream_destroy(&stream);
    return status;
}

static wsi_status set_up(wsi_device_jpeg_encoder *e, const wsi_jpeg_encode_settings *settings, wsi_error *err)
{
    WSI_RETURN_IF(!wsi_jpeg_plan_make(settings, &e->plan), WSI_ERR_USAGE,
                  "JPEG on a GPU: impossible settings of %d tiles of %dx%d", settings->max_tiles,
                  settings->encoding.frame.w, settings->encoding.frame.h);
    const size_t device_bytes = cut_device(NULL, &e->plan, &e->memory, &e->book);
    const size_t pinned_bytes = cut_pinned(NULL, &e->plan, &e->memory);
    WSI_FORWARD(wsi_device_alloc(e->device, device_bytes, &e->on_device, err));
    WSI_FORWARD(wsi_pinned_alloc(e->device, pinned_bytes, &e->pinned, err));
    cut_device(e->on_device, &e->plan, &e->memory, &e->book);
    cut_pinned(e->pinned, &e->plan, &e->memory);
    memset(e->memory.sizes, 0, (size_t)e->plan.max_tiles * sizeof *e->memory.sizes);
    return upload_book(e, err);
}

wsi_status wsi_device_jpeg_encoder_create(wsi_device *device, const wsi_jpeg_encode_settings *settings,
                                          wsi_device_jpeg_encoder **out, wsi_error *err)
{
    *out = NULL;
    wsi_device_jpeg_encoder *e = wsi_calloc(1, sizeof *e);
    WSI_RETURN_IF(!e, WSI_ERR_NO_MEMORY, "GPU %d: out of memory", device->info.index);
    e->device = device;
    const wsi_status status = set_up(e, settings, err);
    if (status == WSI_OK)
        *out = e;
    else
        wsi_device_jpeg_encoder_destroy(&e);
    return status;
}

void wsi_device_jpeg_encoder_destroy(wsi_device_jpeg_encoder **encoder)
{
    wsi_device_jpeg_encoder *e = *encoder;
    *encoder = NULL;
    if (!e) return;
    wsi_device_free(e->device, &e->on_device);
    wsi_pinned_free(e->device, &e->pinned);
    wsi_free(e);
}

wsi_status wsi_device_jpeg_encode(wsi_device_jpeg_encoder *e, wsi_stream *stream, const wsi_image *block,
                                  wsi_error *err)
{
    wsi_jpeg_grid grid;
    WSI_RETURN_IF(!wsi_jpeg_plan_grid(&e->plan, block, &grid), WSI_ERR_USAGE,
                  "JPEG on a GPU: a block of %lldx%lld is not one of at most %d tiles", (long long)block->w,
                  (long long)block->h, e->plan.max_tiles);
    const wsi_jpeg_encode_job job = {.memory = e->memory,
                                     .cut = e->plan.cut,
                                     .pixels = block->data,
                                     .stride = block->stride,
                                     .w = (int32_t)block->w,
                                     .h = (int32_t)block->h,
                                     .tiles_x = (int32_t)grid.tiles_x,
                                     .tiles = (int32_t)(grid.tiles_x * grid.tiles_y),
                                     .chunks = (uint32_t)chunks_of(&e->plan)};
    const cudaError_t code = cudaSetDevice(e->device->info.index);
    WSI_RETURN_IF(code != cudaSuccess, WSI_ERR_DEVICE, "GPU %d (%s): JPEG: %s", e->device->info.index,
                  e->device->info.name, cudaGetErrorString(code));
    memset(e->memory.sizes, 0, (size_t)e->plan.max_tiles * sizeof *e->memory.sizes);
    WSI_FORWARD(wsi_cuda_jpeg_coefficients(stream, &job, err));
    WSI_FORWARD(wsi_cuda_jpeg_places(stream, &job, err));
    WSI_FORWARD(wsi_cuda_jpeg_words(stream, &job, err));
    return wsi_cuda_jpeg_stuffing(stream, &job, err);
}

int wsi_device_jpeg_encoder_take(const wsi_device_jpeg_encoder *e, int i, void *out, size_t capacity, size_t *size)
{
    *size = 0;
    if (i < 0 || i >= e->plan.max_tiles || e->memory.sizes[i] == 0) return 0;
    const uint8_t *scan = e->memory.scans + (size_t)i * e->plan.cut.room;
    return wsi_jpeg_plan_join(&e->plan, scan, e->memory.sizes[i], out, capacity, size);
}
