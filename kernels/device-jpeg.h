/* Baseline JPEG decoded on a device, bit for bit as libjpeg-turbo does (accurate integer transform, fancy upsampling):
 * a tile has the same pixels whoever decoded it, so CPU and devices share the tiles of one slide. nvJPEG, with a
 * transform and upsampling of its own, does not give that.
 *
 * The host reads the headers (common/jpeg-frame.h) and strips the byte stuffing while it copies the entropy-coded
 * bytes into pinned memory; the device does the rest. What is not perfectly regular is left to the CPU decoder: a
 * frame of another kind is refused when it is added, a broken scan is reported per tile.
 *
 * A decoder belongs to one thread at a time; its memory is allocated once, at its creation. */
#ifndef WSI_DEVICE_JPEG_H
#define WSI_DEVICE_JPEG_H

#include "common/jpeg-frame.h"
#include "device.h"

typedef struct wsi_device_jpeg wsi_device_jpeg;

typedef struct wsi_device_jpeg_limits {
    int tiles;              /* most in one batch */
    int64_t tile_w, tile_h; /* largest frame: this, rounded up to 16 each way */
    size_t bytes;           /* most entropy-coded bytes in one batch */
} wsi_device_jpeg_limits;

/* Bytes of device memory, and of pinned host memory, that a decoder takes. Pure. */
void wsi_device_jpeg_memory(const wsi_device_jpeg_limits *limits, size_t *device_bytes, size_t *pinned_bytes);

wsi_status wsi_device_jpeg_create(wsi_device *device, const wsi_device_jpeg_limits *limits, wsi_device_jpeg **out,
                                  wsi_error *err);
/* No batch may be running. */
void wsi_device_jpeg_destroy(wsi_device_jpeg **decoder);

typedef enum wsi_device_jpeg_added {
    WSI_DEVICE_JPEG_ADDED = 0,
    WSI_DEVICE_JPEG_FULL,   /* run the batch first */
    WSI_DEVICE_JPEG_REFUSED /* not a frame, or not a stream, that the device decodes */
} wsi_device_jpeg_added;

/* Adds a tile to the batch. bytes: the whole stream that frame describes, not needed after the call. dst: top-left
 * dst->w x dst->h pixels of the frame go there: device memory, WSI_U8 with as many channels as the frame has
 * components, any alignment. Waits for nothing; no batch of this decoder may be running. */
wsi_device_jpeg_added wsi_device_jpeg_add(wsi_device_jpeg *decoder, const wsi_jpeg_frame *frame, const void *bytes,
                                          size_t size, const wsi_image *dst);
/* Tiles added so far. */
int wsi_device_jpeg_count(const wsi_device_jpeg *decoder);
/* Queues the batch: upload, kernels, download of the verdicts. */
wsi_status wsi_device_jpeg_run(wsi_device_jpeg *decoder, wsi_stream *stream, wsi_error *err);
/* After the queued work is done: 1 when the i-th added tile was decoded, 0 when its scan is not regular: dst then holds
 * anything and the CPU decoder says what the tile is. */
int wsi_device_jpeg_ok(const wsi_device_jpeg *decoder, int i);
/* Empties the batch. */
void wsi_device_jpeg_clear(wsi_device_jpeg *decoder);

#endif
