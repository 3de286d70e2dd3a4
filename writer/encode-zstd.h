/* Zstandard: one frame a tile, its content size recorded, as TIFF (50000) and HDF5 (filter 32015) readers want it. */
#ifndef WSI_ENCODE_ZSTD_H
#define WSI_ENCODE_ZSTD_H

#include "common/error-private.h"

#include <stddef.h>

/* Measured as in encode-deflate.h, level 1 / 3: RGB 231, 113 MPix/s at ratios 2.50, 2.49; masks 1075, 1227 MPix/s at
 * 30, 31; shuffled float32 103, 73 MPix/s at 2.44, 2.48. */
enum { WSI_ZSTD_LEVEL_DEFAULT = 1 };

typedef struct wsi_zstd wsi_zstd;

wsi_status wsi_zstd_create(int level, wsi_zstd **out, wsi_error *err);
void wsi_zstd_destroy(wsi_zstd **zstd);
size_t wsi_zstd_bound(size_t raw);
wsi_status wsi_zstd_encode(wsi_zstd *zstd, const void *in, size_t raw, void *out, size_t capacity, size_t *size,
                           wsi_error *err);
/* Decodes one frame that must give exactly `raw` bytes. INPUT_CORRUPT otherwise. */
wsi_status wsi_zstd_decode(const void *in, size_t size, void *out, size_t raw, wsi_error *err);

#endif
