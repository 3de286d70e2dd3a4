/* device-jpeg-encode.h of the emulation (device-emulated.h), by the CPU's version of the kernels. */
#include <string.h>

#include "common/mem.h"
#include "device-emulated.h"
#include "jpeg-encode-cpu.h"

struct wsi_device_jpeg_encoder {
    wsi_jpeg_plan plan;
    uint8_t *scans;
    uint32_t *sizes;
};

void wsi_device_jpeg_encoder_memory(const wsi_jpeg_encode_settings *settings, size_t *device_bytes,
                                    size_t *pinned_bytes)
{
    wsi_jpeg_plan plan;
    *device_bytes = *pinned_bytes = 0;
    if (!wsi_jpeg_plan_make(settings, &plan)) return;
    *device_bytes = (size_t)plan.max_tiles * ((size_t)plan.cut.tile_blocks * 140 + plan.cut.room);
    *pinned_bytes = (size_t)plan.max_tiles * (plan.cut.room + sizeof(uint32_t));
}

wsi_status wsi_device_jpeg_encoder_create(wsi_device *device, const wsi_jpeg_encode_settings *settings,
                                          wsi_device_jpeg_encoder **out, wsi_error *err)
{
    (void)device;
    wsi_device_jpeg_encoder *e = wsi_calloc(1, sizeof *e);
    *out = NULL;
    WSI_RETURN_IF(!e, WSI_ERR_NO_MEMORY, "no memory");
    const int possible = wsi_jpeg_plan_make(settings, &e->plan);
    if (possible) {
        e->scans = wsi_calloc((size_t)e->plan.max_tiles, e->plan.cut.room);
        e->sizes = wsi_calloc((size_t)e->plan.max_tiles, sizeof *e->sizes);
    }
    if (e->scans && e->sizes) {
        *out = e;
        return WSI_OK;
    }
    wsi_device_jpeg_encoder_destroy(&e);
    return possible ? wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory")
                    : wsi_error_set(err, WSI_ERR_USAGE, "JPEG on a GPU: impossible settings");
}

void wsi_device_jpeg_encoder_destroy(wsi_device_jpeg_encoder **encoder)
{
    wsi_device_jpeg_encoder *e = *encoder;
    *encoder = NULL;
    if (!e) return;
    wsi_free(e->scans);
    wsi_free(e->sizes);
    wsi_free(e);
}

static void run_encode(void *encoder, const wsi_image *block)
{
    wsi_device_jpeg_encoder *e = encoder;
    jpeg_encode_cpu(&e->plan, block, e->scans, e->sizes);
}

wsi_status wsi_device_jpeg_encode(wsi_device_jpeg_encoder *e, wsi_stream *stream, const wsi_image *block,
                                  wsi_error *err)
{
    wsi_jpeg_grid grid;
    WSI_RETURN_IF(!wsi_jpeg_plan_grid(&e->plan, block, &grid), WSI_ERR_USAGE, "JPEG on a GPU: not such a block");
    memset(e->sizes, 0, (size_t)e->plan.max_tiles * sizeof *e->sizes);
    return wsi_device_emulation_queue(stream, run_encode, e, block, err);
}

int wsi_device_jpeg_encoder_take(const wsi_device_jpeg_encoder *e, int i, void *out, size_t capacity, size_t *size)
{
    *size = 0;
    if (i < 0 || i >= e->plan.max_tiles || e->sizes[i] == 0) return 0;
    const uint8_t *scan = e->scans + (size_t)i * e->plan.cut.room;
    return wsi_jpeg_plan_join(&e->plan, scan, e->sizes[i], out, capacity, size);
}
