/* From directories to a slide: reading the chain, finding reduced copies, making levels.
 *
 * A level is recognised by its pixels' format and its size, not by the NewSubfileType bit alone, since writers disagree
 * on that bit: a reduced copy is smaller, has the same format, and some single factor explains both its sides within
 * rounding. */
#include "tiff-levels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static wsi_status add_dir(wsi_slide *slide, wsi_tiff *t, wsi_tiff_handle *handle, wsi_tiff_dir **out, wsi_error *err)
{
    if (t->dir_count == t->dir_room) {
        const int room = t->dir_room ? 2 * t->dir_room : 16;
        wsi_tiff_dir **grown = wsi_realloc_array(t->dirs, (size_t)room, sizeof *grown);
        WSI_RETURN_IF(!grown, WSI_ERR_NO_MEMORY, "tiff: no memory for directories");
        t->dirs = grown;
        t->dir_room = room;
    }
    wsi_tiff_dir *dir;
    WSI_FORWARD(wsi_tiff_dir_read(handle, &dir, err));
    if (dir->jpeg_tables) dir->jpeg_tables_id = ++t->next_tables_id;
    wsi_tiff_dir_classify(dir, &slide->source);
    t->dirs[t->dir_count++] = dir;
    if (out) *out = dir;
    return WSI_OK;
}

static void warn_dir(const wsi_slide *slide, const char *what, int i, const wsi_error *err)
{
    wsi_log_write(wsi_slide_log(slide), WSI_LOG_WARNING, "%s: %s %d is ignored: %s", slide->info.path, what, i,
                  err->message);
}

static wsi_status read_chain(wsi_slide *slide, wsi_tiff *t, wsi_tiff_handle *handle, wsi_error *err)
{
    WSI_FORWARD(add_dir(slide, t, handle, NULL, err));
    while (!TIFFLastDirectory(handle->tif) && t->dir_count < WSI_TIFF_DIRS_MAX) {
        wsi_error local = {0};
        handle->message[0] = 0;
        if (!TIFFReadDirectory(handle->tif)) {
            wsi_error_set(&local, WSI_ERR_INPUT_CORRUPT, "tiff: %s", handle->message);
        } else if (add_dir(slide, t, handle, NULL, &local) == WSI_OK) {
            continue;
        }
        if (local.code == WSI_ERR_NO_MEMORY) return wsi_error_set(err, local.code, "%s", local.message);
        warn_dir(slide, "what follows directory", t->dir_count - 1, &local);
        break;
    }
    t->chain_count = t->dir_count;
    return WSI_OK;
}

/* A file of thousands of directories can name hundreds of SubIFDs in each, all in the same few bytes. */
enum { BAD_SUB_DIRS_MAX = 256 };

static void note_bad_sub_dir(const wsi_slide *slide, wsi_tiff *t, int i, const wsi_error *err)
{
    warn_dir(slide, "SubIFD", i, err);
    if (++t->bad_sub_dirs < BAD_SUB_DIRS_MAX) return;
    wsi_log_write(wsi_slide_log(slide), WSI_LOG_WARNING, "%s: %d SubIFDs are broken: no others are read",
                  slide->info.path, t->bad_sub_dirs);
}

static wsi_status read_sub_dirs(wsi_slide *slide, wsi_tiff *t, wsi_tiff_handle *handle, wsi_tiff_dir *parent,
                                wsi_error *err)
{
    int good = 0;
    parent->first_sub_dir = t->dir_count;
    for (int i = 0; i < parent->sub_ifd_count && t->dir_count < WSI_TIFF_DIRS_MAX; i++) {
        if (t->bad_sub_dirs == BAD_SUB_DIRS_MAX) break;
        wsi_error local = {0};
        handle->message[0] = 0;
        if (!TIFFSetSubDirectory(handle->tif, parent->sub_ifds[i])) {
            wsi_error_set(&local, WSI_ERR_INPUT_CORRUPT, "tiff: %s", handle->message);
        } else if (add_dir(slide, t, handle, NULL, &local) == WSI_OK) {
            good++;
            continue;
        }
        if (local.code == WSI_ERR_NO_MEMORY) return wsi_error_set(err, local.code, "%s", local.message);
        note_bad_sub_dir(slide, t, i, &local);
    }
    parent->sub_ifd_count = good;
    return WSI_OK;
}

static wsi_status read_all(wsi_slide *slide, wsi_tiff *t, wsi_tiff_handle *handle, wsi_error *err)
{
    WSI_FORWARD(read_chain(slide, t, handle, err));
    for (int i = 0; i < t->chain_count; i++) WSI_FORWARD(read_sub_dirs(slide, t, handle, t->dirs[i], err));
    return WSI_OK;
}

wsi_status wsi_tiff_read_dirs(wsi_slide *slide, wsi_tiff *t, wsi_error *err)
{
    wsi_tiff_handle handle;
    WSI_FORWARD(wsi_tiff_handle_open(&handle, &slide->source, "rm", err));
    const wsi_status status = read_all(slide, t, &handle, err);
    wsi_tiff_handle_close(&handle);
    return status;
}

wsi_tiff_dir *const *wsi_tiff_sub_dirs(const wsi_tiff *t, const wsi_tiff_dir *d, int *n)
{
    *n = d->sub_ifd_count;
    return t->dirs + d->first_sub_dir;
}

int wsi_tiff_same_format(const wsi_tiff_dir *a, const wsi_tiff_dir *b)
{
    return !a->refusal && !b->refusal && a->fmt.type == b->fmt.type && a->fmt.channels == b->fmt.channels &&
           a->meaning == b->meaning;
}

/* Some factor f gives both sides: w0 / f within a pixel of w, h0 / f within a pixel of h. */
static int same_aspect(int64_t w0, int64_t h0, int64_t w, int64_t h)
{
    const double w_low = (double)w0 / (double)(w + 1), w_high = w > 1 ? (double)w0 / (double)(w - 1) : 1e18;
    const double h_low = (double)h0 / (double)(h + 1), h_high = h > 1 ? (double)h0 / (double)(h - 1) : 1e18;
    return w_low <= h_high && h_low <= w_high;
}

int wsi_tiff_is_reduction(const wsi_tiff_dir *large, const wsi_tiff_dir *small)
{
    return wsi_tiff_same_format(large, small) && small->w <= large->w && small->h <= large->h &&
           (small->w < large->w || small->h < large->h) && same_aspect(large->w, large->h, small->w, small->h);
}

static wsi_status refuse(const wsi_tiff_dir *d, wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_INPUT_UNSUPPORTED, "tiff: %s is not supported (%d x %d bits, compression %d)",
                         d->refusal, d->samples, d->bits, d->compression);
}

static double background_of(const wsi_tiff_dir *d, wsi_photometric meaning)
{
    return meaning == WSI_PHOTO_RGB || d->photometric == PHOTOMETRIC_MINISWHITE ? wsi_slide_white(d->fmt.type) : 0;
}

static wsi_status set_format(wsi_slide *slide, const wsi_tiff_dir *d, int planes, wsi_error *err)
{
    const wsi_pixfmt fmt = {d->fmt.type, d->fmt.channels * planes};
    const wsi_photometric meaning = planes > 1 ? WSI_PHOTO_CHANNELS : d->meaning;
    if (d->orientation != ORIENTATION_TOPLEFT) {
        wsi_log_write(wsi_slide_log(slide), WSI_LOG_WARNING, "%s: the orientation tag (%d) is not applied",
                      slide->info.path, d->orientation);
    }
    return wsi_slide_set_format(slide, fmt, meaning, background_of(d, meaning), err);
}

/* Huge strips are read row by row, on one handle, as bands of WSI_TIFF_SCAN_ROWS. */
static int needs_scan(const wsi_tiff_dir *d)
{
    const uint64_t row = (uint64_t)d->w * wsi_pixfmt_size(d->fmt);
    return !d->tiled && d->tile_h > WSI_TIFF_SCAN_ROWS && row * (uint64_t)d->tile_h > WSI_TIFF_STRIP_MAX;
}

static wsi_status add_level(wsi_slide *slide, wsi_tiff *t, wsi_tiff_dir *const *planes, int n, wsi_error *err)
{
    const wsi_tiff_dir *d = planes[0];
    const int scan = needs_scan(d);
    const wsi_level level = {
        .w = d->w,
        .h = d->h,
        .tile_w = d->tile_w,
        .tile_h = scan ? WSI_TIFF_SCAN_ROWS : d->tile_h,
        .sequential = scan,
        .raw = n == 1 && !scan && d->planar != PLANARCONFIG_SEPARATE,
        .compression = d->codec_name,
    };
    wsi_tiff_level *out = &t->levels[slide->info.level_count];
    WSI_RETURN_IF(scan && n > 1, WSI_ERR_INPUT_UNSUPPORTED, "tiff: huge strips in several pages");
    WSI_RETURN_IF(scan && d->planar == PLANARCONFIG_SEPARATE, WSI_ERR_INPUT_UNSUPPORTED,
                  "tiff: huge strips of separate planes");
    WSI_FORWARD(wsi_slide_add_level(slide, &level, err));
    out->plane_count = n;
    memcpy(out->planes, planes, (size_t)n * sizeof *planes);
    return scan ? wsi_tiff_scan_create(&slide->source, d, &out->scan, err) : WSI_OK;
}

static int by_size(const void *a, const void *b)
{
    const wsi_tiff_dir *x = *(wsi_tiff_dir *const *)a, *y = *(wsi_tiff_dir *const *)b;
    if (x->w != y->w) return x->w < y->w ? 1 : -1;
    if (x->h != y->h) return x->h < y->h ? 1 : -1;
    return x->ifd < y->ifd ? -1 : x->ifd > y->ifd;
}

wsi_status wsi_tiff_set_levels(wsi_slide *slide, wsi_tiff *t, wsi_tiff_dir *base, wsi_tiff_dir *const *candidates,
                               int n, wsi_error *err)
{
    if (base->refusal) return refuse(base, err);
    WSI_FORWARD(set_format(slide, base, 1, err));
    WSI_FORWARD(add_level(slide, t, &base, 1, err));
    wsi_tiff_dir **sorted = wsi_calloc((size_t)n + 1, sizeof *sorted);
    WSI_RETURN_IF(!sorted, WSI_ERR_NO_MEMORY, "tiff: no memory for levels");
    if (n > 0) memcpy(sorted, candidates, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_size);
    const wsi_tiff_dir *last = base;
    wsi_status status = WSI_OK;
    for (int i = 0; i < n && status == WSI_OK && slide->info.level_count < WSI_LEVELS_MAX; i++) {
        wsi_tiff_dir *d = sorted[i];
        const int smaller = d->w <= last->w && d->h <= last->h && (d->w < last->w || d->h < last->h);
        if (!smaller || !wsi_tiff_same_format(base, d)) continue;
        status = add_level(slide, t, &d, 1, err);
        last = d;
    }
    wsi_free(sorted);
    return status;
}

/* Level `i` below level 0 of every channel, from its SubIFDs; 0 when some channel has none that fits. */
static int sub_planes(const wsi_tiff *t, wsi_tiff_dir *const *planes, int n, int i, wsi_tiff_dir **out)
{
    for (int c = 0; c < n; c++) {
        int count;
        wsi_tiff_dir *const *subs = wsi_tiff_sub_dirs(t, planes[c], &count);
        if (i >= count || !wsi_tiff_is_reduction(planes[c], subs[i])) return 0;
        out[c] = subs[i];
        if (c > 0 && (out[c]->w != out[0]->w || out[c]->h != out[0]->h || !wsi_tiff_same_tiles(out[0], out[c])))
            return 0;
    }
    return 1;
}

int wsi_tiff_same_tiles(const wsi_tiff_dir *a, const wsi_tiff_dir *b)
{
    return a->w == b->w && a->h == b->h && a->tiled == b->tiled && a->tile_w == b->tile_w && a->tile_h == b->tile_h;
}

wsi_status wsi_tiff_set_planes(wsi_slide *slide, wsi_tiff *t, wsi_tiff_dir *const *planes, int n, wsi_error *err)
{
    wsi_tiff_dir *lower[WSI_CHANNELS_MAX];
    if (planes[0]->refusal) return refuse(planes[0], err);
    WSI_FORWARD(set_format(slide, planes[0], n, err));
    WSI_FORWARD(add_level(slide, t, planes, n, err));
    const wsi_tiff_dir *last = planes[0];
    for (int i = 0; slide->info.level_count < WSI_LEVELS_MAX && sub_planes(t, planes, n, i, lower); i++) {
        if (lower[0]->w > last->w || lower[0]->h > last->h || (lower[0]->w == last->w && lower[0]->h == last->h))
            continue;
        WSI_FORWARD(add_level(slide, t, lower, n, err));
        last = lower[0];
    }
    return WSI_OK;
}

wsi_status wsi_tiff_add_associated(wsi_slide *slide, wsi_tiff *t, const char *name, wsi_tiff_dir *d, wsi_error *err)
{
    enum { PIXELS_MAX = 64 << 20 };
    const int n = slide->info.associated_count;
    const int showable = !d->refusal && d->fmt.type == WSI_U8 && d->fmt.channels <= 4 && d->fmt.channels != 2 &&
                         d->w * d->h <= PIXELS_MAX;
    for (int i = 0; i < n; i++) {
        if (strcmp(slide->associated[i].name, name) == 0) return WSI_OK;
    }
    if (!showable || n >= 32) return WSI_OK;
    wsi_tiff_dir **grown = wsi_realloc_array(t->associated, (size_t)n + 1, sizeof *grown);
    WSI_RETURN_IF(!grown, WSI_ERR_NO_MEMORY, "tiff: no memory for associated images");
    t->associated = grown;
    grown[n] = d;
    return wsi_slide_add_associated(slide, name, d->w, d->h, err);
}

/* Resolution tags of the base directory as micrometres a pixel, where they are plausible for a slide. */
static void read_resolution(wsi_slide *slide, const wsi_tiff_dir *d)
{
    const double unit = d->resolution_unit == RESUNIT_CENTIMETER ? 10000
                        : d->resolution_unit == RESUNIT_INCH     ? 25400
                                                                 : 0;
    if (unit == 0 || d->x_resolution <= 0 || d->y_resolution <= 0) return;
    const double x = unit / d->x_resolution, y = unit / d->y_resolution;
    /* 72, 96 or 300 dots an inch are a printer's business: no slide is scanned at 20 micrometres or more. */
    if (x < 0.01 || x >= 20 || y < 0.01 || y >= 20) {
        wsi_log_write(wsi_slide_log(slide), WSI_LOG_WARNING,
                      "%s: resolution tags of %g x %g micrometres a pixel are not a slide's and are not used",
                      slide->info.path, x, y);
        return;
    }
    slide->info.mpp_x = x;
    slide->info.mpp_y = y;
}

wsi_status wsi_tiff_common_properties(wsi_slide *slide, const wsi_tiff_dir *d, wsi_error *err)
{
    static const char *const units[] = {"", "none", "inch", "centimeter"};
    if (d->description) WSI_FORWARD(wsi_slide_add_property(slide, "tiff.ImageDescription", d->description, err));
    if (d->software) WSI_FORWARD(wsi_slide_add_property(slide, "tiff.Software", d->software, err));
    if (d->x_resolution > 0 && d->y_resolution > 0) {
        WSI_FORWARD(wsi_slide_add_propertyf(slide, err, "tiff.XResolution", "%.9g", d->x_resolution));
        WSI_FORWARD(wsi_slide_add_propertyf(slide, err, "tiff.YResolution", "%.9g", d->y_resolution));
        WSI_FORWARD(wsi_slide_add_property(slide, "tiff.ResolutionUnit", units[d->resolution_unit & 3], err));
    }
    return wsi_slide_set_icc(slide, d->icc, d->icc_size, err);
}

/* Pages that are reduced copies of the first are levels, whether or not they carry the bit that says so; in a tiled
 * file, a page in strips without that bit is a thumbnail. Other pages are other pictures. */
wsi_status wsi_tiff_open_generic(wsi_slide *slide, wsi_tiff *t, wsi_error *err)
{
    wsi_tiff_dir *base = t->dirs[0];
    int n = 0;
    slide->info.vendor = "generic-tiff";
    wsi_tiff_dir **levels = wsi_calloc((size_t)t->dir_count, sizeof *levels);
    WSI_RETURN_IF(!levels, WSI_ERR_NO_MEMORY, "tiff: no memory for levels");
    for (int i = 1; i < t->dir_count; i++) {
        wsi_tiff_dir *d = t->dirs[i];
        const int in_chain = i < t->chain_count;
        const int of_base = i >= base->first_sub_dir && i < base->first_sub_dir + base->sub_ifd_count;
        const int said = in_chain ? d->tiled || !base->tiled || (d->subfile_type & FILETYPE_REDUCEDIMAGE) : of_base;
        if (said && wsi_tiff_is_reduction(base, d)) levels[n++] = d;
    }
    wsi_status status = wsi_tiff_set_levels(slide, t, base, levels, n, err);
    wsi_free(levels);
    for (int i = 1; i < t->chain_count && status == WSI_OK; i++) {
        char name[32];
        snprintf(name, sizeof name, "page-%d", i);
        if (!wsi_tiff_is_level(slide, t, t->dirs[i]) && (t->dirs[i]->w < base->w || t->dirs[i]->h < base->h)) {
            status = wsi_tiff_add_associated(slide, t, name, t->dirs[i], err);
        }
    }
    if (status != WSI_OK) return status;
    read_resolution(slide, base);
    return wsi_tiff_common_properties(slide, base, err);
}

int wsi_tiff_is_level(const wsi_slide *slide, const wsi_tiff *t, const wsi_tiff_dir *d)
{
    for (int i = 0; i < slide->info.level_count; i++) {
        for (int c = 0; c < t->levels[i].plane_count; c++) {
            if (t->levels[i].planes[c] == d) return 1;
        }
    }
    return 0;
}
