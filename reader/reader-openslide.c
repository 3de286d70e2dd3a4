/* Everything else through OpenSlide: NDPI, MIRAX, Leica, Ventana, VMS, Trestle, Sakura, and DICOM where the library
 * reads it.
 *
 * OpenSlide gives premultiplied ARGB with alpha 0 where nothing was scanned; it is composited here on the slide's
 * background colour. Its handles serve any number of threads, but an error sticks to a handle for ever: after one, the
 * handle is opened again, so that a bad tile does not take the others with it. */
#include "reader-private.h"

#include <openslide.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

#include "common/mem.h"

enum { TILE = 1024, TILE_MIN = 128, TILE_MAX = 4096 };

typedef struct openslide_priv {
    pthread_rwlock_t lock;
    int lock_made;
    openslide_t *handle;     /* used under a read lock, replaced under a write lock */
    unsigned generation;     /* under lock: how often it was replaced */
    const char **associated; /* OpenSlide's names by index */
    uint8_t background[3];
} openslide_priv;

/* OpenSlide opens TIFFs with libtiff's process-wide handlers, which print every unknown tag to standard error. Its
 * errors come back to us by openslide_get_error all the same. */
static void silence_libtiff(void)
{
    TIFFSetWarningHandler(NULL);
    TIFFSetErrorHandler(NULL);
}

static pthread_once_t silence_once = PTHREAD_ONCE_INIT;

static int probe(const wsi_source *source)
{
    pthread_once(&silence_once, silence_libtiff);
    return source->fd >= 0 && openslide_detect_vendor(source->path) != NULL;
}

static const char *property(const openslide_priv *p, const char *name)
{
    return openslide_get_property_value(p->handle, name);
}

static double number_property(const openslide_priv *p, const char *name)
{
    const char *text = property(p, name);
    return text ? wsi_parse_number(text) : 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static void read_background(openslide_priv *p)
{
    const char *text = property(p, OPENSLIDE_PROPERTY_NAME_BACKGROUND_COLOR);
    memset(p->background, 255, 3);
    if (!text || strlen(text) != 6 || strspn(text, "0123456789abcdefABCDEF") != 6) return;
    for (int i = 0; i < 3; i++) p->background[i] = (uint8_t)(16 * hex_digit(text[2 * i]) + hex_digit(text[2 * i + 1]));
}

/* The level's own tile size where the vendor has one of a sensible size; it is a hint, not a promise. */
static int64_t tile_size(const openslide_priv *p, int level, const char *which)
{
    char name[64];
    snprintf(name, sizeof name, "openslide.level[%d].tile-%s", level, which);
    const double v = number_property(p, name);
    return v >= TILE_MIN && v <= TILE_MAX ? (int64_t)v : 0;
}

static wsi_status add_levels(wsi_slide *slide, openslide_priv *p, wsi_error *err)
{
    const int n = openslide_get_level_count(p->handle);
    for (int i = 0; i < n && slide->info.level_count < WSI_LEVELS_MAX; i++) {
        wsi_level level = {.tile_w = tile_size(p, i, "width"), .tile_h = tile_size(p, i, "height")};
        if (level.tile_w == 0 || level.tile_h == 0) level.tile_w = level.tile_h = TILE;
        level.compression = "openslide";
        openslide_get_level_dimensions(p->handle, i, &level.w, &level.h);
        if (i > 0 && (level.w >= slide->info.levels[i - 1].w || level.h > slide->info.levels[i - 1].h)) break;
        WSI_FORWARD(wsi_slide_add_level(slide, &level, err));
        slide->info.levels[i].downsample = openslide_get_level_downsample(p->handle, i);
    }
    return WSI_OK;
}

static wsi_status add_properties(wsi_slide *slide, openslide_priv *p, wsi_error *err)
{
    for (const char *const *name = openslide_get_property_names(p->handle); name && *name; name++) {
        const char *value = property(p, *name);
        if (value) WSI_FORWARD(wsi_slide_add_property(slide, *name, value, err));
    }
    return WSI_OK;
}

static wsi_status add_associated(wsi_slide *slide, openslide_priv *p, wsi_error *err)
{
    const char *const *names = openslide_get_associated_image_names(p->handle);
    int n = 0;
    while (names && names[n]) n++;
    p->associated = wsi_calloc((size_t)n + 1, sizeof *p->associated);
    WSI_RETURN_IF(!p->associated, WSI_ERR_NO_MEMORY, "openslide: no memory");
    for (int i = 0; i < n && i < 32; i++) {
        int64_t w = -1, h = -1;
        openslide_get_associated_image_dimensions(p->handle, names[i], &w, &h);
        if (w <= 0 || h <= 0 || w > (1 << 16) || h > (1 << 16)) continue;
        char *name = wsi_strdup(names[i]);
        WSI_FORWARD(wsi_slide_keep(slide, name, err));
        p->associated[slide->info.associated_count] = name;
        WSI_FORWARD(wsi_slide_add_associated(slide, name, w, h, err));
    }
    return WSI_OK;
}

#ifdef WSI_OPENSLIDE_HAS_ICC
static wsi_status add_icc(wsi_slide *slide, openslide_priv *p, wsi_error *err)
{
    const int64_t size = openslide_get_icc_profile_size(p->handle);
    if (size <= 0 || size > (64 << 20)) return WSI_OK;
    void *icc = wsi_calloc((size_t)size, 1);
    WSI_FORWARD(wsi_slide_keep(slide, icc, err));
    openslide_read_icc_profile(p->handle, icc);
    return wsi_slide_set_icc(slide, icc, (size_t)size, err);
}
#else
static wsi_status add_icc(wsi_slide *slide, openslide_priv *p, wsi_error *err)
{
    (void)slide;
    (void)p;
    (void)err;
    return WSI_OK;
}
#endif

static wsi_status set_fingerprint(wsi_slide *slide, const openslide_priv *p, wsi_error *err)
{
    /* Multi-file slides: the library's hash covers the other files' smallest level. */
    const char *hash = property(p, OPENSLIDE_PROPERTY_NAME_QUICKHASH1);
    const void *parts[] = {hash ? hash : ""};
    const size_t sizes[] = {hash ? strlen(hash) : 0};
    return wsi_slide_fingerprint(slide, parts, sizes, 1, err);
}

static wsi_status describe(wsi_slide *slide, openslide_priv *p, wsi_error *err)
{
    const char *vendor = property(p, OPENSLIDE_PROPERTY_NAME_VENDOR);
    char *copy = wsi_strdup(vendor ? vendor : "openslide");
    WSI_FORWARD(wsi_slide_keep(slide, copy, err));
    slide->info.vendor = copy;
    /* Comes here when our own TIFF driver refused it; OpenSlide 3.4 reads garbage where a level is narrower than its
     * tile. */
    WSI_RETURN_IF(strcmp(copy, "generic-tiff") == 0, WSI_ERR_INPUT_UNSUPPORTED, "openslide: a generic TIFF");
    slide->info.mpp_x = number_property(p, OPENSLIDE_PROPERTY_NAME_MPP_X);
    slide->info.mpp_y = number_property(p, OPENSLIDE_PROPERTY_NAME_MPP_Y);
    slide->info.objective = number_property(p, OPENSLIDE_PROPERTY_NAME_OBJECTIVE_POWER);
    read_background(p);
    WSI_FORWARD(wsi_slide_set_format(slide, (wsi_pixfmt){WSI_U8, 3}, WSI_PHOTO_RGB, 255, err));
    for (int i = 0; i < 3; i++) {
        slide->info.background[i] = p->background[i];
        slide->background[i] = p->background[i];
    }
    WSI_FORWARD(add_levels(slide, p, err));
    WSI_FORWARD(add_properties(slide, p, err));
    WSI_FORWARD(add_associated(slide, p, err));
    WSI_FORWARD(add_icc(slide, p, err));
    return set_fingerprint(slide, p, err);
}

static wsi_status open_handle(const wsi_slide *slide, openslide_t **out, wsi_error *err)
{
    openslide_t *handle = openslide_open(slide->info.path);
    *out = NULL;
    WSI_RETURN_IF(!handle, WSI_ERR_INPUT_FORMAT, "openslide: does not know this file");
    const char *message = openslide_get_error(handle);
    if (message) {
        wsi_error_set(err, WSI_ERR_INPUT_CORRUPT, "openslide: %s", message);
        openslide_close(handle);
        return WSI_ERR_INPUT_CORRUPT;
    }
    *out = handle;
    return WSI_OK;
}

static wsi_status open_slide(wsi_slide *slide, wsi_error *err)
{
    openslide_priv *p = slide->priv;
    WSI_RETURN_IF(pthread_rwlock_init(&p->lock, NULL) != 0, WSI_ERR_NO_MEMORY, "openslide: no lock");
    p->lock_made = 1;
    WSI_FORWARD(open_handle(slide, &p->handle, err));
    WSI_FORWARD(describe(slide, p, err));
    const char *message = openslide_get_error(p->handle);
    WSI_RETURN_IF(message, WSI_ERR_INPUT_CORRUPT, "openslide: %s", message);
    return WSI_OK;
}

/* Premultiplied ARGB words to RGB on the background. Opaque pixels are copied as they are. */
static void composite(const openslide_priv *p, const uint32_t *argb, const wsi_image *dst)
{
    for (int64_t y = 0; y < dst->h; y++) {
        uint8_t *d = wsi_image_row(dst, y);
        for (int64_t x = 0; x < dst->w; x++, d += 3) {
            const uint32_t v = *argb++;
            const unsigned rest = 255 - (v >> 24);
            for (int c = 0; c < 3; c++) {
                const unsigned sum = (v >> (16 - 8 * c) & 255) + (p->background[c] * rest + 127) / 255;
                d[c] = (uint8_t)(sum > 255 ? 255 : sum);
            }
        }
    }
}

/* Replaces a handle that an error has spoilt, unless another thread did already. */
static void reopen(wsi_slide *slide, openslide_priv *p, unsigned generation)
{
    pthread_rwlock_wrlock(&p->lock);
    openslide_t *fresh;
    if (p->generation == generation && open_handle(slide, &fresh, NULL) == WSI_OK) {
        openslide_close(p->handle);
        p->handle = fresh;
        p->generation++;
    }
    pthread_rwlock_unlock(&p->lock);
}

typedef struct request {
    int level;
    int64_t x, y;           /* level-0 pixels */
    const char *associated; /* NULL: a region of a level */
} request;

/* Reads under the read lock; an error's text goes to message (empty: none). */
static unsigned read_words(openslide_priv *p, const request *r, const wsi_image *dst, uint32_t *argb, char *message,
                           size_t room)
{
    pthread_rwlock_rdlock(&p->lock);
    const unsigned generation = p->generation;
    if (r->associated) {
        openslide_read_associated_image(p->handle, r->associated, argb);
    } else {
        openslide_read_region(p->handle, argb, r->x, r->y, r->level, dst->w, dst->h);
    }
    const char *text = openslide_get_error(p->handle);
    snprintf(message, room, "%s", text ? text : "");
    pthread_rwlock_unlock(&p->lock);
    return generation;
}

/* A second try after reopening tells this tile's own error from one that another thread left on the handle. */
static wsi_status read_pixels(wsi_slide *slide, const request *r, const wsi_image *dst, wsi_error *err)
{
    openslide_priv *p = slide->priv;
    char message[512] = "";
    uint32_t *argb = wsi_calloc((size_t)dst->w * (size_t)dst->h, sizeof *argb);
    WSI_RETURN_IF(!argb, WSI_ERR_NO_MEMORY, "openslide: no memory for a tile");
    for (int attempt = 0; attempt < 2; attempt++) {
        const unsigned generation = read_words(p, r, dst, argb, message, sizeof message);
        if (message[0] == 0) break;
        reopen(slide, p, generation);
    }
    if (message[0] == 0) composite(p, argb, dst);
    wsi_free(argb);
    WSI_RETURN_IF(message[0], WSI_ERR_INPUT_CORRUPT, "openslide: %s", message);
    return WSI_OK;
}

static wsi_status read_tile(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                            const wsi_image *dst, wsi_error *err)
{
    const wsi_level *l = &slide->info.levels[level];
    const request r = {.level = level,
                       .x = (int64_t)((double)(tx * l->tile_w) * l->downsample + 0.5),
                       .y = (int64_t)((double)(ty * l->tile_h) * l->downsample + 0.5)};
    (void)bytes;
    (void)size;
    return read_pixels(slide, &r, dst, err);
}

static wsi_status read_associated(wsi_slide *slide, int index, const wsi_image *dst, wsi_error *err)
{
    const openslide_priv *p = slide->priv;
    return read_pixels(slide, &(request){.associated = p->associated[index]}, dst, err);
}

static void close_slide(wsi_slide *slide)
{
    openslide_priv *p = slide->priv;
    if (p->handle) openslide_close(p->handle);
    if (p->lock_made) pthread_rwlock_destroy(&p->lock);
    wsi_free(p->associated);
}

const wsi_reader_driver wsi_reader_openslide = {
    .name = "openslide",
    .summary = "NDPI, MIRAX, Leica, Ventana, VMS, Trestle, Sakura and what else OpenSlide reads",
    .priv_size = sizeof(openslide_priv),
    .probe = probe,
    .open = open_slide,
    .read_tile = read_tile,
    .read_associated = read_associated,
    .close = close_slide,
};
