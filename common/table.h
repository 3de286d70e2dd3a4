/* Tables of objects: columns of numbers, and outlines. What makes rows (kernels) and what writes them (writer) share
 * this and nothing else. */
#ifndef WSI_TABLE_H
#define WSI_TABLE_H

#include <stdint.h>

enum { WSI_COLUMNS_MAX = 128 };

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

/* What the rows are, which formats that know such things lay out in their own way. */
typedef enum wsi_table_kind {
    WSI_TABLE_OBJECTS = 0, /* one a labelled object */
    WSI_TABLE_POINTS,      /* one a place: columns x, y or centroid-1, centroid-0 */
    WSI_TABLE_PATCHES      /* one a square to be read: columns x, y (of level 0), facts patch_size, ... */
} wsi_table_kind;

/* What a table says beside its rows: a number by name, e.g. patch_size = 256. */
enum { WSI_FACTS_MAX = 16 };

typedef struct wsi_fact {
    char name[48];
    double value; /* written as a whole number where it is one */
} wsi_fact;

/* Some rows: cells[c] points to `count` values of column c's type. Borrowed for the call. */
typedef struct wsi_rows {
    int64_t count;
    const void *cells[WSI_COLUMNS_MAX];
} wsi_rows;

#endif
