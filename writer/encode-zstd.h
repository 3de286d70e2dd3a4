/* Zstandard: one frame a tile, its content size recorded, as TIFF (50000) and HDF5 (filter 32015) readers want it. */
#ifndef WSI_ENCODE_ZSTD_H
#define WSI_ENCODE_ZSTD_H

#include "common/error-private.h"

#include <stddef.h>

enum { WSI_ZSTD_LEVEL_DEFAULT = 3 };

typedef struct wsi_zstd wsi_zstd;

wsi_status wsi_zstd_create(int level, wsi_zstd **out, wsi_error *err);
void wsi_zstd_destroy(wsi_zstd **zstd);
size_t wsi_zstd_bound(size_t raw);
wsi_status wsi_zstd_encode(wsi_zstd *zstd, const void *in, size_t raw, void *out, size_t capacity, size_t *size,
                           wsi_error *err);
/* Decodes one frame that must give exactly `raw` bytes. INPUT_CORRUPT otherwise. */
wsi_status wsi_zstd_decode(const void *in, size_t size, void *out, size_t raw, wsi_error *err);

#endif
