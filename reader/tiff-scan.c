/* Huge strips through libtiff's scanline interface: one handle under a lock, which stands at some row and is rewound
 * when an earlier row is asked for. Memory is one row. */
#include "tiff-scan.h"
#include "tiff-tile.h"

#include <string.h>

#include "common/mem.h"

struct wsi_tiff_scan {
    const wsi_source *source;
    const wsi_tiff_dir *dir;
    pthread_mutex_t lock;
    wsi_tiff_handle handle; /* under lock */
    int64_t next;           /* under lock: the row the handle would read */
    unsigned char *row;     /* under lock */
    size_t row_size;
};

static wsi_status rewind_scan(wsi_tiff_scan *s, wsi_error *err)
{
    wsi_tiff_handle_close(&s->handle);
    s->next = 0;
    /* c: strips as they are in the file, not cut into smaller ones */
    WSI_FORWARD(wsi_tiff_handle_open(&s->handle, s->source, "rmc", err));
    WSI_RETURN_IF(!TIFFSetSubDirectory(s->handle.tif, s->dir->ifd), WSI_ERR_INPUT_CORRUPT, "tiff: %s",
                  s->handle.message);
    if (s->dir->codec == WSI_TIFF_JPEG && s->dir->photometric == PHOTOMETRIC_YCBCR) {
        TIFFSetField(s->handle.tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    const tmsize_t size = TIFFScanlineSize(s->handle.tif);
    WSI_RETURN_IF(size <= 0 || (size_t)size > s->row_size, WSI_ERR_INPUT_CORRUPT, "tiff: rows of %lld bytes",
                  (long long)size);
    return WSI_OK;
}

wsi_status wsi_tiff_scan_create(const wsi_source *source, const wsi_tiff_dir *dir, wsi_tiff_scan **out, wsi_error *err)
{
    *out = NULL;
    WSI_RETURN_IF(dir->codec == WSI_TIFF_JPEG2000, WSI_ERR_INPUT_UNSUPPORTED, "tiff: JPEG 2000 strips of this size");
    wsi_tiff_scan *s = wsi_calloc(1, sizeof *s);
    WSI_RETURN_IF(!s, WSI_ERR_NO_MEMORY, "tiff: no memory");
    pthread_mutex_init(&s->lock, NULL);
    s->source = source;
    s->dir = dir;
    s->row_size = wsi_tiff_row_bytes(dir, dir->samples);
    s->row = wsi_calloc(s->row_size, 1);
    wsi_status status = s->row ? rewind_scan(s, err) : wsi_error_set(err, WSI_ERR_NO_MEMORY, "tiff: no memory");
    if (status != WSI_OK) {
        wsi_tiff_scan_destroy(&s);
        return status;
    }
    *out = s;
    return WSI_OK;
}

void wsi_tiff_scan_destroy(wsi_tiff_scan **scan)
{
    if (!scan || !*scan) return;
    wsi_tiff_scan *s = *scan;
    *scan = NULL;
    wsi_tiff_handle_close(&s->handle);
    pthread_mutex_destroy(&s->lock);
    wsi_free(s->row);
    wsi_free(s);
}

static wsi_status next_row(wsi_tiff_scan *s, wsi_error *err)
{
    s->handle.message[0] = 0;
    if (TIFFReadScanline(s->handle.tif, s->row, (uint32_t)s->next, 0) == 1) {
        s->next++;
        return WSI_OK;
    }
    /* The codec's state is unknown now: the next call starts over. */
    const int64_t row = s->next;
    s->next = INT64_MAX;
    return wsi_error_set(err, WSI_ERR_INPUT_CORRUPT, "tiff: row %lld: %s", (long long)row,
                         s->handle.message[0] ? s->handle.message : "broken data");
}

static wsi_status read_rows(wsi_tiff_scan *s, int64_t y, const wsi_image *dst, wsi_error *err)
{
    const wsi_tiff_rows rows = {s->row, s->row_size, s->dir->samples};
    if (y < s->next) {
        if (s->next > 0) WSI_FORWARD(rewind_scan(s, err));
    }
    while (s->next < y) WSI_FORWARD(next_row(s, err));
    for (int64_t i = 0; i < dst->h; i++) {
        const wsi_image line = wsi_image_crop(dst, (wsi_rect){0, i, dst->w, 1});
        WSI_FORWARD(next_row(s, err));
        wsi_tiff_unpack(s->dir, &rows, &line);
        if (s->dir->photometric == PHOTOMETRIC_MINISWHITE) wsi_tiff_invert(&line);
    }
    return WSI_OK;
}

wsi_status wsi_tiff_scan_read(wsi_tiff_scan *s, int64_t y, const wsi_image *dst, wsi_error *err)
{
    pthread_mutex_lock(&s->lock);
    const wsi_status status = read_rows(s, y, dst, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}
