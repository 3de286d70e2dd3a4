/* Encoders lent per tile: whatever compressing one tile needs, made once a thread and used again.
 *
 * A pool belongs to one sink. An encoder holds the codec's object and scratch memory; lending and giving back are
 * cheap, and after the first tiles nothing is allocated any more. */
#ifndef WSI_ENCODE_H
#define WSI_ENCODE_H

#include "common/error-private.h"
#include "encode-jpeg.h"
#include "writer.h"

typedef struct wsi_encoder_pool wsi_encoder_pool;

typedef struct wsi_encoder wsi_encoder;

/* jpeg: the settings, or NULL when the codec is another one. level 0: the codec's default. */
wsi_status wsi_encoder_pool_create(wsi_codec codec, int level, const wsi_jpeg_settings *jpeg, wsi_encoder_pool **out,
                                   wsi_error *err);
/* All encoders must have been given back. NULL inside is accepted. */
void wsi_encoder_pool_destroy(wsi_encoder_pool **pool);
wsi_status wsi_encoder_lend(wsi_encoder_pool *pool, wsi_encoder **out, wsi_error *err);
void wsi_encoder_give_back(wsi_encoder_pool *pool, wsi_encoder *encoder);

/* Scratch buffer `which` (0 or 1; encode.c has one more of its own) of at least size bytes, aligned for any sample;
 * NULL when out of memory. */
void *wsi_encoder_scratch(wsi_encoder *encoder, int which, size_t size);
wsi_jpeg_encoder *wsi_encoder_jpeg(wsi_encoder *encoder);

/* Most bytes a packed tile of `raw` bytes can take in that (lossless) codec. */
size_t wsi_encode_bound(wsi_codec codec, size_t raw);
/* Compresses packed bytes with the pool's codec (not JPEG). */
wsi_status wsi_encode_packed(wsi_encoder *encoder, const void *in, size_t raw, void *out, size_t capacity, size_t *size,
                             wsi_error *err);
/* The same of labels: bytes that mostly repeat the byte `near` before or `above` before. Another stream where that is
 * quicker: deflate at its default level. */
wsi_status wsi_encode_labels(wsi_encoder *encoder, const void *in, size_t raw, size_t near, size_t above, void *out,
                             size_t capacity, size_t *size, wsi_error *err);
/* Compresses a BOOL tile, extended to tile_w x tile_h, where there is a quicker way than wsi_encode_packed: deflate at
 * its default level. *size becomes 0 where there is none. */
wsi_status wsi_encode_mask(wsi_encoder *encoder, const wsi_image *tile, int64_t tile_w, int64_t tile_h, void *out,
                           size_t capacity, size_t *size, wsi_error *err);
/* The same of a square tile of one channel, from its bits, by an encoder of the pool. */
wsi_status wsi_encode_tile_bits(wsi_encoder_pool *pool, const void *bits, int64_t edge, void *out, size_t capacity,
                                size_t *size, wsi_error *err);
/* The level in force: the one given, or the codec's default; 0 for codecs without levels. */
int wsi_encode_level(wsi_codec codec, int level);

#endif
