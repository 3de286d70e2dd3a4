/* JPEG 2000 tiles through OpenJPEG. */
#ifndef WSI_DECODE_JP2K_H
#define WSI_DECODE_JP2K_H

#include "common/error-private.h"
#include "common/image.h"

/* What the container says of three components; the stream itself comes first. */
typedef enum wsi_jp2k_colour { WSI_JP2K_SAYS_RGB = 0, WSI_JP2K_SAYS_YCC } wsi_jp2k_colour;

/* Decodes the top-left dst->w x dst->h pixels of one codestream or JP2 file, which may be at most 15 pixels larger
 * than tile_w x tile_h each way. dst: 8 or 16 bits a sample, as many channels as the stream has components. Subsampled
 * components are replicated. Three components are YCbCr, and become RGB, when the stream subsamples its chroma or its
 * JP2 header says so, or when the container says so and the stream has no component transform of its own. Any thread.
 * Errors: INPUT_CORRUPT (also for a stream that ends early), INPUT_UNSUPPORTED, NO_MEMORY. */
wsi_status wsi_jp2k_decode(const void *bytes, size_t size, wsi_jp2k_colour container, int64_t tile_w, int64_t tile_h,
                           const wsi_image *dst, wsi_error *err);

#endif
