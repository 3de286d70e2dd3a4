/* What the front end of tables (table-sink.c) and its drivers share. */
#ifndef WSI_TABLE_PRIVATE_H
#define WSI_TABLE_PRIVATE_H

#include "outfile.h"
#include "table-sink.h"

#include <jansson.h>
#include <stdalign.h>

struct wsi_table {
    const wsi_table_format *format;
    wsi_table_spec spec; /* texts are the table's own copies */
    wsi_outfile *file;   /* NULL within a sink */
    wsi_sink *sink;      /* that holds it, or NULL */
    char *bad_tiles;     /* JSON array or NULL */
    int64_t row_count;
    uint64_t bytes;                            /* written so far, kept by the driver */
    alignas(max_align_t) unsigned char priv[]; /* format->priv_size bytes, zeroed */
};

/* Micrometres a pixel of the table; 0 = not known. */
double wsi_table_mpp_x(const wsi_table *table);
double wsi_table_mpp_y(const wsi_table *table);
/* What a table says of itself: wsiproc, format_version, result, chain, kind, rows, columns (name, unit, type), facts,
 * mpp_x, mpp_y, downsample, bad_tiles; provenance with `whole`. NULL when out of memory. */
json_t *wsi_table_describe(const wsi_table *table, int whole);
/* Index of the column of that name, or -1. */
int wsi_table_column(const wsi_table_spec *spec, const char *name);

/* What formats of text have in common. */
#define WSI_TABLE_OF_TEXT                                                                                              \
    .sealed_beside = 1, .priv_size = sizeof(priv), .open = open_table, .rows = put_rows, .finish = finish,             \
    .abort = abort_table

/* wsi_table_hdf5_group: within an HDF5 sink's file. */
extern const wsi_table_format wsi_table_csv, wsi_table_csv_gz, wsi_table_geojson, wsi_table_geojson_gz, wsi_table_hdf5,
    wsi_table_hdf5_group;

#endif
