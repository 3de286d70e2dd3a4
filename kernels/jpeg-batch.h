/* The host's half of decoding JPEG on a device: tiles are checked, their entropy-coded bytes copied without stuffing,
 * their tables made ready. No CUDA here, so that tests decode the same batches on the CPU.
 *
 * Tiles come from files: everything is bounded by the limits that the arrays were sized by, and what is not perfectly
 * regular is refused. */
#ifndef WSI_JPEG_BATCH_H
#define WSI_JPEG_BATCH_H

#include "device-jpeg.h"
#include "px/jpeg-px.h"

/* Segments of one table set that one block of threads decodes together. */
typedef struct wsi_jpeg_group {
    int32_t set;
    int32_t segment, count;
} wsi_jpeg_group;

/* How much of everything a batch can hold. */
typedef struct wsi_jpeg_room {
    int tiles, segments;
    size_t bytes;         /* of staging: a multiple of 4 */
    uint32_t tile_blocks; /* of one tile */
    int64_t max_w, max_h; /* of a frame */
    size_t blocks;        /* of all tiles */
} wsi_jpeg_room;

/* 1 when the limits make sense. */
int wsi_jpeg_room_for(const wsi_device_jpeg_limits *limits, wsi_jpeg_room *out);

enum { WSI_JPEG_RECENT = 4 };

/* Arrays are the caller's, of the sizes in room: sets and tiles (room.tiles each), segments and groups (room.segments
 * each), bytes. */
typedef struct wsi_jpeg_batch {
    wsi_jpeg_room room;
    wsi_px_jpeg_set *sets;
    wsi_px_jpeg_tile *tiles;
    wsi_px_jpeg_segment *segments;
    wsi_jpeg_group *groups;
    uint8_t *bytes;
    int set_count, tile_count, segment_count, group_count;
    size_t used;   /* bytes */
    size_t blocks; /* of all tiles */
    struct {
        wsi_jpeg_frame frame; /* its tables */
        int set;
    } recent[WSI_JPEG_RECENT]; /* sets made last, the first recent_count of them in use */
    int recent_count, recent_next;
} wsi_jpeg_batch;

void wsi_jpeg_batch_clear(wsi_jpeg_batch *batch);
/* As wsi_device_jpeg_add; a tile that is not added leaves the batch as it was. */
wsi_device_jpeg_added wsi_jpeg_batch_add(wsi_jpeg_batch *batch, const wsi_jpeg_frame *frame, const void *bytes,
                                         size_t size, const wsi_image *dst);
/* Cuts the batch's segments into groups of at most per_group with one set each. */
void wsi_jpeg_batch_group(wsi_jpeg_batch *batch, int per_group);

/* The parts of adding a tile. Each returns 1, or 0 for what must be refused. */

int wsi_jpeg_set_make(const wsi_jpeg_frame *frame, wsi_px_jpeg_set *out);
/* Copies a scan up to its end marker into room (bytes enough for the scan and 4 for every segment) without stuffing,
 * and cuts it into `count` segments at its restart markers. The segments' word, size get filled, from `word` on;
 * *used gets the bytes written. */
int wsi_jpeg_scan_split(const uint8_t *scan, size_t size, uint8_t *room, uint32_t word, wsi_px_jpeg_segment *segments,
                        int count, size_t *used);

#endif
