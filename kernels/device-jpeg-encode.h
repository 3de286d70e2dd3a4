/* Baseline JPEG encoded on a device, byte for byte as libjpeg-turbo does (accurate integer transform, given Huffman
 * tables): an output is the same file whoever encoded its tiles, so CPU and devices share them. nvJPEG, with arithmetic
 * of its own, does not give that.
 *
 * The device makes the scans and writes them straight into pinned memory, so that only compressed bytes cross the bus
 * and nobody has to wait for their size; the host puts the head before them. A scan longer than the room it has is left
 * to the CPU encoder.
 *
 * An encoder belongs to one thread at a time; its memory is allocated once, at its creation. */
#ifndef WSI_DEVICE_JPEG_ENCODE_H
#define WSI_DEVICE_JPEG_ENCODE_H

#include "common/jpeg-encoding.h"
#include "device.h"

typedef struct wsi_jpeg_encode_settings {
    /* One component, or three whose chroma is sampled 1x1 and whose luma 1x1, 2x1 or 2x2. frame.w = frame.h: the
     * tile's edge, a multiple of 16 up to 4096. No restarts. */
    wsi_jpeg_encoding encoding;
    int max_tiles;     /* of one block */
    size_t scan_bytes; /* room for one tile's scan; 0: half the bytes of its pixels */
} wsi_jpeg_encode_settings;

typedef struct wsi_device_jpeg_encoder wsi_device_jpeg_encoder;

/* Bytes of device memory, and of pinned host memory, that an encoder takes; zeros where the settings are impossible.
 * Pure. */
void wsi_device_jpeg_encoder_memory(const wsi_jpeg_encode_settings *settings, size_t *device_bytes,
                                    size_t *pinned_bytes);
/* Waits for the upload of its tables. */
wsi_status wsi_device_jpeg_encoder_create(wsi_device *device, const wsi_jpeg_encode_settings *settings,
                                          wsi_device_jpeg_encoder **out, wsi_error *err);
/* Nothing may be running. */
void wsi_device_jpeg_encoder_destroy(wsi_device_jpeg_encoder **encoder);

/* Queues the encoding of a block: device memory, WSI_U8 with as many channels as there are components, any pitch and
 * alignment. Tiles are counted in raster order from its top-left corner; those cut by its right and bottom edge are
 * filled by repeating their last column and row. USAGE: more than max_tiles. Waits for nothing; nothing queued by this
 * encoder may be running, and what it encoded before is gone. */
wsi_status wsi_device_jpeg_encode(wsi_device_jpeg_encoder *encoder, wsi_stream *stream, const wsi_image *block,
                                  wsi_error *err);
/* After the queued work is done: writes the i-th tile's stream to out (capacity bytes; room for the CPU encoder's
 * bound is enough) and its size to *size. 0 when the tile is not there or its stream did not fit: the CPU encodes it.
 * Any thread. */
int wsi_device_jpeg_encoder_take(const wsi_device_jpeg_encoder *encoder, int i, void *out, size_t capacity,
                                 size_t *size);

#endif
