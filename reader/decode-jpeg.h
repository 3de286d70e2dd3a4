/* Baseline and progressive JPEG through libjpeg-turbo, for tiles of slides.
 *
 * Streams may be abbreviated: shared tables (TIFF's JPEGTables) are loaded once into a decoder and stay there between
 * tiles. Pixels are libjpeg's defaults (accurate integer transform, fancy upsampling), as OpenSlide's are. */
#ifndef WSI_DECODE_JPEG_H
#define WSI_DECODE_JPEG_H

#include "common/error-private.h"
#include "common/image.h"
#include "common/jpeg-frame.h"

/* What a stream's markers say, found without decoding. */
typedef struct wsi_jpeg_header {
    int w, h; /* pixels; 0 when the stream has no frame header */
    int components, precision;
    int ids[4];
    int h_samp[4], v_samp[4];
    int jfif;       /* 1: a JFIF marker */
    int adobe;      /* Adobe marker's transform (0, 1, 2), or -1 */
    int own_tables; /* 1: quantisation or Huffman tables of its own */
} wsi_jpeg_header;

/* 1 when the markers up to the scan make sense. Pure. */
int wsi_jpeg_parse(const void *bytes, size_t size, wsi_jpeg_header *out);

typedef enum wsi_jpeg_colour {
    WSI_JPEG_AS_STORED = 0, /* no transform */
    WSI_JPEG_YCC_TO_RGB
} wsi_jpeg_colour;

/* Whether the stream's three components are YCbCr: its JFIF or Adobe marker, component ids or subsampling decide;
 * where it says nothing, the container's photometric tag does. */
wsi_jpeg_colour wsi_jpeg_decide_colour(const wsi_jpeg_header *header, int container_says_ycc);

typedef struct wsi_jpeg wsi_jpeg;

/* Shared tables; id tells one set from another (never 0, one id for one content for the decoder's whole life). */
typedef struct wsi_jpeg_tables {
    const void *bytes;
    size_t size;
    uint64_t id;
} wsi_jpeg_tables;

wsi_jpeg *wsi_jpeg_create(wsi_error *err);
void wsi_jpeg_destroy(wsi_jpeg **jpeg);
/* Decodes the top-left dst->w x dst->h pixels of one stream, which may be at most 15 pixels larger than tile_w x
 * tile_h each way. dst: WSI_U8 with as many channels as the stream has components. tables may be NULL. One thread at
 * a time. Errors: INPUT_CORRUPT (also for a stream that ends early), INPUT_UNSUPPORTED, NO_MEMORY. */
wsi_status wsi_jpeg_decode(wsi_jpeg *jpeg, const wsi_jpeg_tables *tables, wsi_jpeg_colour colour, const void *bytes,
                           size_t size, int64_t tile_w, int64_t tile_h, const wsi_image *dst, wsi_error *err);
/* Reads the headers of a stream that wsi_jpeg_decode would take with the same arguments (of dst, size and format are
 * looked at). *usable gets 0, and *out anything, unless the stream is sequential with Huffman codes and its first
 * scan holds all of its 1 or 3 components in order. Errors: NO_MEMORY. */
wsi_status wsi_jpeg_read_frame(wsi_jpeg *jpeg, const wsi_jpeg_tables *tables, wsi_jpeg_colour colour, const void *bytes,
                               size_t size, int64_t tile_w, int64_t tile_h, const wsi_image *dst, wsi_jpeg_frame *out,
                               int *usable, wsi_error *err);

#endif
