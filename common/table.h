/* Tables of objects, inside the library. What makes rows (kernels) and what writes them (writer) share this and nothing
 * else. */
#ifndef WSI_TABLE_H
#define WSI_TABLE_H

#include <stdint.h>

#include <wsiproc/table.h>

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
