/* Strips too large to decode at once, read row by row. */
#ifndef WSI_TIFF_SCAN_H
#define WSI_TIFF_SCAN_H

#include "tiff-private.h"

typedef struct wsi_tiff_scan wsi_tiff_scan;

/* source and dir must outlive the scan. */
wsi_status wsi_tiff_scan_create(const wsi_source *source, const wsi_tiff_dir *dir, wsi_tiff_scan **out, wsi_error *err);
void wsi_tiff_scan_destroy(wsi_tiff_scan **scan);
/* Rows y .. y + dst->h - 1, as wide as the image. Cheap in rising order; going back starts over. Any thread, one at a
 * time. */
wsi_status wsi_tiff_scan_read(wsi_tiff_scan *scan, int64_t y, const wsi_image *dst, wsi_error *err);

#endif
