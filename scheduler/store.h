/* An intermediate image kept between passes, in a scratch file: the tiles of a grid as they come. Tiles of masks and
 * labels are compressed (zstd); others, which take longer to compress than to write, lie there as they are; a tile of
 * one value takes no room. */
#ifndef WSI_STORE_H
#define WSI_STORE_H

#include "tap.h"

typedef struct wsi_store wsi_store;

/* For an image of w x h that comes in tiles of that edge. *tap gets what feeds it. Errors: OUTPUT, NO_MEMORY. */
wsi_status wsi_store_open(const char *folder, int64_t w, int64_t h, wsi_pixfmt fmt, int64_t tile, wsi_store **out,
                          wsi_tap *tap, wsi_error *err);
/* A rectangle of it, once the pass that fed it is over; dst has its size. Any thread. `store` is a wsi_store. */
wsi_status wsi_store_read(const void *store, wsi_rect at, const wsi_image *dst, wsi_error *err);
void wsi_store_close(wsi_store **store);

#endif
