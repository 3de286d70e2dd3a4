/* Slides that are images in a caller's memory: one level, no file. Tiles are a grid laid over the caller's array, whose
 * strides may be anything, and are copied out of it as they are read.
 *
 * The array stays the caller's and must not change until it is released; a copy is taken only where it is asked for.
 * The fingerprint is of all pixels, so that outputs of another image are never taken for up to date. */
#include "reader-private.h"

#include <math.h>
#include <string.h>

#include "common/array.h"
#include "common/mem.h"

enum { TILE = 512 };

/* What wsi_slide_open_memory was given, checked. */
typedef struct memory_origin {
    wsi_array pixels;
    const wsi_memory_options *options; /* never NULL */
} memory_origin;

typedef struct memory {
    wsi_array pixels;
    void *copy; /* owned; NULL: they are borrowed */
    void (*release)(void *user, void *data);
    void *release_user;
} memory;

/* ---- Pixels ---- */

/* NumPy says that any other byte than 0 is true; elsewhere in the program only 1 is. */
static void make_bool(const wsi_image *im)
{
    for (int64_t y = 0; y < im->h; y++) {
        uint8_t *row = wsi_image_row(im, y);
        for (int64_t x = 0; x < im->w * im->fmt.channels; x++) row[x] = row[x] != 0;
    }
}

static void take_pixels(const memory *m, wsi_rect rect, const wsi_image *dst)
{
    const wsi_array from = wsi_array_crop(&m->pixels, rect), to = wsi_array_of_image(dst);
    wsi_array_copy(&to, &from);
    if (dst->fmt.type == WSI_BOOL) make_bool(dst);
}

static wsi_status read_tile(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                            const wsi_image *dst, wsi_error *err)
{
    (void)bytes, (void)size, (void)err;
    take_pixels(slide->priv, wsi_slide_tile_rect(slide, level, tx, ty), dst);
    return WSI_OK;
}

static wsi_status copy_pixels(memory *m, wsi_pixfmt fmt, wsi_error *err)
{
    const int64_t w = m->pixels.shape[1], h = m->pixels.shape[0];
    size_t row;
    if (wsi_mul_size((size_t)w, wsi_pixfmt_size(fmt), &row)) m->copy = wsi_calloc((size_t)h, row);
    WSI_RETURN_IF(!m->copy, WSI_ERR_NO_MEMORY, "no memory for a copy of the pixels");
    const wsi_array to = wsi_array_packed(m->copy, fmt, w, h);
    wsi_array_copy(&to, &m->pixels);
    m->pixels = to;
    return WSI_OK;
}

/* ---- Fingerprint ---- */

/* Size, format, then row after row without gaps. */
typedef struct row_walk {
    const memory *m;
    int64_t head[4];
    int64_t next; /* row; -1: the head */
    wsi_image row;
} row_walk;

static const void *next_row(void *user, size_t *size)
{
    row_walk *walk = user;
    const int64_t y = walk->next++;
    if (y == walk->m->pixels.shape[0]) return NULL;
    *size = y < 0 ? sizeof walk->head : (size_t)walk->row.stride;
    if (y < 0) return walk->head;
    take_pixels(walk->m, (wsi_rect){0, y, walk->row.w, 1}, &walk->row);
    return walk->row.data;
}

static wsi_status fingerprint(wsi_slide *slide, wsi_error *err)
{
    const memory *m = slide->priv;
    const wsi_pixfmt fmt = slide->info.fmt;
    const int64_t w = m->pixels.shape[1], h = m->pixels.shape[0];
    row_walk walk = {.m = m, .head = {w, h, (int64_t)fmt.type, fmt.channels}, .next = -1};
    size_t bytes;
    if (wsi_mul_size((size_t)w, wsi_pixfmt_size(fmt), &bytes)) walk.row.data = wsi_calloc(1, bytes);
    WSI_RETURN_IF(!walk.row.data, WSI_ERR_NO_MEMORY, "no memory for a row");
    walk.row = (wsi_image){walk.row.data, (ptrdiff_t)bytes, w, 1, fmt};
    const wsi_status status = wsi_slide_fingerprint_pieces(slide, next_row, &walk, err);
    wsi_free(walk.row.data);
    return status;
}

/* ---- Opening ---- */

static wsi_photometric meaning_of(const memory_origin *origin)
{
    const int64_t channels = wsi_array_channels(&origin->pixels);
    if (channels == 1) return WSI_PHOTO_GRAY;
    return (channels == 3 || channels == 4) && !origin->options->channels_apart ? WSI_PHOTO_RGB : WSI_PHOTO_CHANNELS;
}

static void take_scale(wsi_slide *slide, const wsi_memory_options *options)
{
    slide->info.mpp_x = options->mpp_x > 0 ? options->mpp_x : options->mpp_y;
    slide->info.mpp_y = options->mpp_y > 0 ? options->mpp_y : options->mpp_x;
    slide->info.objective = options->objective;
}

static wsi_status open_slide(wsi_slide *slide, wsi_error *err)
{
    const memory_origin *origin = slide->origin;
    const wsi_memory_options *options = origin->options;
    memory *m = slide->priv;
    m->pixels = origin->pixels;
    const wsi_pixfmt fmt = wsi_array_format(&m->pixels);
    const wsi_photometric meaning = meaning_of(origin);
    const double white = meaning == WSI_PHOTO_RGB ? wsi_slide_white(fmt.type) : 0;
    const wsi_level level = {
        .w = m->pixels.shape[1], .h = m->pixels.shape[0], .tile_w = TILE, .tile_h = TILE, .compression = "none"};
    WSI_RETURN_IF(level.w > INT32_MAX || level.h > INT32_MAX, WSI_ERR_INPUT_UNSUPPORTED, "%lld x %lld pixels",
                  (long long)level.w, (long long)level.h);
    slide->info.vendor = "memory";
    take_scale(slide, options);
    WSI_FORWARD(wsi_slide_set_format(slide, fmt, meaning, white, err));
    if (options->background) WSI_FORWARD(wsi_slide_set_background(slide, options->background, err));
    WSI_FORWARD(wsi_slide_add_level(slide, &level, err));
    if (options->copy) WSI_FORWARD(copy_pixels(m, fmt, err));
    return fingerprint(slide, err);
}

static void close_slide(wsi_slide *slide)
{
    memory *m = slide->priv;
    if (m->release) m->release(m->release_user, m->pixels.data);
    wsi_free(m->copy);
}

static const wsi_reader_driver driver = {
    .name = "memory",
    .summary = "images in a caller's memory",
    .priv_size = sizeof(memory),
    .open = open_slide,
    .read_tile = read_tile,
    .close = close_slide,
};

static int usable_number(double v)
{
    return v >= 0 && isfinite(v);
}

static wsi_status check_options(const wsi_memory_options *options, wsi_error *err)
{
    WSI_RETURN_IF(!wsi_slide_reserved_clear(options->reserved, sizeof options->reserved / sizeof *options->reserved),
                  WSI_ERR_USAGE, "options: what is reserved must be 0");
    WSI_RETURN_IF(!usable_number(options->mpp_x) || !usable_number(options->mpp_y) ||
                      !usable_number(options->objective),
                  WSI_ERR_USAGE, "options: resolution and magnification are positive, or 0");
    return WSI_OK;
}

static wsi_status open_checked(const memory_origin *origin, wsi_slide **out, wsi_error *err)
{
    const wsi_memory_options *options = origin->options;
    const char *name = options->name && options->name[0] ? options->name : "memory";
    WSI_FORWARD(wsi_slide_open_origin(name, options->log, &driver, origin, out, err));
    memory *m = (*out)->priv;
    if (!options->release) return WSI_OK;
    if (m->copy) {
        options->release(options->release_user, origin->pixels.data);
    } else {
        m->release = options->release;
        m->release_user = options->release_user;
    }
    return WSI_OK;
}

wsi_status wsi_slide_open_memory(const wsi_array *pixels, const wsi_memory_options *options, wsi_slide **out,
                                 wsi_error *err)
{
    static const wsi_memory_options none = {0};
    WSI_RETURN_IF(!out, WSI_ERR_USAGE, "wsi_slide_open_memory: no place for the handle");
    *out = NULL;
    WSI_FORWARD(wsi_array_check(pixels, err));
    WSI_RETURN_IF(pixels->memory == WSI_MEMORY_CUDA, WSI_ERR_USAGE, "pixels in a GPU's memory cannot be a slide");
    WSI_RETURN_IF(wsi_array_channels(pixels) > WSI_CHANNELS_MAX, WSI_ERR_INPUT_UNSUPPORTED,
                  "%lld channels, at most %d are supported", (long long)wsi_array_channels(pixels), WSI_CHANNELS_MAX);
    const memory_origin origin = {*pixels, options ? options : &none};
    WSI_FORWARD(check_options(origin.options, err));
    return open_checked(&origin, out, err);
}
