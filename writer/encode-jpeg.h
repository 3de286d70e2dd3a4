/* JPEG tiles for TIFF (compression 7): abbreviated streams that share one set of tables (tag 347). */
#ifndef WSI_ENCODE_JPEG_H
#define WSI_ENCODE_JPEG_H

#include "common/error-private.h"
#include "common/image.h"
#include "common/jpeg-encoding.h"
#include "writer.h"

typedef struct wsi_jpeg_settings {
    int channels;                /* 1: grey, 3: RGB stored as YCbCr */
    int quality;                 /* 1..100 */
    wsi_subsampling subsampling; /* of chroma; 3 channels only */
    int64_t tile;                /* edge of the square tile */
} wsi_jpeg_settings;

typedef struct wsi_jpeg_encoder wsi_jpeg_encoder;

/* Pixels of luma a chroma sample covers. */
int wsi_jpeg_subsampling_x(wsi_subsampling s);
int wsi_jpeg_subsampling_y(wsi_subsampling s);

wsi_status wsi_jpeg_encoder_create(const wsi_jpeg_settings *settings, wsi_jpeg_encoder **out, wsi_error *err);
void wsi_jpeg_encoder_destroy(wsi_jpeg_encoder **encoder);
/* Most bytes one tile can take. */
size_t wsi_jpeg_bound(const wsi_jpeg_settings *settings);
/* The stream of tables alone; owned by the encoder, the same for the same settings. */
const void *wsi_jpeg_tables(const wsi_jpeg_encoder *encoder, size_t *size);
/* view: at most tile x tile pixels of WSI_U8; its last column and row are repeated to fill the tile. */
wsi_status wsi_jpeg_encode(wsi_jpeg_encoder *encoder, const wsi_image *view, void *out, size_t capacity, size_t *size,
                           wsi_error *err);
/* What those streams have in common. Encodes a tile to find out. */
wsi_status wsi_jpeg_describe(wsi_jpeg_encoder *encoder, wsi_jpeg_encoding *out, wsi_error *err);

#endif
