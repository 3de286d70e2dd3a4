/* Slides: opened from files, made up, or lent from memory; looked at; read region by region.
 *
 * A handle may be used from any number of threads at once, by region reads and jobs alike; only wsi_slide_close must
 * come last and alone. Different handles never share anything. */
#ifndef WSIPROC_SLIDE_H
#define WSIPROC_SLIDE_H

#include <wsiproc/image.h>
#include <wsiproc/log.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wsi_slide wsi_slide;

/* ---- What is known about a slide ---- */

enum { WSI_LEVELS_MAX = 64 };

/* One resolution level. Its source tiles form a grid from the level's origin: tile (tx, ty) covers
 * x tx*tile_w .. and y ty*tile_h .., clipped to w x h. A strip is a tile as wide as the level. */
typedef struct wsi_level {
    int64_t w, h;           /* pixels, > 0 */
    double downsample;      /* level-0 pixels a pixel; 1 for level 0 */
    int64_t tile_w, tile_h; /* pixels, > 0 */
    int64_t tiles_x, tiles_y;
    int sequential;          /* 1: tiles come cheaply only in raster order, one at a time (huge strips) */
    int raw;                 /* 1: the compressed bytes of a tile can be fetched apart from decoding it */
    const char *compression; /* "jpeg", "jpeg2000", "lzw", "deflate", "zstd", "packbits", "none", "synthetic", ... */
} wsi_level;

/* Label, macro, thumbnail: never copied into outputs unless asked for. */
typedef struct wsi_associated {
    const char *name;
    int64_t w, h;
} wsi_associated;

typedef struct wsi_property {
    const char *key, *value; /* UTF-8 */
} wsi_property;

typedef enum wsi_photometric {
    WSI_PHOTO_GRAY = 0, /* 1 sample, black is zero (readers turn white-is-zero over) */
    WSI_PHOTO_RGB,      /* 3 samples, sRGB or as the ICC profile says; a 4th is alpha */
    WSI_PHOTO_CHANNELS  /* independent channels */
} wsi_photometric;

/* Everything is owned by the slide handle, never changes, and lives as long as the handle does. */
typedef struct wsi_slide_info {
    const char *path;   /* as given to open; of a slide from memory, its name */
    const char *driver; /* "tiff", "openslide", "synthetic", "memory" */
    const char *vendor; /* "aperio", "hamamatsu", "generic-tiff", "ome", "philips", "synthetic", ... */
    wsi_pixfmt fmt;     /* of every level's pixels: the slide's native format */
    wsi_photometric photometric;
    int level_count;
    wsi_level levels[WSI_LEVELS_MAX];    /* strictly shrinking */
    double mpp_x, mpp_y;                 /* micrometres a level-0 pixel; 0 = unknown */
    double objective;                    /* nominal magnification; 0 = unknown */
    double background[WSI_CHANNELS_MAX]; /* value a sample where nothing was scanned (white for RGB) */
    const void *icc;                     /* ICC profile or NULL */
    size_t icc_size;
    int associated_count;
    const wsi_associated *associated;
    int property_count;
    const wsi_property *properties; /* free text of the source (it may identify a patient): never put into outputs */
    const char *fingerprint;        /* hexadecimal SHA-256 that changes when the slide's content is replaced */
} wsi_slide_info;

/* ---- Opening ---- */

/* Zero it before filling it in: what is added later means nothing when it is 0. */
typedef struct wsi_slide_options {
    const wsi_log *log;   /* may be NULL; copied */
    double mpp_override;  /* micrometres a level-0 pixel, whatever the file says; 0 = what it says */
    uint64_t reserved[6]; /* must be 0 */
} wsi_slide_options;

/* Opens a slide file, or "synthetic:WxH[,seed=N,...]". options may be NULL. On success the caller owns *out and gives
 * it back with wsi_slide_close; on failure *out is NULL. The message starts with the path. Blocks on I/O.
 * Errors: INPUT_OPEN, INPUT_FORMAT, INPUT_CORRUPT, INPUT_UNSUPPORTED, NO_MEMORY, USAGE (no path, a bad synthetic: text,
 * bad options). */
WSI_API wsi_status wsi_slide_open(const char *path, const wsi_slide_options *options, wsi_slide **out, wsi_error *err);

/* Zero it before filling it in. */
typedef struct wsi_memory_options {
    const wsi_log *log;       /* may be NULL; copied */
    const char *name;         /* in messages and outputs; NULL = "memory"; copied */
    double mpp_x, mpp_y;      /* micrometres a pixel; 0 = unknown. One alone stands for both */
    double objective;         /* nominal magnification; 0 = unknown */
    const double *background; /* one value a channel, beyond the edges of region reads; NULL = white for
                                 RGB and RGBA of integers, 0 otherwise; copied */
    int channels_apart;       /* 1: three or four channels are no RGB(A) */
    int copy;                 /* 1: the pixels are copied, and the caller's memory is free again on return */
    void (*release)(void *user,
                    void *data); /* may be NULL. Called once, with the array's data, when the slide needs the
                                  pixels no more: by wsi_slide_close, or with `copy` before the return */
    void *release_user;
    uint64_t reserved[6]; /* must be 0 */
} wsi_memory_options;

/* Makes a slide of one level from an image in host memory (WSI_MEMORY_HOST or WSI_MEMORY_CUDA_HOST), of any type and
 * strides. Without `copy` the pixels are borrowed: they must stay as they are until they are released. options may be
 * NULL. All pixels are read once, for the fingerprint. One channel is gray, three are RGB, four RGBA, others
 * independent. BOOL samples other than 0 count as 1.
 * On success the caller owns *out; on failure *out is NULL, and `release` has not been and will not be called.
 * Errors: USAGE (array or options wrong, memory of a GPU), INPUT_UNSUPPORTED (more than WSI_CHANNELS_MAX channels, or
 * 2^31 rows or columns), NO_MEMORY. */
WSI_API wsi_status wsi_slide_open_memory(const wsi_array *pixels, const wsi_memory_options *options, wsi_slide **out,
                                         wsi_error *err);

/* Closes *slide and sets it to NULL; NULL is accepted, twice over. No other call may be using the handle, and jobs
 * that read it must have ended. */
WSI_API void wsi_slide_close(wsi_slide **slide);

/* 1 when some driver would take this file: looks at its first bytes and, where that does not decide, asks the
 * driver's library. Never for a file that is part of another slide (MIRAX .dat, VMS tiles, ...). NULL: 0. */
WSI_API int wsi_slide_probe(const char *path);

/* ---- Looking ---- */

/* NULL for NULL. */
WSI_API const wsi_slide_info *wsi_slide_get_info(const wsi_slide *slide);
/* Value of a property of the source, or NULL. */
WSI_API const char *wsi_slide_property(const wsi_slide *slide, const char *key);
/* The smallest level that has at least one pixel for each `downsample` x `downsample` pixels of level 0, the one
 * to shrink from; 0 for a downsample below 1, -1 for no slide. */
WSI_API int wsi_slide_best_level(const wsi_slide *slide, double downsample);

/* ---- Reading ---- */

/* Reads a rectangle of a level, in that level's own pixels, into dst, which is host memory of region.h rows and
 * region.w columns with any strides. What dst's type and channels say is what comes: the slide's native format, or
 * otherwise 8-bit RGB, converted with scikit-image's img_as_ubyte rules (gray is repeated, alpha is dropped).
 *
 * A region may reach beyond the level or lie wholly outside it: what is outside, as well as what was never scanned, is
 * filled with the background. An empty region (w or h is 0) is USAGE. Blocks on I/O; every call decodes the source
 * tiles that it touches. On failure dst's content is undefined.
 * Errors: USAGE (no slide, no such level, dst does not fit the region or is no host memory), INPUT_UNSUPPORTED (8-bit
 * RGB of independent channels), INPUT_OPEN, INPUT_CORRUPT, NO_MEMORY. */
WSI_API wsi_status wsi_slide_read_region(wsi_slide *slide, int level, wsi_rect region, const wsi_array *dst,
                                         wsi_error *err);

/* Reads associated image `index` whole as 8-bit RGB into dst, which must have its size.
 * Errors: as wsi_slide_read_region. */
WSI_API wsi_status wsi_slide_read_associated(wsi_slide *slide, int index, const wsi_array *dst, wsi_error *err);

#ifdef __cplusplus
}
#endif
#endif
