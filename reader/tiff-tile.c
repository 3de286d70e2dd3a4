/* One tile or strip of a directory: fetched, decoded, placed.
 *
 * JPEG and JPEG 2000 go to their own decoders, uncompressed data is copied, everything else goes through libtiff's
 * codecs on bytes that we fetched (TIFFReadFromUserBuffer), on a handle of the worker's own. A tile that needs no
 * conversion is decoded straight into its destination. */
#include "tiff-tile.h"

#include <string.h>

#include "common/mem.h"
#include "decode-jp2k.h"

typedef struct buffer {
    unsigned char *data;
    size_t size;
} buffer;

struct wsi_tiff_worker {
    const wsi_source *source;
    wsi_jpeg *jpeg;
    buffer raw;   /* compressed bytes */
    buffer tile;  /* what libtiff decoded */
    buffer plane; /* samples of one plane before they are interleaved */
    struct {
        const wsi_tiff_dir *dir;
        wsi_tiff_handle handle;
    } slots[WSI_CHANNELS_MAX]; /* libtiff handles by directory */
    int next_slot;
};

void *wsi_tiff_worker_make(void *source, wsi_error *err)
{
    wsi_tiff_worker *w = wsi_calloc(1, sizeof *w);
    if (!w) {
        wsi_error_set(err, WSI_ERR_NO_MEMORY, "tiff: no memory for a decoder");
        return NULL;
    }
    w->source = source;
    return w;
}

void wsi_tiff_worker_destroy(void *worker)
{
    wsi_tiff_worker *w = worker;
    wsi_jpeg_destroy(&w->jpeg);
    for (int i = 0; i < WSI_CHANNELS_MAX; i++) wsi_tiff_handle_close(&w->slots[i].handle);
    wsi_free(w->raw.data);
    wsi_free(w->tile.data);
    wsi_free(w->plane.data);
    wsi_free(w);
}

static wsi_status reserve(buffer *b, size_t size, wsi_error *err)
{
    if (b->size >= size) return WSI_OK;
    unsigned char *grown = wsi_realloc_array(b->data, size, 1);
    WSI_RETURN_IF(!grown, WSI_ERR_NO_MEMORY, "tiff: no memory for %zu bytes", size);
    b->data = grown;
    b->size = size;
    return WSI_OK;
}

uint64_t wsi_tiff_tile_index(const wsi_tiff_dir *d, int64_t tx, int64_t ty, int s)
{
    return ((uint64_t)s * (uint64_t)d->down + (uint64_t)ty) * (uint64_t)d->across + (uint64_t)tx;
}

/* Whether the tile is absent (sparse files). */
static int is_missing(const wsi_tiff_dir *d, uint64_t index)
{
    return d->offsets[index] == 0 || d->counts[index] == 0;
}

/* Bytes a tile may take in the file: no codec doubles its input, and headers fit the rest. */
static uint64_t plausible_size(const wsi_tiff_dir *d)
{
    return 2 * (uint64_t)d->tile_w * (uint64_t)d->tile_h * ((uint64_t)d->samples * d->bits / 8 + 1) + (1 << 20);
}

wsi_tile_span wsi_tiff_tile_span(const wsi_tiff_dir *d, uint64_t index, uint64_t file_size)
{
    const uint64_t offset = d->offsets[index], left = offset < file_size ? file_size - offset : 0;
    const uint64_t size = d->counts[index] < left ? d->counts[index] : left;
    if (is_missing(d, index) || size > plausible_size(d)) return (wsi_tile_span){0, 0};
    return (wsi_tile_span){offset, size};
}

static wsi_status fetch(wsi_tiff_worker *w, const wsi_tiff_dir *d, uint64_t index, size_t *size, wsi_error *err)
{
    const wsi_tile_span span = wsi_tiff_tile_span(d, index, w->source->size);
    WSI_RETURN_IF(d->offsets[index] >= w->source->size, WSI_ERR_INPUT_CORRUPT,
                  "tiff: %llu bytes at %llu lie beyond the end of the file", (unsigned long long)d->counts[index],
                  (unsigned long long)d->offsets[index]);
    WSI_RETURN_IF(span.size == 0, WSI_ERR_INPUT_CORRUPT, "tiff: %llu bytes are too many for one tile",
                  (unsigned long long)d->counts[index]);
    *size = (size_t)span.size;
    WSI_FORWARD(reserve(&w->raw, *size, err));
    return wsi_source_read(w->source, span.offset, *size, w->raw.data, err);
}

/* A handle standing on the directory, ready for its codec. */
static wsi_status handle_for(wsi_tiff_worker *w, const wsi_tiff_dir *d, wsi_tiff_handle **out, wsi_error *err)
{
    for (int i = 0; i < WSI_CHANNELS_MAX; i++) {
        if (w->slots[i].dir != d) continue;
        *out = &w->slots[i].handle;
        (*out)->message[0] = 0;
        return WSI_OK;
    }
    const int i = w->next_slot;
    w->next_slot = (i + 1) % WSI_CHANNELS_MAX;
    wsi_tiff_handle *h = &w->slots[i].handle;
    wsi_tiff_handle_close(h);
    w->slots[i].dir = NULL;
    WSI_FORWARD(wsi_tiff_handle_open(h, w->source, "rDm", err)); /* D: without the offset tables */
    WSI_RETURN_IF(!TIFFSetSubDirectory(h->tif, d->ifd), WSI_ERR_INPUT_CORRUPT, "tiff: %s", h->message);
    w->slots[i].dir = d;
    *out = h;
    return WSI_OK;
}

/* Rows of tile `index` that exist in its data: strips end with the image, tiles do not. */
static int64_t stored_rows(const wsi_tiff_dir *d, uint64_t index)
{
    const int64_t y = (int64_t)(index / (uint64_t)d->across % (uint64_t)d->down) * d->tile_h;
    return d->tiled || y + d->tile_h <= d->h ? d->tile_h : d->h - y;
}

static wsi_status decode_libtiff(wsi_tiff_worker *w, const wsi_tiff_dir *d, uint64_t index, const void *bytes,
                                 size_t size, void *out, size_t out_size, wsi_error *err)
{
    wsi_tiff_handle *h = NULL;
    WSI_FORWARD(handle_for(w, d, &h, err));
    if (d->fill_order == FILLORDER_LSB2MSB && bytes != w->raw.data) { /* libtiff reverses the bits in place */
        WSI_FORWARD(reserve(&w->raw, size, err));
        memcpy(w->raw.data, bytes, size);
        bytes = w->raw.data;
    }
    /* libtiff takes a deflate stream of more bytes than the tile has, and may leave the last of these as they were. */
    if (d->compression == COMPRESSION_ADOBE_DEFLATE || d->compression == COMPRESSION_DEFLATE) memset(out, 0, out_size);
    union {
        const void *in;
        void *out;
    } cast = {.in = bytes};
    const int good = TIFFReadFromUserBuffer(h->tif, (uint32_t)index, cast.out, (tmsize_t)size, out, (tmsize_t)out_size);
    WSI_RETURN_IF(!good, WSI_ERR_INPUT_CORRUPT, "%s: %s", d->codec_name, h->message[0] ? h->message : "broken data");
    return WSI_OK;
}

static wsi_status copy_raw(const wsi_tiff_dir *d, const void *bytes, size_t size, void *out, size_t out_size,
                           wsi_error *err)
{
    WSI_RETURN_IF(size < out_size, WSI_ERR_INPUT_CORRUPT, "tiff: %zu bytes, the tile needs %zu", size, out_size);
    memcpy(out, bytes, out_size);
    wsi_tiff_fix_raw(d, out, out_size);
    return WSI_OK;
}

/* Codecs that give plain rows. */
static wsi_status decode_rows(wsi_tiff_worker *w, const wsi_tiff_dir *d, uint64_t index, const void *bytes, size_t size,
                              const wsi_image *out, wsi_error *err)
{
    const int samples = d->palette ? 1 : out->fmt.channels;
    const size_t row = wsi_tiff_row_bytes(d, samples), rows = (size_t)stored_rows(d, index);
    const int direct =
        d->bits >= 8 && !d->palette && out->w == d->tile_w && (size_t)out->h == rows && (size_t)out->stride == row;
    size_t need;
    WSI_RETURN_IF(row == 0 || !wsi_mul_size(row, rows, &need) || need > WSI_TIFF_TILE_MAX, WSI_ERR_INPUT_CORRUPT,
                  "tiff: impossible tile size");
    if (!direct) WSI_FORWARD(reserve(&w->tile, need, err));
    void *target = direct ? out->data : w->tile.data;
    if (d->codec == WSI_TIFF_RAW) {
        WSI_FORWARD(copy_raw(d, bytes, size, target, need, err));
    } else {
        WSI_FORWARD(decode_libtiff(w, d, index, bytes, size, target, need, err));
    }
    if (!direct) wsi_tiff_unpack(d, &(wsi_tiff_rows){w->tile.data, row, samples}, out);
    return WSI_OK;
}

static wsi_status need_jpeg(wsi_tiff_worker *w, wsi_error *err)
{
    if (!w->jpeg) w->jpeg = wsi_jpeg_create(err);
    return w->jpeg ? WSI_OK : WSI_ERR_NO_MEMORY;
}

static wsi_status decode_jpeg(wsi_tiff_worker *w, const wsi_tiff_dir *d, const void *bytes, size_t size,
                              const wsi_image *out, wsi_error *err)
{
    const wsi_jpeg_tables tables = {d->jpeg_tables, d->jpeg_tables_size, d->jpeg_tables_id};
    WSI_FORWARD(need_jpeg(w, err));
    return wsi_jpeg_decode(w->jpeg, d->jpeg_tables ? &tables : NULL, d->jpeg_colour, bytes, size, d->tile_w, d->tile_h,
                           out, err);
}

wsi_status wsi_tiff_jpeg_frame(wsi_tiff_worker *w, const wsi_tiff_dir *d, const void *bytes, size_t size,
                               const wsi_image *like, wsi_jpeg_frame *out, int *usable, wsi_error *err)
{
    const wsi_jpeg_tables tables = {d->jpeg_tables, d->jpeg_tables_size, d->jpeg_tables_id};
    WSI_FORWARD(need_jpeg(w, err));
    return wsi_jpeg_read_frame(w->jpeg, d->jpeg_tables ? &tables : NULL, d->jpeg_colour, bytes, size, d->tile_w,
                               d->tile_h, like, out, usable, err);
}

/* Aperio's codes tell the colours, whatever the photometric tag says. Bio-Formats writes all that is lossless with the
 * one for YCbCr, and tells by the tag. */
static wsi_jp2k_colour jp2k_colour(const wsi_tiff_dir *d)
{
    static const char bio_formats[] = "OME Bio-Formats";
    const int by_tag = d->software && strncmp(d->software, bio_formats, sizeof bio_formats - 1) == 0;
    if (d->compression == WSI_TIFF_J2K_RGB) return WSI_JP2K_SAYS_RGB;
    if (d->compression == WSI_TIFF_J2K_YCC && !by_tag) return WSI_JP2K_SAYS_YCC;
    return d->photometric == PHOTOMETRIC_YCBCR ? WSI_JP2K_SAYS_YCC : WSI_JP2K_SAYS_RGB;
}

static wsi_status decode_jp2k(const wsi_tiff_dir *d, const void *bytes, size_t size, const wsi_image *out,
                              wsi_error *err)
{
    return wsi_jp2k_decode(bytes, size, jp2k_colour(d), d->tile_w, d->tile_h, out, err);
}

/* One stored tile into out, whose channels are the tile's samples. */
static wsi_status decode(wsi_tiff_worker *w, const wsi_tiff_dir *d, uint64_t index, const void *bytes, size_t size,
                         const wsi_image *out, wsi_error *err)
{
    if (!bytes) {
        WSI_FORWARD(fetch(w, d, index, &size, err));
        bytes = w->raw.data;
    }
    wsi_status status;
    if (d->codec == WSI_TIFF_JPEG) {
        status = decode_jpeg(w, d, bytes, size, out, err);
    } else if (d->codec == WSI_TIFF_JPEG2000) {
        status = decode_jp2k(d, bytes, size, out, err);
    } else {
        status = decode_rows(w, d, index, bytes, size, out, err);
    }
    if (status == WSI_OK && d->photometric == PHOTOMETRIC_MINISWHITE) wsi_tiff_invert(out);
    return status;
}

/* One sample plane of a planar tile, or a whole page that is one of several channels. */
static wsi_status read_plane(wsi_tiff_worker *w, const wsi_tiff_dir *d, uint64_t index, const void *bytes, size_t size,
                             const unsigned char *background, wsi_pixfmt fmt, int channel, const wsi_image *dst,
                             wsi_error *err)
{
    const size_t row = (size_t)dst->w * wsi_pixfmt_size(fmt);
    size_t need;
    WSI_RETURN_IF(!wsi_mul_size(row, (size_t)dst->h, &need), WSI_ERR_INPUT_CORRUPT, "tiff: impossible tile size");
    WSI_FORWARD(reserve(&w->plane, need, err));
    const wsi_image plane = {w->plane.data, (ptrdiff_t)row, dst->w, dst->h, fmt};
    if (is_missing(d, index)) {
        wsi_image_fill(&plane, background);
    } else {
        WSI_FORWARD(decode(w, d, index, bytes, size, &plane, err));
    }
    wsi_tiff_scatter(&plane, channel, dst);
    return WSI_OK;
}

wsi_status wsi_tiff_read_tile(wsi_tiff_worker *w, const wsi_tiff_dir *d, int64_t tx, int64_t ty, const void *bytes,
                              size_t size, const unsigned char *background, int channel, const wsi_image *dst,
                              wsi_error *err)
{
    const int separate = d->planar == PLANARCONFIG_SEPARATE;
    const uint64_t index = wsi_tiff_tile_index(d, tx, ty, 0);
    if (!separate && d->fmt.channels == dst->fmt.channels) {
        if (!is_missing(d, index)) return decode(w, d, index, bytes, size, dst, err);
        wsi_image_fill(dst, background);
        return WSI_OK;
    }
    if (!separate) return read_plane(w, d, index, bytes, size, background, d->fmt, channel, dst, err);
    for (int s = 0; s < d->samples; s++) {
        const wsi_pixfmt one = {d->fmt.type, 1};
        WSI_FORWARD(
            read_plane(w, d, wsi_tiff_tile_index(d, tx, ty, s), NULL, 0, background, one, channel + s, dst, err));
    }
    return WSI_OK;
}
