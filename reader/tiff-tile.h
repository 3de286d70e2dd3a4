/* Decoding tiles and strips of TIFF directories. */
#ifndef WSI_TIFF_TILE_H
#define WSI_TIFF_TILE_H

#include "tiff-private.h"

/* Everything one call needs: decoders, libtiff handles, scratch memory. Lent from wsi_tiff.workers. */
typedef struct wsi_tiff_worker wsi_tiff_worker;

/* For wsi_lender: owner is the wsi_source. */
void *wsi_tiff_worker_make(void *source, wsi_error *err);
void wsi_tiff_worker_destroy(void *worker);

/* Index of tile (tx, ty) of sample plane s in the directory's tables. */
uint64_t wsi_tiff_tile_index(const wsi_tiff_dir *dir, int64_t tx, int64_t ty, int s);
/* Where its bytes lie, cut at the end of the file (decoders notice what is missing); size 0: missing, wholly outside
 * the file, or far more bytes than a tile can take. */
wsi_tile_span wsi_tiff_tile_span(const wsi_tiff_dir *dir, uint64_t index, uint64_t file_size);

/* Decodes one tile, all samples of it, into channels channel .. of dst (whose other channels stay as they are). bytes
 * as in wsi_slide_read_tile; missing sample planes read as the pixel `background`, given in dst's format. */
wsi_status wsi_tiff_read_tile(wsi_tiff_worker *worker, const wsi_tiff_dir *dir, int64_t tx, int64_t ty,
                              const void *bytes, size_t size, const unsigned char *background, int channel,
                              const wsi_image *dst, wsi_error *err);

/* Reads the headers of one JPEG tile's bytes; like has the size and format its pixels would get (no data). As
 * wsi_jpeg_read_frame. */
wsi_status wsi_tiff_jpeg_frame(wsi_tiff_worker *worker, const wsi_tiff_dir *dir, const void *bytes, size_t size,
                               const wsi_image *like, wsi_jpeg_frame *out, int *usable, wsi_error *err);

/* What tiff-samples.c does: raw decoded rows (as libtiff leaves them, host byte order) to samples. The rows hold
 * dir->tile_w pixels of `samples` samples each; dst gets its top-left part, as dir->fmt.type. */
typedef struct wsi_tiff_rows {
    const unsigned char *data;
    size_t stride; /* bytes */
    int samples;
} wsi_tiff_rows;
/* Bytes of one undecoded row of n samples a pixel. 0 on overflow. */
size_t wsi_tiff_row_bytes(const wsi_tiff_dir *dir, int samples);
void wsi_tiff_unpack(const wsi_tiff_dir *dir, const wsi_tiff_rows *rows, const wsi_image *dst);
/* Turns white-is-zero samples over, in place. */
void wsi_tiff_invert(const wsi_image *im);
/* Byte order and bit order of uncompressed data, in place. */
void wsi_tiff_fix_raw(const wsi_tiff_dir *dir, void *data, size_t size);
/* Copies all channels of src into channels channel .. of dst. */
void wsi_tiff_scatter(const wsi_image *src, int channel, const wsi_image *dst);

#endif
