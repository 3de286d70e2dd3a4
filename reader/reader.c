/* Front end of the slide readers: the driver array, opening, and the checks around every driver call.
 *
 * Arguments are checked here, so that a driver sees only tiles that exist and views of the right size and format. A
 * driver that breaks its contract is reported as a defect by its name. */
#include "reader-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Specific before generic; OpenSlide asks its library and comes last. */
static const wsi_reader_driver *const drivers[] = {&wsi_reader_synthetic, &wsi_reader_tiff, &wsi_reader_openslide};
enum { DRIVER_COUNT = sizeof drivers / sizeof *drivers };

/* Holds a driver to "error set exactly when failing"; err->code was OK before the call. */
static wsi_status police(const wsi_slide *slide, const char *call, wsi_status status, wsi_error *err)
{
    if (status == WSI_OK && err->code != WSI_OK) {
        return wsi_error_set(err, WSI_ERR_INTERNAL, "driver %s: %s succeeded with an error set", slide->driver->name,
                             call);
    }
    if (status != WSI_OK && err->code != status) {
        return wsi_error_set(err, WSI_ERR_INTERNAL, "driver %s: %s failed with status %d without an error",
                             slide->driver->name, call, (int)status);
    }
    return status;
}

int wsi_slide_probe(const char *path)
{
    wsi_source src;
    int found = 0;
    if (!path || wsi_source_open(&src, path, NULL) != WSI_OK) return 0;
    for (int i = 0; i < DRIVER_COUNT && !found; i++) found = drivers[i]->probe(&src);
    wsi_source_close(&src);
    return found;
}

/* What a driver must have filled in. */
static wsi_status check_info(wsi_slide *slide, wsi_error *err)
{
    const wsi_slide_info *info = &slide->info;
    const char *name = slide->driver->name;
    WSI_RETURN_IF(info->level_count < 1 || info->fmt.channels < 1 || !info->vendor, WSI_ERR_INTERNAL,
                  "driver %s: slide opened without levels, format or vendor", name);
    WSI_RETURN_IF(info->associated_count > 0 && !slide->driver->read_associated, WSI_ERR_INTERNAL,
                  "driver %s: associated images that cannot be read", name);
    for (int i = 0; i < info->level_count; i++) {
        const wsi_level *l = &info->levels[i];
        WSI_RETURN_IF(l->tile_w <= 0 || l->tile_h <= 0 || !l->compression, WSI_ERR_INTERNAL,
                      "driver %s: level %d without tiles", name, i);
        WSI_RETURN_IF(i > 0 && (l->w > l[-1].w || l->h > l[-1].h || (l->w == l[-1].w && l->h == l[-1].h)),
                      WSI_ERR_INTERNAL, "driver %s: level %d does not shrink", name, i);
    }
    WSI_RETURN_IF(slide->fingerprint[0] == 0, WSI_ERR_INTERNAL, "driver %s: no fingerprint", name);
    return WSI_OK;
}

/* Scanners and converters write wrong resolutions; nothing is corrected, but it is said. */
static void check_scale(const wsi_slide *slide)
{
    const wsi_slide_info *info = &slide->info;
    const double x = info->mpp_x, y = info->mpp_y;
    const wsi_log *log = wsi_slide_log(slide);
    if (x <= 0 || y <= 0) return;
    if (x < 0.05 || x > 20 || y < 0.05 || y > 20) {
        wsi_log_write(log, WSI_LOG_WARNING, "%s: implausible resolution of %g x %g micrometres a pixel", info->path, x,
                      y);
    }
    if (fmax(x, y) / fmin(x, y) > 1.05) {
        wsi_log_write(log, WSI_LOG_WARNING, "%s: pixels are not square (%g x %g micrometres)", info->path, x, y);
    }
    /* A nominal 40x scanner has about 0.25 micrometres a pixel: the product stands near 10. */
    const double product = info->objective * x;
    if (info->objective > 0 && (product < 4 || product > 25)) {
        wsi_log_write(log, WSI_LOG_WARNING, "%s: objective %gx does not fit %g micrometres a pixel", info->path,
                      info->objective, x);
    }
}

static void set_scale(wsi_slide *slide)
{
    wsi_slide_info *info = &slide->info;
    if (!(info->mpp_x > 0 && info->mpp_y > 0)) info->mpp_x = info->mpp_y = 0;
    if (slide->mpp_override > 0) {
        if (info->mpp_x > 0) {
            wsi_log_write(wsi_slide_log(slide), WSI_LOG_INFO,
                          "%s: resolution of %g micrometres a pixel overridden with %g", info->path, info->mpp_x,
                          slide->mpp_override);
        }
        info->mpp_x = info->mpp_y = slide->mpp_override;
        return;
    }
    check_scale(slide);
}

/* Forgets what a driver has filled in; what it kept is freed with the slide. */
static void reset(wsi_slide *slide)
{
    if (slide->priv) slide->driver->close(slide);
    wsi_free(slide->priv);
    slide->priv = NULL;
    slide->driver = NULL;
    slide->info = (wsi_slide_info){.path = slide->info.path};
    wsi_free(slide->associated);
    wsi_free(slide->properties);
    slide->associated = NULL;
    slide->properties = NULL;
}

static wsi_status try_driver(wsi_slide *slide, const wsi_reader_driver *driver, wsi_error *err)
{
    slide->driver = driver;
    slide->info.driver = driver->name;
    slide->priv = wsi_calloc(1, driver->priv_size ? driver->priv_size : 1);
    WSI_RETURN_IF(!slide->priv, WSI_ERR_NO_MEMORY, "no memory for the slide");
    WSI_FORWARD(police(slide, "open", driver->open(slide, err), err));
    slide->info.fingerprint = slide->fingerprint;
    return check_info(slide, err);
}

/* A driver that knows the format but not the feature leaves the file to those behind it; if they fail, too, the first
 * one's reason stands. */
static wsi_status open_with_drivers(wsi_slide *slide, wsi_error *err)
{
    wsi_error first = {.code = WSI_ERR_INPUT_FORMAT, .message = "not a slide that any driver knows"};
    int tried = 0;
    for (int i = 0; i < DRIVER_COUNT; i++) {
        wsi_error local = {.code = WSI_OK};
        if (!drivers[i]->probe(&slide->source)) continue;
        if (try_driver(slide, drivers[i], &local) == WSI_OK) return WSI_OK;
        reset(slide);
        if (!tried) first = local;
        tried = 1;
        if (local.code != WSI_ERR_INPUT_UNSUPPORTED) break;
    }
    return wsi_error_set(err, first.code, "%s", first.message);
}

int wsi_slide_reserved_clear(const uint64_t *reserved, size_t n)
{
    uint64_t any = 0;
    for (size_t i = 0; i < n; i++) any |= reserved[i];
    return !any;
}

static wsi_status take_options(wsi_slide *slide, const wsi_slide_options *options, wsi_error *err)
{
    if (!options) return WSI_OK;
    WSI_RETURN_IF(!wsi_slide_reserved_clear(options->reserved, sizeof options->reserved / sizeof *options->reserved),
                  WSI_ERR_USAGE, "options: what is reserved must be 0");
    if (options->log) slide->log = *options->log;
    slide->has_log = options->log != NULL;
    slide->mpp_override = options->mpp_override;
    WSI_RETURN_IF(slide->mpp_override < 0 || !isfinite(slide->mpp_override), WSI_ERR_USAGE,
                  "the resolution given instead of the file's must be positive");
    return WSI_OK;
}

/* A handle with nothing but its name. */
static wsi_status new_slide(const char *name, wsi_slide **out, wsi_error *err)
{
    wsi_slide *slide = wsi_calloc(1, sizeof *slide);
    char *copy = wsi_strdup(name);
    if (!slide || !copy) {
        wsi_free(slide);
        wsi_free(copy);
        return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory");
    }
    slide->source.fd = -1;
    slide->info.path = slide->path = copy;
    *out = slide;
    return WSI_OK;
}

static wsi_status open_file(wsi_slide *slide, const wsi_slide_options *options, wsi_error *err)
{
    WSI_FORWARD(take_options(slide, options, err));
    WSI_FORWARD(wsi_source_open(&slide->source, slide->path, err));
    WSI_FORWARD(open_with_drivers(slide, err));
    set_scale(slide);
    return WSI_OK;
}

wsi_status wsi_slide_open(const char *path, const wsi_slide_options *options, wsi_slide **out, wsi_error *err)
{
    WSI_RETURN_IF(!out, WSI_ERR_USAGE, "wsi_slide_open: no place for the handle");
    *out = NULL;
    WSI_RETURN_IF(!path, WSI_ERR_USAGE, "wsi_slide_open: no path");
    wsi_status status = new_slide(path, out, err);
    if (status == WSI_OK) status = open_file(*out, options, err);
    if (status == WSI_OK) return WSI_OK;
    wsi_slide_close(out);
    return wsi_error_prefix(err, "%s: ", path), status;
}

static wsi_status open_origin(wsi_slide *slide, const wsi_log *log, const wsi_reader_driver *driver, const void *origin,
                              wsi_error *err)
{
    const wsi_slide_options options = {.log = log};
    WSI_FORWARD(take_options(slide, &options, err));
    slide->origin = origin;
    const wsi_status status = try_driver(slide, driver, err);
    slide->origin = NULL;
    if (status == WSI_OK) set_scale(slide);
    return status;
}

wsi_status wsi_slide_open_origin(const char *name, const wsi_log *log, const wsi_reader_driver *driver,
                                 const void *origin, wsi_slide **out, wsi_error *err)
{
    wsi_error local = {.code = WSI_OK};
    wsi_status status = new_slide(name, out, &local);
    if (status == WSI_OK) status = open_origin(*out, log, driver, origin, &local);
    if (status == WSI_OK) return WSI_OK;
    wsi_slide_close(out);
    return wsi_error_set(err, status, "%s: %s", name, local.message);
}

void wsi_slide_close(wsi_slide **slide_ptr)
{
    if (!slide_ptr || !*slide_ptr) return;
    wsi_slide *slide = *slide_ptr;
    *slide_ptr = NULL;
    reset(slide);
    wsi_source_close(&slide->source);
    for (size_t i = 0; i < slide->kept_count; i++) wsi_free(slide->kept[i]);
    wsi_free(slide->kept);
    wsi_free(slide->path);
    wsi_free(slide);
}

wsi_status wsi_slide_check_unchanged(const wsi_slide *slide, wsi_error *err)
{
    WSI_RETURN_IF(wsi_source_changed(&slide->source), WSI_ERR_INPUT_CORRUPT,
                  "%s: the file was written to while it was read", slide->info.path);
    return WSI_OK;
}

const wsi_slide_info *wsi_slide_get_info(const wsi_slide *slide)
{
    return slide ? &slide->info : NULL;
}

int wsi_slide_best_level(const wsi_slide *slide, double downsample)
{
    int best = 0;
    if (!slide) return -1;
    for (int i = 1; i < slide->info.level_count; i++)
        if (slide->info.levels[i].downsample <= downsample) best = i;
    return best;
}

static int tile_exists(const wsi_slide *slide, int level, int64_t tx, int64_t ty)
{
    if (!slide || level < 0 || level >= slide->info.level_count) return 0;
    const wsi_level *l = &slide->info.levels[level];
    return tx >= 0 && ty >= 0 && tx < l->tiles_x && ty < l->tiles_y;
}

wsi_rect wsi_slide_tile_rect(const wsi_slide *slide, int level, int64_t tx, int64_t ty)
{
    if (!tile_exists(slide, level, tx, ty)) return (wsi_rect){0, 0, 0, 0};
    const wsi_level *l = &slide->info.levels[level];
    const wsi_rect tile = {tx * l->tile_w, ty * l->tile_h, l->tile_w, l->tile_h};
    return wsi_rect_intersect(tile, (wsi_rect){0, 0, l->w, l->h});
}

wsi_tile_span wsi_slide_tile_span(const wsi_slide *slide, int level, int64_t tx, int64_t ty)
{
    if (!tile_exists(slide, level, tx, ty) || !slide->driver->tile_span) return (wsi_tile_span){0, 0};
    return slide->driver->tile_span(slide, level, tx, ty);
}

wsi_status wsi_slide_read_bytes(wsi_slide *slide, uint64_t offset, size_t size, void *buf, wsi_error *err)
{
    WSI_RETURN_IF(!slide || (!buf && size > 0), WSI_ERR_USAGE, "wsi_slide_read_bytes: no slide or no buffer");
    WSI_RETURN_IF(slide->source.fd < 0, WSI_ERR_USAGE, "%s: not a file", slide->info.path);
    const wsi_status status = wsi_source_read(&slide->source, offset, size, buf, err);
    return status == WSI_OK ? status : (wsi_error_prefix(err, "%s: ", slide->info.path), status);
}

static int same_format(wsi_pixfmt a, wsi_pixfmt b)
{
    return a.type == b.type && a.channels == b.channels;
}

/* dst may stand for the tile, or for the upper rows of one that can be decoded in part. */
static int may_take(const wsi_slide *slide, int level, wsi_rect rect, const wsi_image *dst)
{
    if (!dst || !dst->data || dst->w != rect.w || !same_format(dst->fmt, slide->info.fmt)) return 0;
    return dst->h == rect.h || (dst->h > 0 && dst->h < rect.h && wsi_slide_level_is_jpeg(slide, level));
}

wsi_status wsi_slide_read_tile(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                               const wsi_image *dst, wsi_error *err)
{
    WSI_RETURN_IF(!tile_exists(slide, level, tx, ty), WSI_ERR_USAGE, "%s: level %d has no tile (%lld,%lld)",
                  slide ? slide->info.path : "no slide", level, (long long)tx, (long long)ty);
    const wsi_rect rect = wsi_slide_tile_rect(slide, level, tx, ty);
    WSI_RETURN_IF(!may_take(slide, level, rect, dst), WSI_ERR_USAGE,
                  "%s: level %d tile (%lld,%lld): the destination has the wrong size or format", slide->info.path,
                  level, (long long)tx, (long long)ty);
    wsi_error local;
    local.code = WSI_OK;
    const wsi_status raw = slide->driver->read_tile(slide, level, tx, ty, bytes, size, dst, &local);
    const wsi_status status = police(slide, "read_tile", raw, &local);
    if (status == WSI_OK) return WSI_OK;
    return wsi_error_set(err, status, "%s: level %d tile (%lld,%lld): %s", slide->info.path, level, (long long)tx,
                         (long long)ty, local.message);
}

int wsi_slide_level_is_jpeg(const wsi_slide *slide, int level)
{
    return tile_exists(slide, level, 0, 0) && slide->driver->level_is_jpeg && slide->driver->jpeg_frame &&
           slide->driver->level_is_jpeg(slide, level);
}

wsi_status wsi_slide_jpeg_frame(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                                wsi_jpeg_frame *out, int *usable, wsi_error *err)
{
    WSI_RETURN_IF(!tile_exists(slide, level, tx, ty) || !bytes || !out || !usable, WSI_ERR_USAGE,
                  "%s: level %d tile (%lld,%lld): no such tile, no bytes or no place for the frame",
                  slide ? slide->info.path : "no slide", level, (long long)tx, (long long)ty);
    *usable = 0;
    if (!wsi_slide_level_is_jpeg(slide, level)) return WSI_OK;
    wsi_error local;
    local.code = WSI_OK;
    const wsi_rect tile = wsi_slide_tile_rect(slide, level, tx, ty);
    const wsi_status raw = slide->driver->jpeg_frame(slide, level, tile, bytes, size, out, usable, &local);
    const wsi_status status = police(slide, "jpeg_frame", raw, &local);
    if (status == WSI_OK) return WSI_OK;
    return wsi_error_set(err, status, "%s: level %d tile (%lld,%lld): %s", slide->info.path, level, (long long)tx,
                         (long long)ty, local.message);
}

/* Decodes one tile into the part of dst that it covers; tmp holds a whole tile. */
static wsi_status read_part(wsi_slide *slide, int level, int64_t tx, int64_t ty, wsi_rect want, void *tmp,
                            const wsi_image *dst, wsi_error *err)
{
    const wsi_rect tile = wsi_slide_tile_rect(slide, level, tx, ty);
    const wsi_rect part = wsi_rect_intersect(tile, want);
    const wsi_image to = wsi_image_crop(dst, (wsi_rect){part.x - want.x, part.y - want.y, part.w, part.h});
    if (wsi_rect_contains(part, tile)) return wsi_slide_read_tile(slide, level, tx, ty, NULL, 0, &to, err);
    const wsi_image whole = {tmp, (ptrdiff_t)((size_t)tile.w * wsi_pixfmt_size(dst->fmt)), tile.w, tile.h, dst->fmt};
    WSI_FORWARD(wsi_slide_read_tile(slide, level, tx, ty, NULL, 0, &whole, err));
    const wsi_image from = wsi_image_crop(&whole, (wsi_rect){part.x - tile.x, part.y - tile.y, part.w, part.h});
    wsi_image_copy(&to, &from);
    return WSI_OK;
}

static wsi_status read_parts(wsi_slide *slide, int level, wsi_rect rect, void *tmp, const wsi_image *dst,
                             wsi_error *err)
{
    const wsi_level *l = &slide->info.levels[level];
    for (int64_t ty = rect.y / l->tile_h; ty * l->tile_h < rect.y + rect.h; ty++) {
        for (int64_t tx = rect.x / l->tile_w; tx * l->tile_w < rect.x + rect.w; tx++) {
            WSI_FORWARD(read_part(slide, level, tx, ty, rect, tmp, dst, err));
        }
    }
    return WSI_OK;
}

wsi_status wsi_slide_decode_rect(wsi_slide *slide, int level, wsi_rect rect, const wsi_image *dst, wsi_error *err)
{
    WSI_RETURN_IF(!tile_exists(slide, level, 0, 0), WSI_ERR_USAGE, "%s: no level %d",
                  slide ? slide->info.path : "no slide", level);
    const wsi_level *l = &slide->info.levels[level];
    WSI_RETURN_IF(!dst || !dst->data || dst->w != rect.w || dst->h != rect.h || !same_format(dst->fmt, slide->info.fmt),
                  WSI_ERR_USAGE, "%s: the destination has the wrong size or format", slide->info.path);
    WSI_RETURN_IF(!wsi_rect_contains((wsi_rect){0, 0, l->w, l->h}, rect), WSI_ERR_USAGE,
                  "%s: the region lies outside level %d", slide->info.path, level);
    const size_t row = (size_t)(l->tile_w < l->w ? l->tile_w : l->w) * wsi_pixfmt_size(dst->fmt);
    void *tmp = wsi_calloc((size_t)(l->tile_h < l->h ? l->tile_h : l->h), row);
    WSI_RETURN_IF(!tmp, WSI_ERR_NO_MEMORY, "%s: no memory for a tile", slide->info.path);
    const wsi_status status = read_parts(slide, level, rect, tmp, dst, err);
    wsi_free(tmp);
    return status;
}

wsi_status wsi_slide_decode_associated(wsi_slide *slide, int index, const wsi_image *dst, wsi_error *err)
{
    WSI_RETURN_IF(!slide || index < 0 || index >= slide->info.associated_count, WSI_ERR_USAGE,
                  "%s: no associated image %d", slide ? slide->info.path : "no slide", index);
    const wsi_associated *a = &slide->info.associated[index];
    WSI_RETURN_IF(!dst || !dst->data || dst->w != a->w || dst->h != a->h ||
                      !same_format(dst->fmt, (wsi_pixfmt){WSI_U8, 3}),
                  WSI_ERR_USAGE, "%s: associated image %s: the destination has the wrong size or format",
                  slide->info.path, a->name);
    wsi_error local;
    local.code = WSI_OK;
    const wsi_status raw = slide->driver->read_associated(slide, index, dst, &local);
    const wsi_status status = police(slide, "read_associated", raw, &local);
    if (status == WSI_OK) return WSI_OK;
    return wsi_error_set(err, status, "%s: associated image %s: %s", slide->info.path, a->name, local.message);
}
