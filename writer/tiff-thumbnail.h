/* The thumbnail page of a pyramid: a picture in strips, put together from the tiles of one level as they pass, so that
 * nothing is read or decoded for it.
 *
 * It is the largest level that fits into WSI_TIFF_THUMBNAIL_EDGE pixels a side or, where even the smallest does not
 * (one large tile), that one shrunk by a power of two. A pixel of the thumbnail belongs to the tile that its first
 * pixel lies in, so tiles on different threads never write the same one. */
#ifndef WSI_TIFF_THUMBNAIL_H
#define WSI_TIFF_THUMBNAIL_H

#include "writer-private.h"

enum {
    WSI_TIFF_THUMBNAIL_EDGE = 1024,
    WSI_TIFF_STRIP_ROWS = 64,
    WSI_TIFF_STRIPS_MAX = WSI_TIFF_THUMBNAIL_EDGE / WSI_TIFF_STRIP_ROWS,
    WSI_TIFF_THUMBNAIL_BYTES_MAX = 8 << 20 /* encoded: JPEG of noise takes six bytes a pixel */
};

typedef struct wsi_tiff_thumbnail {
    int level;            /* what it is made of */
    int64_t shrink;       /* pixels of that level a pixel, across and down */
    wsi_image pixels;     /* WSI_U8, rows without gaps; owned */
    _Atomic int64_t seen; /* pixels there are: tiles on any thread add theirs */
    int strip_count;
    uint64_t offsets[WSI_TIFF_STRIPS_MAX], counts[WSI_TIFF_STRIPS_MAX]; /* set by wsi_tiff_thumbnail_write */
} wsi_tiff_thumbnail;

/* For result 0 of the sink, 8-bit or BOOL. */
wsi_status wsi_tiff_thumbnail_create(const wsi_sink *sink, wsi_tiff_thumbnail **out, wsi_error *err);
/* NULL inside is accepted. */
void wsi_tiff_thumbnail_destroy(wsi_tiff_thumbnail **thumbnail);
/* Adds a tile of the level; x and y: where it lies in that. */
void wsi_tiff_thumbnail_see(wsi_tiff_thumbnail *thumbnail, int64_t x, int64_t y, const wsi_image *tile);
/* Compresses the strips as the sink does its tiles, and appends them. INTERNAL: tiles are missing. */
wsi_status wsi_tiff_thumbnail_write(wsi_sink *sink, wsi_tiff_thumbnail *thumbnail, wsi_error *err);

#endif
