/* TIFF slides through libtiff's directories and our own tile decoding: Aperio SVS, OME-TIFF, Philips, generic tiled
 * and stripped TIFF, classic and Big, both byte orders. TIFFs that need OpenSlide are not taken (tiff-sniff.c).
 *
 * After opening, directories are read-only and tiles are decoded by workers lent from a pool, so that any number of
 * threads may read at once. */
#include "tiff-levels.h"
#include "tiff-tile.h"

#include <string.h>

#include "common/mem.h"

static int probe(const wsi_source *source)
{
    return wsi_tiff_sniff(source);
}

/* Hash of every tile's place beside the file's samples: a table that changed is another slide. */
static wsi_status set_fingerprint(wsi_slide *slide, const wsi_tiff *t, wsi_error *err)
{
    const size_t n = 2 * (size_t)t->dir_count;
    const void **parts = wsi_calloc(n, sizeof *parts);
    size_t *sizes = wsi_calloc(n, sizeof *sizes);
    wsi_status status = WSI_ERR_NO_MEMORY;
    if (parts && sizes) {
        for (int i = 0; i < t->dir_count; i++) {
            parts[2 * i] = t->dirs[i]->offsets;
            parts[2 * i + 1] = t->dirs[i]->counts;
            sizes[2 * i] = sizes[2 * i + 1] = t->dirs[i]->tile_count * sizeof(uint64_t);
        }
        status = wsi_slide_fingerprint(slide, parts, sizes, (int)n, err);
    } else {
        wsi_error_set(err, status, "tiff: no memory");
    }
    wsi_free(parts);
    wsi_free(sizes);
    return status;
}

static wsi_status open_vendor(wsi_slide *slide, wsi_tiff *t, wsi_error *err)
{
    if (wsi_tiff_is_aperio(t)) return wsi_tiff_open_aperio(slide, t, err);
    if (wsi_tiff_is_ome(t)) return wsi_tiff_open_ome(slide, t, err);
    if (wsi_tiff_is_philips(t)) return wsi_tiff_open_philips(slide, t, err);
    return wsi_tiff_open_generic(slide, t, err);
}

static wsi_status open_slide(wsi_slide *slide, wsi_error *err)
{
    wsi_tiff *t = slide->priv;
    wsi_lender_init(&t->workers, &slide->source, wsi_tiff_worker_make, wsi_tiff_worker_destroy);
    WSI_FORWARD(wsi_tiff_read_dirs(slide, t, err));
    WSI_FORWARD(open_vendor(slide, t, err));
    return set_fingerprint(slide, t, err);
}

static wsi_tile_span tile_span(const wsi_slide *slide, int level, int64_t tx, int64_t ty)
{
    const wsi_tiff *t = slide->priv;
    const wsi_tiff_dir *d = t->levels[level].planes[0];
    if (!slide->info.levels[level].raw) return (wsi_tile_span){0, 0};
    /* A span that cannot be right is not handed out: read_tile, without bytes, says what is wrong. */
    return wsi_tiff_tile_span(d, wsi_tiff_tile_index(d, tx, ty, 0), slide->source.size);
}

static wsi_status read_tile(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                            const wsi_image *dst, wsi_error *err)
{
    wsi_tiff *t = slide->priv;
    const wsi_tiff_level *l = &t->levels[level];
    if (l->scan) return wsi_tiff_scan_read(l->scan, ty * slide->info.levels[level].tile_h, dst, err);
    wsi_tiff_worker *worker = wsi_lender_take(&t->workers, err);
    if (!worker) return WSI_ERR_NO_MEMORY;
    if (!slide->info.levels[level].raw) bytes = NULL;
    wsi_status status = WSI_OK;
    int channel = 0;
    for (int i = 0; i < l->plane_count && status == WSI_OK; i++) {
        status = wsi_tiff_read_tile(worker, l->planes[i], tx, ty, bytes, size, slide->background, channel, dst, err);
        channel += l->planes[i]->fmt.channels;
    }
    wsi_lender_give(&t->workers, worker);
    return status;
}

/* Tiles that wsi_tiff_read_tile hands to the JPEG decoder, with dst as it is and nothing done to the samples after. */
static int level_is_jpeg(const wsi_slide *slide, int level)
{
    const wsi_tiff *t = slide->priv;
    const wsi_tiff_level *l = &t->levels[level];
    const wsi_tiff_dir *d = l->planes[0];
    return slide->info.levels[level].raw && !l->scan && l->plane_count == 1 && d->codec == WSI_TIFF_JPEG &&
           d->planar != PLANARCONFIG_SEPARATE && d->photometric != PHOTOMETRIC_MINISWHITE &&
           d->fmt.channels == slide->info.fmt.channels && slide->info.fmt.type == WSI_U8;
}

static wsi_status jpeg_frame(wsi_slide *slide, int level, wsi_rect tile, const void *bytes, size_t size,
                             wsi_jpeg_frame *out, int *usable, wsi_error *err)
{
    wsi_tiff *t = slide->priv;
    wsi_tiff_worker *worker = wsi_lender_take(&t->workers, err);
    if (!worker) return WSI_ERR_NO_MEMORY;
    const wsi_image like = {.w = tile.w, .h = tile.h, .fmt = slide->info.fmt};
    const wsi_status status =
        wsi_tiff_jpeg_frame(worker, t->levels[level].planes[0], bytes, size, &like, out, usable, err);
    wsi_lender_give(&t->workers, worker);
    return status;
}

/* Grey, colour or colour with alpha to 8-bit RGB. */
static void to_rgb(const wsi_image *src, const wsi_image *dst)
{
    const int n = src->fmt.channels;
    for (int64_t y = 0; y < dst->h; y++) {
        const uint8_t *s = wsi_image_row(src, y);
        uint8_t *d = wsi_image_row(dst, y);
        for (int64_t x = 0; x < dst->w; x++, s += n, d += 3) {
            for (int c = 0; c < 3; c++) d[c] = s[n < 3 ? 0 : c];
        }
    }
}

static wsi_status read_tiles(wsi_tiff_worker *worker, const wsi_tiff_dir *d, void *tmp, const wsi_image *dst,
                             wsi_error *err)
{
    static const unsigned char white[4] = {255, 255, 255, 255};
    for (int64_t i = 0; i < d->across * d->down; i++) {
        const wsi_rect grid = {i % d->across * d->tile_w, i / d->across * d->tile_h, d->tile_w, d->tile_h};
        const wsi_rect rect = wsi_rect_intersect(grid, (wsi_rect){0, 0, d->w, d->h});
        const wsi_image tile = {tmp, (ptrdiff_t)((size_t)rect.w * wsi_pixfmt_size(d->fmt)), rect.w, rect.h, d->fmt};
        const wsi_image to = wsi_image_crop(dst, rect);
        WSI_FORWARD(wsi_tiff_read_tile(worker, d, i % d->across, i / d->across, NULL, 0, white, 0, &tile, err));
        to_rgb(&tile, &to);
    }
    return WSI_OK;
}

static wsi_status read_associated(wsi_slide *slide, int index, const wsi_image *dst, wsi_error *err)
{
    wsi_tiff *t = slide->priv;
    const wsi_tiff_dir *d = t->associated[index];
    const int64_t w = d->tile_w < d->w ? d->tile_w : d->w, h = d->tile_h < d->h ? d->tile_h : d->h;
    void *tmp = wsi_calloc((size_t)h, (size_t)w * wsi_pixfmt_size(d->fmt));
    WSI_RETURN_IF(!tmp, WSI_ERR_NO_MEMORY, "tiff: no memory for an associated image");
    wsi_tiff_worker *worker = wsi_lender_take(&t->workers, err);
    wsi_status status = WSI_ERR_NO_MEMORY;
    if (worker) {
        status = read_tiles(worker, d, tmp, dst, err);
        wsi_lender_give(&t->workers, worker);
    }
    wsi_free(tmp);
    return status;
}

static void close_slide(wsi_slide *slide)
{
    wsi_tiff *t = slide->priv;
    wsi_lender_close(&t->workers);
    for (int i = 0; i < WSI_LEVELS_MAX; i++) wsi_tiff_scan_destroy(&t->levels[i].scan);
    for (int i = 0; i < t->dir_count; i++) wsi_tiff_dir_free(t->dirs[i]);
    wsi_free(t->dirs);
    wsi_free(t->associated);
}

const wsi_reader_driver wsi_reader_tiff = {
    .name = "tiff",
    .summary = "Aperio SVS, OME-TIFF, Philips and generic TIFF, tiled or stripped, classic or Big",
    .priv_size = sizeof(wsi_tiff),
    .probe = probe,
    .open = open_slide,
    .tile_span = tile_span,
    .read_tile = read_tile,
    .level_is_jpeg = level_is_jpeg,
    .jpeg_frame = jpeg_frame,
    .read_associated = read_associated,
    .close = close_slide,
};
