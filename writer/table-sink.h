/* Tables as outputs: where the rows of object tables go. One driver a file, one array of them (table-sink.c).
 *
 * A table is open (a part file is made), takes rows, some thousands at a time, and is finished (durable, under its
 * final name) or aborted (nothing is left). Text formats have no place for what is said of an output: it lies beside
 * them in PATH.json, the seal: format, columns with units, number of rows, checksums, chain, provenance, fingerprint. A
 * text table without its seal counts as not finished. HDF5 files carry all of it themselves. */
#ifndef WSI_TABLE_SINK_H
#define WSI_TABLE_SINK_H

#include <wsiproc/slide.h>

#include "common/table.h"
#include "writer.h"

typedef struct wsi_table wsi_table;

/* What a shape is in QuPath: detections, cells and tiles are light, annotations can be edited. */
typedef enum wsi_object_type {
    WSI_OBJECT_DETECTION = 0,
    WSI_OBJECT_ANNOTATION,
    WSI_OBJECT_CELL,
    WSI_OBJECT_TILE
} wsi_object_type;

/* As QuPath spells it; NULL beyond the last. */
const char *wsi_object_type_name(int type);

typedef struct wsi_table_spec {
    const char *path;  /* final name; unused by wsi_sink_table */
    const char *name;  /* of the result */
    const char *chain; /* canonical text of the steps that lead to it; may be NULL */
    wsi_table_kind kind;
    int column_count, fact_count;
    const wsi_column *columns; /* borrowed until finish or abort, as are facts and source */
    const wsi_fact *facts;
    double down_x, down_y;        /* pixels of level 0 a pixel of the table; 0 = 1. Scales GeoJSON's shapes */
    const wsi_slide_info *source; /* mpp, objective, levels; may be NULL in tests */
    wsi_object_type object_type;  /* for GeoJSON */
    const char *fingerprint_json; /* object: what made this output; compared on rerun */
    const char *provenance_json;  /* object; deterministic */
} wsi_table_spec;

typedef struct wsi_table_format {
    const char *name; /* "csv", "csv.gz", "geojson", "geojson.gz", "hdf5" */
    const char *summary;
    const char *extension; /* ".csv", ".csv.gz", ".geojson", ".geojson.gz", ".h5" */
    int gzip;              /* 1: compressed text */
    int sealed_beside;     /* 1: a file PATH.json belongs to it */
    size_t priv_size;      /* the front end allocates this after its own struct */
    wsi_status (*open)(wsi_table *table, wsi_error *err);
    wsi_status (*rows)(wsi_table *table, const wsi_rows *rows, wsi_error *err);
    wsi_status (*finish)(wsi_table *table, wsi_error *err);
    void (*abort)(wsi_table *table); /* must cope with a half-built table; also called after finish */
} wsi_table_format;

const wsi_table_format *const *wsi_table_formats(int *count);
const wsi_table_format *wsi_table_format_find(const char *name);

/* Creates the output's folders and part file. Errors: OUTPUT, OUTPUT_FULL, USAGE, NO_MEMORY. Message starts with the
 * path. */
wsi_status wsi_table_open(const wsi_table_format *format, const wsi_table_spec *spec, wsi_table **out, wsi_error *err);
/* A table within the file of an open sink of format hdf5, as group NAME; it must be finished or aborted before the sink
 * is. USAGE for other formats. Not while another thread appends to the sink. */
wsi_status wsi_sink_table(wsi_sink *sink, const wsi_table_spec *spec, wsi_table **out, wsi_error *err);
/* Adds rows. A wsi_rows_fn (kernels/whole.h) whose user is the wsi_table. One thread at a time. */
wsi_status wsi_table_rows(void *table, const wsi_rows *rows, wsi_error *err);
/* As wsi_sink_set_bad_tiles. */
wsi_status wsi_table_set_bad_tiles(wsi_table *table, const char *json, wsi_error *err);
/* Completes the file, makes it durable and renames it (within a sink: completes the group). Frees the table in every
 * case, leaving nothing on failure. */
wsi_status wsi_table_finish(wsi_table **table, wsi_error *err);
void wsi_table_abort(wsi_table **table);
/* Rows and bytes so far. */
int64_t wsi_table_row_count(const wsi_table *table);
uint64_t wsi_table_bytes(const wsi_table *table);

/* wsi_output_fingerprint and wsi_output_verify (writer.h) take finished tables too; of a text table and its seal, the
 * table's own path. */

#endif
