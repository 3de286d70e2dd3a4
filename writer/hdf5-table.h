/* A table within an open HDF5 file: a group with a dataset a column, all of one length; attributes say units, what the
 * table is about and its description (JSON). Patches have their places as `coords` (rows, 2), as CLAM and TRIDENT read
 * them, with their attributes, in the place of columns x and y. Outlines are left out. */
#ifndef WSI_HDF5_TABLE_H
#define WSI_HDF5_TABLE_H

#include "encode-deflate.h"
#include "hdf5-util.h"
#include "table-private.h"

/* Rows a chunk. */
enum { WSI_TABLE_CHUNK = 16384 };

/* One dataset: `width` columns side by side. */
typedef struct wsi_hdf5_column {
    char name[48];
    char unit[16];
    wsi_column_type type;
    int width, from[2]; /* columns of the table */
    hid_t dataset;
    void *cells; /* of the chunk under way: WSI_TABLE_CHUNK rows */
} wsi_hdf5_column;

typedef struct wsi_hdf5_table {
    const wsi_table *table;
    hid_t group; /* borrowed */
    int count;
    wsi_hdf5_column columns[WSI_COLUMNS_MAX];
    int64_t rows; /* so far */
    uint64_t bytes;
    wsi_deflate *deflate;
    void *shuffled, *packed; /* a chunk */
    size_t packed_room;
} wsi_hdf5_table;

/* t is zeroed memory; group and table must outlive it. Called with HDF5 silenced, as the others. */
wsi_status wsi_hdf5_table_open(wsi_hdf5_table *t, hid_t group, const wsi_table *table, wsi_error *err);
wsi_status wsi_hdf5_table_rows(wsi_hdf5_table *t, const wsi_rows *rows, wsi_error *err);
/* Writes the last chunk and the attributes. */
wsi_status wsi_hdf5_table_finish(wsi_hdf5_table *t, wsi_error *err);
/* Also of a half-built one, and after finish. */
void wsi_hdf5_table_close(wsi_hdf5_table *t);

/* Attributes of a dataset `coords` by which CLAM and TRIDENT read patches; 0 or -1. */
int wsi_hdf5_put_patches(hid_t coords, const wsi_table_spec *spec);

/* The open file of a sink of format hdf5. */
hid_t wsi_sink_hdf5_file(const wsi_sink *sink);

#endif
