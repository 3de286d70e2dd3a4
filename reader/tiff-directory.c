/* One image file directory as plain data. libtiff parses the tags; sizes are checked here before anything is
 * allocated by them, and offset tables are copied, so that reading a tile later asks libtiff nothing. */
#include "tiff-private.h"

#include <string.h>

#include "common/mem.h"

enum { ICC_MAX = 64 << 20, SUB_IFDS_MAX = 256, TABLES_MAX = 1 << 20 };

void wsi_tiff_dir_free(wsi_tiff_dir *dir)
{
    if (!dir) return;
    wsi_free(dir->offsets);
    wsi_free(dir->counts);
    wsi_free(dir->jpeg_tables);
    wsi_free(dir->palette);
    wsi_free(dir->description);
    wsi_free(dir->software);
    wsi_free(dir->icc);
    wsi_free(dir->sub_ifds);
    wsi_free(dir);
}

static void *copy_bytes(const void *p, size_t size)
{
    void *copy = wsi_calloc(size, 1);
    if (copy) memcpy(copy, p, size);
    return copy;
}

static uint16_t short_tag(TIFF *tif, uint32_t tag)
{
    uint16_t v = 0;
    return TIFFGetFieldDefaulted(tif, tag, &v) ? v : 0;
}

static wsi_status read_geometry(TIFF *tif, wsi_tiff_dir *d, wsi_error *err)
{
    uint32_t w = 0, h = 0, tw = 0, th = 0;
    TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &w);
    TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &h);
    WSI_RETURN_IF(w == 0 || h == 0 || w > INT32_MAX || h > INT32_MAX, WSI_ERR_INPUT_CORRUPT,
                  "tiff: impossible image size %ux%u", w, h);
    d->w = w;
    d->h = h;
    d->tiled = TIFFIsTiled(tif);
    if (d->tiled) {
        TIFFGetField(tif, TIFFTAG_TILEWIDTH, &tw);
        TIFFGetField(tif, TIFFTAG_TILELENGTH, &th);
    } else {
        tw = w;
        TIFFGetFieldDefaulted(tif, TIFFTAG_ROWSPERSTRIP, &th);
        if (th > h) th = h;
    }
    WSI_RETURN_IF(tw == 0 || th == 0 || tw > INT32_MAX || th > INT32_MAX, WSI_ERR_INPUT_CORRUPT,
                  "tiff: impossible tile size %ux%u", tw, th);
    d->tile_w = tw;
    d->tile_h = th;
    d->across = (d->w + tw - 1) / tw;
    d->down = (d->h + th - 1) / th;
    return WSI_OK;
}

static void read_sample_layout(TIFF *tif, wsi_tiff_dir *d)
{
    uint16_t *extra = NULL, n = 0;
    d->bits = short_tag(tif, TIFFTAG_BITSPERSAMPLE);
    d->samples = short_tag(tif, TIFFTAG_SAMPLESPERPIXEL);
    d->sample_format = short_tag(tif, TIFFTAG_SAMPLEFORMAT);
    d->compression = short_tag(tif, TIFFTAG_COMPRESSION);
    d->planar = d->samples > 1 ? short_tag(tif, TIFFTAG_PLANARCONFIG) : PLANARCONFIG_CONTIG;
    d->fill_order = short_tag(tif, TIFFTAG_FILLORDER);
    d->orientation = short_tag(tif, TIFFTAG_ORIENTATION);
    d->swapped = TIFFIsByteSwapped(tif);
    if (!TIFFGetField(tif, TIFFTAG_PHOTOMETRIC, &d->photometric)) {
        d->photometric = d->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    }
    if (TIFFGetField(tif, TIFFTAG_EXTRASAMPLES, &n, &extra) && n > 0) {
        d->extra_count = n;
        d->extra_first = extra[0];
    }
    TIFFGetFieldDefaulted(tif, TIFFTAG_SUBFILETYPE, &d->subfile_type);
}

/* libtiff fills a table that is too short with zeros, which would pass for a sparse file. One strip without
 * compression is cut into smaller ones by libtiff: there the file's own count is 1. */
static wsi_status check_table(const wsi_source *source, const wsi_tiff_dir *d, uint64_t need, wsi_error *err)
{
    const uint64_t have = wsi_tiff_tag_count(source, d->ifd, d->tiled ? TIFFTAG_TILEOFFSETS : TIFFTAG_STRIPOFFSETS);
    const int chopped = !d->tiled && have == 1 && d->compression == COMPRESSION_NONE;
    /* libtiff takes strip tags for tiles, too, as some writers do. */
    const uint64_t other = d->tiled ? wsi_tiff_tag_count(source, d->ifd, TIFFTAG_STRIPOFFSETS) : 0;
    WSI_RETURN_IF(have < need && other < need && !chopped, WSI_ERR_INPUT_CORRUPT,
                  "tiff: the tile table has %llu entries, %llu are needed", (unsigned long long)have,
                  (unsigned long long)need);
    return WSI_OK;
}

static wsi_status read_offsets(wsi_tiff_handle *handle, wsi_tiff_dir *d, wsi_error *err)
{
    TIFF *tif = handle->tif;
    uint64_t *offsets = NULL, *counts = NULL;
    const uint64_t planes = d->planar == PLANARCONFIG_SEPARATE ? d->samples : 1;
    const uint64_t n = d->tiled ? TIFFNumberOfTiles(tif) : TIFFNumberOfStrips(tif);
    WSI_RETURN_IF(n == 0 || n / planes / (uint64_t)d->across != (uint64_t)d->down, WSI_ERR_INPUT_CORRUPT,
                  "tiff: the tile table has %llu entries, expected %lld x %lld", (unsigned long long)n,
                  (long long)d->across, (long long)d->down);
    const int got = TIFFGetField(tif, d->tiled ? TIFFTAG_TILEOFFSETS : TIFFTAG_STRIPOFFSETS, &offsets) &&
                    TIFFGetField(tif, d->tiled ? TIFFTAG_TILEBYTECOUNTS : TIFFTAG_STRIPBYTECOUNTS, &counts);
    WSI_RETURN_IF(!got || !offsets || !counts, WSI_ERR_INPUT_CORRUPT, "tiff: no tile table%s%s",
                  handle->message[0] ? ": " : "", handle->message);
    WSI_FORWARD(check_table(handle->source, d, n, err));
    d->tile_count = n;
    d->offsets = wsi_calloc(n, sizeof *d->offsets);
    d->counts = wsi_calloc(n, sizeof *d->counts);
    WSI_RETURN_IF(!d->offsets || !d->counts, WSI_ERR_NO_MEMORY, "tiff: no memory for %llu tiles",
                  (unsigned long long)n);
    memcpy(d->offsets, offsets, n * sizeof *offsets);
    memcpy(d->counts, counts, n * sizeof *counts);
    return WSI_OK;
}

static char *read_text(TIFF *tif, uint32_t tag)
{
    const char *text = NULL;
    return TIFFGetField(tif, tag, &text) && text ? wsi_strdup(text) : NULL;
}

static void read_resolution(TIFF *tif, wsi_tiff_dir *d)
{
    float x = 0, y = 0;
    TIFFGetField(tif, TIFFTAG_XRESOLUTION, &x);
    TIFFGetField(tif, TIFFTAG_YRESOLUTION, &y);
    d->x_resolution = x > 0 ? (double)x : 0;
    d->y_resolution = y > 0 ? (double)y : 0;
    d->resolution_unit = short_tag(tif, TIFFTAG_RESOLUTIONUNIT);
}

static void read_sub_ifds(TIFF *tif, wsi_tiff_dir *d)
{
    uint16_t n = 0;
    const uint64_t *list = NULL;
    if (!TIFFGetField(tif, TIFFTAG_SUBIFD, &n, &list) || n == 0 || !list) return;
    d->sub_ifd_count = n < SUB_IFDS_MAX ? n : SUB_IFDS_MAX;
    d->sub_ifds = copy_bytes(list, (size_t)d->sub_ifd_count * sizeof *list);
    if (!d->sub_ifds) d->sub_ifd_count = 0;
}

static void read_blobs(TIFF *tif, wsi_tiff_dir *d)
{
    uint32_t n = 0;
    const void *p = NULL;
    if (TIFFGetField(tif, TIFFTAG_ICCPROFILE, &n, &p) && p && n > 0 && n <= ICC_MAX) {
        d->icc = copy_bytes(p, n);
        d->icc_size = d->icc ? n : 0;
    }
    if (d->compression == COMPRESSION_JPEG && TIFFGetField(tif, TIFFTAG_JPEGTABLES, &n, &p) && p && n > 4 &&
        n <= TABLES_MAX) {
        d->jpeg_tables = copy_bytes(p, n);
        d->jpeg_tables_size = d->jpeg_tables ? n : 0;
    }
}

/* Colour maps hold 16-bit values; old writers put 8-bit ones there. */
static wsi_status read_palette(TIFF *tif, wsi_tiff_dir *d, wsi_error *err)
{
    const uint16_t *map[3] = {NULL, NULL, NULL};
    if (d->photometric != PHOTOMETRIC_PALETTE || d->bits > 8) return WSI_OK;
    WSI_RETURN_IF(!TIFFGetField(tif, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]) || !map[0] || !map[1] || !map[2],
                  WSI_ERR_INPUT_CORRUPT, "tiff: palette image without a colour map");
    const int n = 1 << d->bits;
    int shift = 0;
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < n; i++) shift |= map[c][i] > 255 ? 8 : 0;
    }
    d->palette = wsi_calloc((size_t)n, sizeof *d->palette);
    WSI_RETURN_IF(!d->palette, WSI_ERR_NO_MEMORY, "tiff: no memory for a colour map");
    for (int i = 0; i < n; i++) {
        for (int c = 0; c < 3; c++) d->palette[i][c] = (uint8_t)(map[c][i] >> shift);
    }
    return WSI_OK;
}

static wsi_status read_all(wsi_tiff_handle *handle, wsi_tiff_dir *d, wsi_error *err)
{
    TIFF *tif = handle->tif;
    d->ifd = TIFFCurrentDirOffset(tif);
    WSI_FORWARD(read_geometry(tif, d, err));
    read_sample_layout(tif, d);
    WSI_RETURN_IF(d->samples == 0 || d->bits == 0, WSI_ERR_INPUT_CORRUPT, "tiff: no samples");
    WSI_FORWARD(read_offsets(handle, d, err));
    d->description = read_text(tif, TIFFTAG_IMAGEDESCRIPTION);
    d->software = read_text(tif, TIFFTAG_SOFTWARE);
    read_resolution(tif, d);
    read_sub_ifds(tif, d);
    read_blobs(tif, d);
    return read_palette(tif, d, err);
}

wsi_status wsi_tiff_dir_read(wsi_tiff_handle *handle, wsi_tiff_dir **out, wsi_error *err)
{
    wsi_tiff_dir *d = wsi_calloc(1, sizeof *d);
    *out = NULL;
    WSI_RETURN_IF(!d, WSI_ERR_NO_MEMORY, "tiff: no memory for a directory");
    handle->message[0] = 0;
    const wsi_status status = read_all(handle, d, err);
    if (status != WSI_OK) {
        wsi_tiff_dir_free(d);
        return status;
    }
    *out = d;
    return WSI_OK;
}
