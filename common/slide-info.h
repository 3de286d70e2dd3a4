/* What is known about a slide: filled by a reader, read by the scheduler, carried into outputs by writers. */
#ifndef WSI_SLIDE_INFO_H
#define WSI_SLIDE_INFO_H

#include <stddef.h>
#include <stdint.h>

#include "image.h"

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

/* Everything is owned by the slide handle and lives as long as it does. */
typedef struct wsi_slide_info {
    const char *path;   /* as given to open */
    const char *driver; /* "tiff", "openslide", "synthetic" */
    const char *vendor; /* "aperio", "hamamatsu", "generic-tiff", "ome", "philips", "synthetic", ... */
    wsi_pixfmt fmt;     /* of every level's tiles as delivered */
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
    const wsi_property *properties; /* free text of the source: shown by info, never dumped into outputs */
    const char *fingerprint;        /* hexadecimal SHA-256 that changes when the slide's content is replaced */
} wsi_slide_info;

#endif
