/* Deflate in the zlib wrapping, as TIFF (compression 8) and HDF5 (filter 1) have it. */
#ifndef WSI_ENCODE_DEFLATE_H
#define WSI_ENCODE_DEFLATE_H

#include "common/error-private.h"

#include <stddef.h>

/* Measured on an H&E region, one core, level 1 / 3 / 6: RGB 70, 52, 44 MPix/s at ratios 2.43, 2.44, 2.50; masks 326,
 * 349, 175 MPix/s at 26, 30, 37 (masks take encode-mask.h at level 1); shuffled float32 43, 34, 23 MPix/s
 * at 2.44, 2.50, 2.56. ISA-L 2.30 is four to nine times faster at level 1's sizes, but the same bytes in do not always
 * give the same bytes out. */
enum { WSI_DEFLATE_LEVEL_DEFAULT = 1 };

typedef struct wsi_deflate wsi_deflate;

wsi_status wsi_deflate_create(int level, wsi_deflate **out, wsi_error *err);
void wsi_deflate_destroy(wsi_deflate **deflate);
size_t wsi_deflate_bound(size_t raw);
wsi_status wsi_deflate_encode(wsi_deflate *deflate, const void *in, size_t raw, void *out, size_t capacity,
                              size_t *size, wsi_error *err);
/* Decodes a stream that must give exactly `raw` bytes and end with the input. INPUT_CORRUPT otherwise. */
wsi_status wsi_deflate_decode(const void *in, size_t size, void *out, size_t raw, wsi_error *err);

#endif
