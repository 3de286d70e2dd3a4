/* Tables of objects: columns of numbers, and outlines. */
#ifndef WSIPROC_TABLE_H
#define WSIPROC_TABLE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { WSI_COLUMNS_MAX = 128 };

/* Type of a column's cells. Values are pinned. */
typedef enum wsi_column_type {
    WSI_COLUMN_INT = 0, /* int64_t */
    WSI_COLUMN_FLOAT,   /* double; NaN = none */
    WSI_COLUMN_OUTLINE  /* wsi_outline: written where the format has shapes, left out elsewhere */
} wsi_column_type;

typedef struct wsi_column {
    char name[48]; /* scikit-image's, "bbox-0", "intensity_mean-1", ... */
    char unit[16]; /* "px", "px2", "um", "um2", "rad", "" */
    wsi_column_type type;
} wsi_column;

/* Closed rings around one object, in pixels of the level, corners of pixels (0, 0 is the slide's corner): the outer
 * ring of each part, then its holes. */
typedef struct wsi_outline {
    int ring_count;
    const int32_t *ring_points; /* points of each ring, the first not repeated */
    const uint8_t *ring_hole;   /* 1: a hole in the last outer ring before it */
    const double *xy;           /* x, y of all points, ring after ring */
} wsi_outline;

#ifdef __cplusplus
}
#endif
#endif
