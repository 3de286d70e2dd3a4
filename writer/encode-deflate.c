/* Deflate: by ISA-L at the default level, by libdeflate at the levels that are asked for. Decoding is libdeflate's. */
#include "encode-deflate.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include "common/mem.h"

enum { ISAL_LEVEL = 2 };

struct wsi_deflate {
    struct libdeflate_compressor *slow; /* NULL: ISA-L */
    struct isal_zstream fast;
    uint8_t tables[ISAL_DEF_LVL2_DEFAULT];
};

wsi_status wsi_deflate_create(int level, wsi_deflate **out, wsi_error *err)
{
    wsi_deflate *d = wsi_calloc(1, sizeof *d);
    *out = d;
    WSI_RETURN_IF(!d, WSI_ERR_NO_MEMORY, "out of memory");
    if (level == WSI_DEFLATE_LEVEL_DEFAULT) return WSI_OK;
    d->slow = libdeflate_alloc_compressor(level);
    if (d->slow) return WSI_OK;
    wsi_free(d);
    *out = NULL;
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
}

void wsi_deflate_destroy(wsi_deflate **deflate)
{
    if ((*deflate)->slow) libdeflate_free_compressor((*deflate)->slow);
    wsi_free(*deflate);
    *deflate = NULL;
}

/* Both store what does not compress: 5 bytes a block of at most 65535, and the wrapping. libdeflate's bound is for its
 * own, shorter, blocks, which leaves ISA-L room too; some more for the end of its stream. */
size_t wsi_deflate_bound(size_t raw)
{
    return libdeflate_zlib_compress_bound(NULL, raw) + 64;
}

/* 0 when it does not fit. */
static size_t encode_fast(wsi_deflate *d, const void *in, size_t raw, void *out, size_t capacity)
{
    struct isal_zstream *z = &d->fast;
    if (raw > UINT32_MAX) return 0;
    isal_deflate_stateless_init(z);
    z->level = ISAL_LEVEL;
    z->level_buf = d->tables;
    z->level_buf_size = sizeof d->tables;
    z->gzip_flag = IGZIP_ZLIB;
    z->end_of_stream = 1;
    z->flush = NO_FLUSH;
    z->next_in = (uint8_t *)in; /* only read */
    z->avail_in = (uint32_t)raw;
    z->next_out = out;
    z->avail_out = capacity < UINT32_MAX ? (uint32_t)capacity : UINT32_MAX;
    return isal_deflate_stateless(z) == COMP_OK ? z->total_out : 0;
}

wsi_status wsi_deflate_encode(wsi_deflate *deflate, const void *in, size_t raw, void *out, size_t capacity,
                              size_t *size, wsi_error *err)
{
    *size = deflate->slow ? libdeflate_zlib_compress(deflate->slow, in, raw, out, capacity)
                          : encode_fast(deflate, in, raw, out, capacity);
    WSI_RETURN_IF(*size == 0, WSI_ERR_INTERNAL, "deflate: the buffer of %zu bytes is too small", capacity);
    return WSI_OK;
}

wsi_status wsi_deflate_decode(const void *in, size_t size, void *out, size_t raw, wsi_error *err)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    WSI_RETURN_IF(!d, WSI_ERR_NO_MEMORY, "out of memory");
    size_t used = 0, made = 0;
    const enum libdeflate_result result = libdeflate_zlib_decompress_ex(d, in, size, out, raw, &used, &made);
    libdeflate_free_decompressor(d);
    WSI_RETURN_IF(result != LIBDEFLATE_SUCCESS || used != size || made != raw, WSI_ERR_INPUT_CORRUPT,
                  "the deflate stream does not give %zu bytes", raw);
    return WSI_OK;
}
