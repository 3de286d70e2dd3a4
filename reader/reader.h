/* Slide sources. Opening and looking are what the public header declares; here is what the streaming executor needs
 * beyond that: tiles, their compressed bytes, rectangles in the slide's own format.
 *
 * A handle may be used from many threads at once; library handles that may not be shared are lent from a pool
 * inside it, per call. Drivers stand in one array (reader.c), specific before generic. */
#ifndef WSI_READER_H
#define WSI_READER_H

#include <wsiproc/slide.h>

#include "common/error-private.h"
#include "common/image.h"
#include "common/jpeg-frame.h"
#include "common/log.h"

/* Pixels tile (tx, ty) of a level covers, clipped to the level. */
wsi_rect wsi_slide_tile_rect(const wsi_slide *slide, int level, int64_t tx, int64_t ty);

/* Where a tile's compressed bytes lie. size 0: the tile is missing (sparse), or its place in the file is impossible,
 * or the level has raw == 0; wsi_slide_read_tile, called with bytes NULL, fills in the background or tells what is
 * wrong. Never blocks, no I/O. */
typedef struct wsi_tile_span {
    uint64_t offset, size; /* bytes; inside the file, size within a small multiple of the decoded tile's */
} wsi_tile_span;
wsi_tile_span wsi_slide_tile_span(const wsi_slide *slide, int level, int64_t tx, int64_t ty);
/* Reads bytes of the slide's file (positioned read; only for levels with raw == 1). */
wsi_status wsi_slide_read_bytes(wsi_slide *slide, uint64_t offset, size_t size, void *buf, wsi_error *err);

/* Decodes one tile into dst, whose size must be the tile's clipped rectangle and whose format the slide's. Where the
 * level is JPEG, dst may be lower than that: the tile's upper rows are decoded, and what follows is not looked at.
 * bytes: the compressed bytes fetched before, or NULL: the driver fetches them itself. A missing tile is filled
 * with background. The message names slide, level and tile. Blocks on I/O when bytes is NULL. */
wsi_status wsi_slide_read_tile(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                               const wsi_image *dst, wsi_error *err);

/* Reads the headers of a tile's compressed bytes, for a decoder outside this folder that gives the same pixels as
 * wsi_slide_read_tile. *usable gets 0, and *out anything, where the level is not JPEG, the tile is not a baseline JPEG
 * of one interleaved scan with 8-bit samples and 1 or 3 components, its size is not the tile's, or its headers are
 * not perfectly regular. Errors: NO_MEMORY. Never blocks. */
wsi_status wsi_slide_jpeg_frame(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                                wsi_jpeg_frame *out, int *usable, wsi_error *err);
/* 1 when the level's tiles are JPEG, so that wsi_slide_jpeg_frame is worth asking. */
int wsi_slide_level_is_jpeg(const wsi_slide *slide, int level);

/* Reads any rectangle of a level, which must lie inside it; decodes every tile it touches. For small reads
 * (thumbnails, tests); the scheduler streams instead. */
wsi_status wsi_slide_decode_rect(wsi_slide *slide, int level, wsi_rect rect, const wsi_image *dst, wsi_error *err);

/* Fails where the slide's file was written to since it was opened, so that what was read may be of two slides; a file
 * that was removed or replaced is the old one to who has it open. Errors: INPUT_CORRUPT. */
wsi_status wsi_slide_check_unchanged(const wsi_slide *slide, wsi_error *err);

/* Fills with the slide's background; dst has the slide's format. */
void wsi_slide_fill_background(const wsi_slide *slide, const wsi_image *dst);

/* Reads an associated image whole, as 8-bit RGB; dst must have its size. */
wsi_status wsi_slide_decode_associated(wsi_slide *slide, int index, const wsi_image *dst, wsi_error *err);

#endif
