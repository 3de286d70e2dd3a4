/* TIFF's LZW, through libtiff writing to memory. */
#ifndef WSI_ENCODE_LZW_H
#define WSI_ENCODE_LZW_H

#include "common/error-private.h"

#include <stddef.h>

size_t wsi_lzw_bound(size_t raw);
/* Needs no state: may be called from many threads at once. */
wsi_status wsi_lzw_encode(const void *in, size_t raw, void *out, size_t capacity, size_t *size, wsi_error *err);

#endif
