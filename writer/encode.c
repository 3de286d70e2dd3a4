/* The pool of encoders and the choice among the lossless codecs. */
#include "encode.h"

#include "common/mem.h"
#include "common/thread.h"
#include "encode-deflate.h"
#include "encode-labels.h"
#include "encode-lzw.h"
#include "encode-mask.h"
#include "encode-zstd.h"
#include "pack.h"

#include <pthread.h>
#include <string.h>

struct wsi_encoder {
    wsi_encoder *next; /* in the pool's list, under its lock */
    wsi_codec codec;
    int level;
    wsi_deflate *deflate;
    wsi_zstd *zstd;
    wsi_jpeg_encoder *jpeg;
    void *scratch[3];
    size_t scratch_size[3];
};

struct wsi_encoder_pool {
    pthread_mutex_t lock;
    wsi_encoder *idle; /* under lock */
    wsi_codec codec;   /* set at creation */
    int level;
    wsi_jpeg_settings jpeg;
};

int wsi_encode_level(wsi_codec codec, int level)
{
    if (codec == WSI_CODEC_DEFLATE) return level ? level : WSI_DEFLATE_LEVEL_DEFAULT;
    if (codec == WSI_CODEC_ZSTD) return level ? level : WSI_ZSTD_LEVEL_DEFAULT;
    return 0;
}

static void destroy_encoder(wsi_encoder **encoder)
{
    wsi_encoder *e = *encoder;
    if (e->deflate) wsi_deflate_destroy(&e->deflate);
    if (e->zstd) wsi_zstd_destroy(&e->zstd);
    wsi_jpeg_encoder_destroy(&e->jpeg);
    wsi_free(e->scratch[0]);
    wsi_free(e->scratch[1]);
    wsi_free(e->scratch[2]);
    wsi_free(e);
    *encoder = NULL;
}

static wsi_status create_encoder(const wsi_encoder_pool *pool, wsi_encoder **out, wsi_error *err)
{
    wsi_encoder *e = wsi_calloc(1, sizeof *e);
    WSI_RETURN_IF(!e, WSI_ERR_NO_MEMORY, "out of memory");
    e->codec = pool->codec;
    e->level = pool->level;
    wsi_status status = WSI_OK;
    if (e->codec == WSI_CODEC_DEFLATE) status = wsi_deflate_create(pool->level, &e->deflate, err);
    if (e->codec == WSI_CODEC_ZSTD) status = wsi_zstd_create(pool->level, &e->zstd, err);
    if (e->codec == WSI_CODEC_JPEG) status = wsi_jpeg_encoder_create(&pool->jpeg, &e->jpeg, err);
    if (status != WSI_OK) {
        destroy_encoder(&e);
        return status;
    }
    *out = e;
    return WSI_OK;
}

wsi_status wsi_encoder_pool_create(wsi_codec codec, int level, const wsi_jpeg_settings *jpeg, wsi_encoder_pool **out,
                                   wsi_error *err)
{
    wsi_encoder_pool *pool = wsi_calloc(1, sizeof *pool);
    WSI_RETURN_IF(!pool, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_mutex_init(&pool->lock);
    pool->codec = codec;
    pool->level = wsi_encode_level(codec, level);
    if (jpeg) pool->jpeg = *jpeg;
    *out = pool;
    return WSI_OK;
}

void wsi_encoder_pool_destroy(wsi_encoder_pool **pool)
{
    if (!*pool) return;
    while ((*pool)->idle) {
        wsi_encoder *e = (*pool)->idle;
        (*pool)->idle = e->next;
        destroy_encoder(&e);
    }
    pthread_mutex_destroy(&(*pool)->lock);
    wsi_free(*pool);
    *pool = NULL;
}

wsi_status wsi_encoder_lend(wsi_encoder_pool *pool, wsi_encoder **out, wsi_error *err)
{
    pthread_mutex_lock(&pool->lock);
    *out = pool->idle;
    if (*out) pool->idle = (*out)->next;
    pthread_mutex_unlock(&pool->lock);
    return *out ? WSI_OK : create_encoder(pool, out, err);
}

void wsi_encoder_give_back(wsi_encoder_pool *pool, wsi_encoder *encoder)
{
    pthread_mutex_lock(&pool->lock);
    encoder->next = pool->idle;
    pool->idle = encoder;
    pthread_mutex_unlock(&pool->lock);
}

void *wsi_encoder_scratch(wsi_encoder *encoder, int which, size_t size)
{
    if (encoder->scratch_size[which] < size) {
        wsi_free(encoder->scratch[which]);
        encoder->scratch[which] = wsi_calloc(1, size);
        encoder->scratch_size[which] = encoder->scratch[which] ? size : 0;
    }
    return encoder->scratch[which];
}

wsi_jpeg_encoder *wsi_encoder_jpeg(wsi_encoder *encoder)
{
    return encoder->jpeg;
}

size_t wsi_encode_bound(wsi_codec codec, size_t raw)
{
    switch (codec) {
    case WSI_CODEC_DEFLATE:
        return wsi_deflate_bound(raw);
    case WSI_CODEC_ZSTD:
        return wsi_zstd_bound(raw);
    case WSI_CODEC_LZW:
        return wsi_lzw_bound(raw);
    case WSI_CODEC_NONE:
    case WSI_CODEC_JPEG:
        break;
    }
    return raw;
}

wsi_status wsi_encode_packed(wsi_encoder *encoder, const void *in, size_t raw, void *out, size_t capacity, size_t *size,
                             wsi_error *err)
{
    switch (encoder->codec) {
    case WSI_CODEC_DEFLATE:
        return wsi_deflate_encode(encoder->deflate, in, raw, out, capacity, size, err);
    case WSI_CODEC_ZSTD:
        return wsi_zstd_encode(encoder->zstd, in, raw, out, capacity, size, err);
    case WSI_CODEC_LZW:
        return wsi_lzw_encode(in, raw, out, capacity, size, err);
    case WSI_CODEC_NONE:
    case WSI_CODEC_JPEG:
        break;
    }
    WSI_RETURN_IF(encoder->codec == WSI_CODEC_JPEG || raw > capacity, WSI_ERR_INTERNAL,
                  "%s cannot take packed bytes here", wsi_codec_name(encoder->codec));
    memcpy(out, in, raw);
    *size = raw;
    return WSI_OK;
}

wsi_status wsi_encode_labels(wsi_encoder *encoder, const void *in, size_t raw, size_t near, size_t above, void *out,
                             size_t capacity, size_t *size, wsi_error *err)
{
    *size = 0;
    if (encoder->codec == WSI_CODEC_DEFLATE && encoder->level == WSI_DEFLATE_LEVEL_DEFAULT &&
        above <= WSI_MASK_ROW_MAX) {
        void *scratch = wsi_encoder_scratch(encoder, 2, wsi_labels_scratch(raw));
        WSI_RETURN_IF(!scratch, WSI_ERR_NO_MEMORY, "out of memory");
        wsi_labels_encode(in, raw, near, above, scratch, out, capacity, size);
    }
    return *size ? WSI_OK : wsi_encode_packed(encoder, in, raw, out, capacity, size, err);
}

static int takes_masks(const wsi_encoder *encoder, size_t row)
{
    return encoder->codec == WSI_CODEC_DEFLATE && encoder->level == WSI_DEFLATE_LEVEL_DEFAULT &&
           row % WSI_MASK_ROW == 0 && row <= WSI_MASK_ROW_MAX;
}

/* A mask from the bits of the whole tile: rows of `row` samples, `step` of them a pixel. */
static wsi_status encode_bits(wsi_encoder *encoder, const uint64_t *bits, size_t step, size_t row, size_t rows,
                              void *out, size_t capacity, size_t *size, wsi_error *err)
{
    *size = 0;
    if (!takes_masks(encoder, row)) return WSI_OK;
    void *scratch = wsi_encoder_scratch(encoder, 0, wsi_mask_scratch(row * rows));
    WSI_RETURN_IF(!scratch, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_mask_encode(bits, scratch, step, row, rows, out, capacity, size);
    return WSI_OK;
}

wsi_status wsi_encode_mask(wsi_encoder *encoder, const wsi_image *tile, int64_t tile_w, int64_t tile_h, void *out,
                           size_t capacity, size_t *size, wsi_error *err)
{
    const size_t channels = (size_t)tile->fmt.channels, row = (size_t)tile_w * channels;
    *size = 0;
    if (tile->fmt.type != WSI_BOOL || !takes_masks(encoder, row)) return WSI_OK;
    uint64_t *bits = wsi_encoder_scratch(encoder, 1, row * (size_t)tile_h / 8);
    WSI_RETURN_IF(!bits, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_pack_bits(tile, tile_w, tile_h, bits);
    return encode_bits(encoder, bits, channels, row, (size_t)tile_h, out, capacity, size, err);
}

wsi_status wsi_encode_tile_bits(wsi_encoder_pool *pool, const void *bits, int64_t edge, void *out, size_t capacity,
                                size_t *size, wsi_error *err)
{
    wsi_encoder *encoder = NULL;
    WSI_FORWARD(wsi_encoder_lend(pool, &encoder, err));
    const wsi_status status = encode_bits(encoder, bits, 1, (size_t)edge, (size_t)edge, out, capacity, size, err);
    wsi_encoder_give_back(pool, encoder);
    return status;
}
