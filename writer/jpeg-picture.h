/* Small pictures for people: a whole JPEG file in memory. */
#ifndef WSI_JPEG_PICTURE_H
#define WSI_JPEG_PICTURE_H

#include "common/error-private.h"
#include "common/image.h"

#include <stddef.h>

/* Most bytes a picture of that size takes. */
size_t wsi_jpeg_picture_bound(int64_t w, int64_t h);

/* Encodes 8-bit grey or RGB as a JFIF file; *size gets its bytes. The same bytes for the same pixels. Errors:
 * NO_MEMORY, INTERNAL (does not fit capacity). Any thread. */
wsi_status wsi_jpeg_picture(const wsi_image *image, int quality, void *out, size_t capacity, size_t *size,
                            wsi_error *err);

#endif
