/* Deflate in the zlib wrapping, as TIFF (compression 8) and HDF5 (filter 1) have it. */
#ifndef WSI_ENCODE_DEFLATE_H
#define WSI_ENCODE_DEFLATE_H

#include "common/error-private.h"

#include <stddef.h>

/* The default is ISA-L's level 2. Measured on an H&E region, 256-pixel tiles on one core, microseconds a tile and size:
 * masks 30 at 0.024 (libdeflate's level 1: 279 at 0.021, level 6: 314 at 0.014), RGB 248 at 0.423 (963 at 0.427, 1485
 * at 0.417), shuffled float32 301 at 0.370 (1216 at 0.359, 2245 at 0.343). A level that is asked for is libdeflate's.
 */
enum { WSI_DEFLATE_LEVEL_DEFAULT = 0, WSI_DEFLATE_LEVEL_RECORDED = 1 /* where a file format wants zlib's number */ };

typedef struct wsi_deflate wsi_deflate;

/* level: 1 to 12, or WSI_DEFLATE_LEVEL_DEFAULT. One thread at a time. */
wsi_status wsi_deflate_create(int level, wsi_deflate **out, wsi_error *err);
void wsi_deflate_destroy(wsi_deflate **deflate);
size_t wsi_deflate_bound(size_t raw);
wsi_status wsi_deflate_encode(wsi_deflate *deflate, const void *in, size_t raw, void *out, size_t capacity,
                              size_t *size, wsi_error *err);
/* Decodes a stream that must give exactly `raw` bytes and end with the input. INPUT_CORRUPT otherwise. */
wsi_status wsi_deflate_decode(const void *in, size_t size, void *out, size_t raw, wsi_error *err);

#endif
