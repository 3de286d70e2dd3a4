/* What drivers and the front end share: the driver table's row, the slide record, the file below it, and helpers that
 * fill a slide's description. Drivers never call each other; codec helpers (decode-*.h) stand beside them.
 *
 * The front end (reader.c) polices drivers: arguments reach them checked, and a driver that fails without an error,
 * or succeeds with one, is reported by its name. */
#ifndef WSI_READER_PRIVATE_H
#define WSI_READER_PRIVATE_H

#include <pthread.h>
#include <time.h>

#include "reader.h"

enum { WSI_SOURCE_HEAD = 64 };

/* The file under a slide, opened once; every thread reads it with positioned reads. fd is -1 where the path names
 * no regular file ("synthetic:..."). Written by open, read-only afterwards. */
typedef struct wsi_source {
    const char *path;
    int fd;
    uint64_t size;            /* bytes */
    struct timespec modified; /* when it was opened */
    unsigned char head[WSI_SOURCE_HEAD];
    size_t head_size; /* bytes of head that are there */
} wsi_source;

/* Opens path; sources of a scheme ("synthetic:") get fd -1. path must outlive the source. */
wsi_status wsi_source_open(wsi_source *src, const char *path, wsi_error *err);
void wsi_source_close(wsi_source *src);
/* 1 when the file, still under whatever name, was written to since it was opened. */
int wsi_source_changed(const wsi_source *src);
/* Reads exactly size bytes: INPUT_CORRUPT where the file ends before, INPUT_OPEN on an I/O error. Any thread. */
wsi_status wsi_source_read(const wsi_source *src, uint64_t offset, size_t size, void *buf, wsi_error *err);
/* As wsi_source_read, but returns how many bytes there were (0 at the end and on error). */
size_t wsi_source_peek(const wsi_source *src, uint64_t offset, size_t size, void *buf);

typedef struct wsi_reader_driver {
    const char *name;    /* wsi_slide_info.driver */
    const char *summary; /* one sentence */
    size_t priv_size;    /* bytes of the driver's own state, allocated zeroed by the front end */
    /* 1 when the driver takes this source. Must not change anything; only the last driver may allocate. */
    int (*probe)(const wsi_source *src);
    /* Must fill slide->info through the helpers below (levels, fmt, ...). On failure close is called as well. */
    wsi_status (*open)(wsi_slide *slide, wsi_error *err);
    /* (optional; default: no level has raw == 1) Must do no I/O. */
    wsi_tile_span (*tile_span)(const wsi_slide *slide, int level, int64_t tx, int64_t ty);
    /* Must fill all of dst, from several threads at once. Missing tiles: wsi_slide_fill_background. */
    wsi_status (*read_tile)(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                            const wsi_image *dst, wsi_error *err);
    /* (optional; default: no level's tiles are JPEG) level_is_jpeg must do no I/O. jpeg_frame: as wsi_slide_jpeg_frame,
     * for levels that are; tile is its clipped rectangle. */
    int (*level_is_jpeg)(const wsi_slide *slide, int level);
    wsi_status (*jpeg_frame)(wsi_slide *slide, int level, wsi_rect tile, const void *bytes, size_t size,
                             wsi_jpeg_frame *out, int *usable, wsi_error *err);
    /* (optional; default: the slide has no associated images) dst is 8-bit RGB of the image's size. */
    wsi_status (*read_associated)(wsi_slide *slide, int index, const wsi_image *dst, wsi_error *err);
    /* Must accept a half-opened slide. */
    void (*close)(wsi_slide *slide);
} wsi_reader_driver;

enum { WSI_PIXEL_MAX = WSI_CHANNELS_MAX * 8 };

struct wsi_slide {
    wsi_slide_info info; /* written by open, read-only afterwards */
    wsi_source source;
    const wsi_reader_driver *driver;
    char *path;         /* info.path */
    const void *origin; /* of a slide that is no file, while it opens; else NULL */
    wsi_log log;
    int has_log;
    double mpp_override;
    void **kept; /* allocations owned by the slide */
    size_t kept_count, kept_room;
    wsi_associated *associated; /* info.associated; grows while opening */
    wsi_property *properties;   /* info.properties */
    char fingerprint[65];
    unsigned char background[WSI_PIXEL_MAX]; /* one pixel in info.fmt */
    void *priv;                              /* the driver's own, priv_size bytes */
};

/* Opens a slide that is no file: its driver's open finds origin in the slide. The message starts with name. */
wsi_status wsi_slide_open_origin(const char *name, const wsi_log *log, const wsi_reader_driver *driver,
                                 const void *origin, wsi_slide **out, wsi_error *err);
/* 1 when all of them are 0, as what is reserved must be. */
int wsi_slide_reserved_clear(const uint64_t *reserved, size_t n);

/* Log of the slide, or NULL. */
const wsi_log *wsi_slide_log(const wsi_slide *slide);

/* Helpers for open. Text is copied; what is no UTF-8 is taken for Latin-1, control characters become spaces. */
wsi_status wsi_slide_add_property(wsi_slide *slide, const char *key, const char *value, wsi_error *err);
wsi_status wsi_slide_add_propertyf(wsi_slide *slide, wsi_error *err, const char *key, const char *fmt, ...)
    WSI_PRINTF(4, 5);
wsi_status wsi_slide_add_associated(wsi_slide *slide, const char *name, int64_t w, int64_t h, wsi_error *err);
/* Copies an ICC profile. */
wsi_status wsi_slide_set_icc(wsi_slide *slide, const void *icc, size_t size, wsi_error *err);
/* Appends a level; computes tiles_x, tiles_y and downsample. */
wsi_status wsi_slide_add_level(wsi_slide *slide, const wsi_level *level, wsi_error *err);
/* Sets the format, what the samples mean, and the background (the same value for every sample). */
wsi_status wsi_slide_set_format(wsi_slide *slide, wsi_pixfmt fmt, wsi_photometric photometric, double background,
                                wsi_error *err);
/* Largest value of an integer type; 0 for bool and floats. */
double wsi_slide_white(wsi_dtype type);
/* Another background, a value for each sample. Errors: USAGE (a value that the sample type does not have). */
wsi_status wsi_slide_set_background(wsi_slide *slide, const double *values, wsi_error *err);
/* Hands p over to the slide, which frees it with wsi_free when it closes. NULL is NO_MEMORY. On failure p is freed. */
wsi_status wsi_slide_keep(wsi_slide *slide, void *p, wsi_error *err);
/* Number at the start of text, in the C locale whatever the process's is; 0 when there is none or it is not finite. */
double wsi_parse_number(const char *text);

/* SHA-256 of the file's size and content (small files whole, large ones by samples spread over them), then of extra
 * bytes (directory tables) that name every tile: written to slide->fingerprint. */
wsi_status wsi_slide_fingerprint(wsi_slide *slide, const void *const *extra, const size_t *extra_size, int n,
                                 wsi_error *err);
/* The same with bytes that are made as they are needed: next gives piece after piece, then NULL. */
typedef const void *(*wsi_next_piece)(void *user, size_t *size);
wsi_status wsi_slide_fingerprint_pieces(wsi_slide *slide, wsi_next_piece next, void *user, wsi_error *err);

/* A pool of equal objects that one thread at a time may use: taken for the length of a call, then given back.
 * make returns NULL with err set on failure. */
typedef struct wsi_lender {
    pthread_mutex_t lock;
    void **idle;                  /* under lock */
    size_t idle_count, idle_room; /* under lock */
    void *(*make)(void *owner, wsi_error *err);
    void (*destroy)(void *object);
    void *owner;
    int ready; /* lock is initialised */
} wsi_lender;

void wsi_lender_init(wsi_lender *lender, void *owner, void *(*make)(void *, wsi_error *), void (*destroy)(void *));
void *wsi_lender_take(wsi_lender *lender, wsi_error *err);
void wsi_lender_give(wsi_lender *lender, void *object);
/* All objects must have been given back. Accepts a lender that was never initialised (zeroed). */
void wsi_lender_close(wsi_lender *lender);

extern const wsi_reader_driver wsi_reader_synthetic, wsi_reader_tiff, wsi_reader_openslide;

#endif
