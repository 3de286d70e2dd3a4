/* Deflate by libdeflate. The handle wraps the compressor and is the object itself: no allocation of ours. */
#include "encode-deflate.h"

#include <libdeflate.h>

static struct libdeflate_compressor *compressor(wsi_deflate *deflate)
{
    return (struct libdeflate_compressor *)(void *)deflate;
}

wsi_status wsi_deflate_create(int level, wsi_deflate **out, wsi_error *err)
{
    *out = (wsi_deflate *)(void *)libdeflate_alloc_compressor(level);
    WSI_RETURN_IF(!*out, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}

void wsi_deflate_destroy(wsi_deflate **deflate)
{
    libdeflate_free_compressor(compressor(*deflate));
    *deflate = NULL;
}

size_t wsi_deflate_bound(size_t raw)
{
    return libdeflate_zlib_compress_bound(NULL, raw);
}

wsi_status wsi_deflate_encode(wsi_deflate *deflate, const void *in, size_t raw, void *out, size_t capacity,
                              size_t *size, wsi_error *err)
{
    *size = libdeflate_zlib_compress(compressor(deflate), in, raw, out, capacity);
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
