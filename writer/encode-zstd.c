/* Zstandard by libzstd. The handle is libzstd's own context, with level and flags set once. */
#include "encode-zstd.h"

#include <zstd.h>

static ZSTD_CCtx *context(wsi_zstd *zstd)
{
    return (ZSTD_CCtx *)(void *)zstd;
}

wsi_status wsi_zstd_create(int level, wsi_zstd **out, wsi_error *err)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    WSI_RETURN_IF(!c, WSI_ERR_NO_MEMORY, "out of memory");
    if (ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 1))) {
        ZSTD_freeCCtx(c);
        return wsi_error_set(err, WSI_ERR_INTERNAL, "zstd refuses level %d", level);
    }
    *out = (wsi_zstd *)(void *)c;
    return WSI_OK;
}

void wsi_zstd_destroy(wsi_zstd **zstd)
{
    ZSTD_freeCCtx(context(*zstd));
    *zstd = NULL;
}

size_t wsi_zstd_bound(size_t raw)
{
    return ZSTD_compressBound(raw);
}

wsi_status wsi_zstd_encode(wsi_zstd *zstd, const void *in, size_t raw, void *out, size_t capacity, size_t *size,
                           wsi_error *err)
{
    *size = ZSTD_compress2(context(zstd), out, capacity, in, raw);
    WSI_RETURN_IF(ZSTD_isError(*size), WSI_ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(*size));
    return WSI_OK;
}

wsi_status wsi_zstd_decode(const void *in, size_t size, void *out, size_t raw, wsi_error *err)
{
    WSI_RETURN_IF(ZSTD_getFrameContentSize(in, size) != raw || ZSTD_findFrameCompressedSize(in, size) != size,
                  WSI_ERR_INPUT_CORRUPT, "not one zstd frame of %zu bytes", raw);
    const size_t made = ZSTD_decompress(out, raw, in, size);
    WSI_RETURN_IF(ZSTD_isError(made) || made != raw, WSI_ERR_INPUT_CORRUPT, "the zstd frame does not give %zu bytes",
                  raw);
    return WSI_OK;
}
