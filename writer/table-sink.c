/* Front end of tables: the array of formats, the life of a table, what it says of itself. */
#include "table-sink.h"

#include "common/mem.h"
#include "seal.h"
#include "table-private.h"
#include "writer-private.h"

#include <math.h>
#include <string.h>

#include <wsiproc/version.h>

static const wsi_table_format *const formats[] = {&wsi_table_csv, &wsi_table_csv_gz, &wsi_table_geojson,
                                                  &wsi_table_geojson_gz, &wsi_table_hdf5};

const wsi_table_format *const *wsi_table_formats(int *count)
{
    *count = (int)(sizeof formats / sizeof formats[0]);
    return formats;
}

const wsi_table_format *wsi_table_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i]->name, name) == 0) return formats[i];
    return NULL;
}

/* ---- What a table says of itself ---- */

static double scaled_mpp(double mpp, double down)
{
    return mpp > 0 ? mpp * (down > 0 ? down : 1) : 0;
}

double wsi_table_mpp_x(const wsi_table *table)
{
    return table->spec.source ? scaled_mpp(table->spec.source->mpp_x, table->spec.down_x) : 0;
}

double wsi_table_mpp_y(const wsi_table *table)
{
    return table->spec.source ? scaled_mpp(table->spec.source->mpp_y, table->spec.down_y) : 0;
}

int wsi_table_column(const wsi_table_spec *spec, const char *name)
{
    for (int c = 0; c < spec->column_count; c++)
        if (strcmp(spec->columns[c].name, name) == 0) return c;
    return -1;
}

/* A fact's value as JSON: a whole number where it is one. */
static json_t *fact_json(double value)
{
    const int whole = fabs(value) < 0x1p53 && value == floor(value);
    return whole ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *describe_columns(const wsi_table_spec *spec)
{
    static const char *const types[] = {"int64", "float64", "outline"};
    json_t *list = json_array();
    for (int c = 0; c < spec->column_count; c++) {
        const wsi_column *column = &spec->columns[c];
        json_array_append_new(
            list, json_pack("{s:s,s:s,s:s}", "name", column->name, "unit", column->unit, "type", types[column->type]));
    }
    return list;
}

static void set_positive(json_t *json, const char *key, double value)
{
    if (value > 0) json_object_set_new(json, key, json_real(value));
}

static void set_parsed(json_t *json, const char *key, const char *text)
{
    if (text) json_object_set_new(json, key, json_loads(text, 0, NULL));
}

json_t *wsi_table_describe(const wsi_table *table, int whole)
{
    static const char *const kinds[] = {"objects", "points", "patches"};
    const wsi_table_spec *spec = &table->spec;
    json_t *json =
        json_pack("{s:s,s:i,s:s,s:s,s:s,s:I,s:o}", "wsiproc", WSI_VERSION_STRING, "format_version", WSI_FORMAT_VERSION,
                  "result", spec->name, "chain", spec->chain ? spec->chain : "", "kind", kinds[spec->kind], "rows",
                  (json_int_t)table->row_count, "columns", describe_columns(spec));
    json_t *facts = json_object();
    if (!json || !facts) {
        json_decref(json);
        json_decref(facts);
        return NULL;
    }
    for (int i = 0; i < spec->fact_count; i++)
        json_object_set_new(facts, spec->facts[i].name, fact_json(spec->facts[i].value));
    json_object_set_new(json, "facts", facts);
    set_positive(json, "mpp_x", wsi_table_mpp_x(table));
    set_positive(json, "mpp_y", wsi_table_mpp_y(table));
    set_positive(json, "downsample_x", spec->down_x > 0 ? spec->down_x : 1);
    set_positive(json, "downsample_y", spec->down_y > 0 ? spec->down_y : 1);
    set_parsed(json, "bad_tiles", table->bad_tiles);
    if (whole) set_parsed(json, "provenance", spec->provenance_json);
    return json;
}

/* ---- Life ---- */

static wsi_status report(const wsi_table *table, wsi_status status, const wsi_error *inner, wsi_error *err)
{
    if (status == WSI_OK) return WSI_OK;
    const char *path = table->spec.path ? table->spec.path : table->spec.name;
    const char *text = inner->message[0] ? inner->message : "failed without an error";
    return wsi_error_set(err, status, "%s: %s", path ? path : table->format->name, text);
}

static wsi_status check_json_object(const char *text, const char *what, wsi_error *err)
{
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    const int ok = !text || json_is_object(json);
    json_decref(json);
    WSI_RETURN_IF(!ok, WSI_ERR_USAGE, "%s is not a JSON object", what);
    return WSI_OK;
}

static wsi_status check_spec(const wsi_table_spec *spec, wsi_error *err)
{
    int numbers = 0;
    WSI_RETURN_IF(!spec->name || !*spec->name, WSI_ERR_USAGE, "a table has no name");
    WSI_RETURN_IF(spec->column_count < 1 || spec->column_count > WSI_COLUMNS_MAX, WSI_ERR_USAGE, "%d columns",
                  spec->column_count);
    for (int c = 0; c < spec->column_count; c++) {
        WSI_RETURN_IF(wsi_table_column(spec, spec->columns[c].name) != c, WSI_ERR_USAGE, "two columns are named %s",
                      spec->columns[c].name);
        numbers += spec->columns[c].type != WSI_COLUMN_OUTLINE;
    }
    WSI_RETURN_IF(numbers == 0, WSI_ERR_USAGE, "a table without numbers");
    WSI_FORWARD(check_json_object(spec->fingerprint_json, "the fingerprint", err));
    return check_json_object(spec->provenance_json, "the provenance", err);
}

static wsi_status copy_text(const char *from, const char **to, wsi_error *err)
{
    *to = from ? wsi_strdup(from) : NULL;
    WSI_RETURN_IF(from && !*to, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}

static wsi_status fill(wsi_table *table, const wsi_table_spec *spec, wsi_error *err)
{
    wsi_table_spec *own = &table->spec;
    *own = *spec;
    own->path = own->name = own->chain = own->fingerprint_json = own->provenance_json = NULL;
    WSI_FORWARD(copy_text(spec->path, &own->path, err));
    WSI_FORWARD(copy_text(spec->name, &own->name, err));
    WSI_FORWARD(copy_text(spec->chain, &own->chain, err));
    WSI_FORWARD(copy_text(spec->fingerprint_json, &own->fingerprint_json, err));
    return copy_text(spec->provenance_json, &own->provenance_json, err);
}

static void destroy(wsi_table **table)
{
    wsi_table_spec *spec = &(*table)->spec;
    wsi_free((char *)spec->path);
    wsi_free((char *)spec->name);
    wsi_free((char *)spec->chain);
    wsi_free((char *)spec->fingerprint_json);
    wsi_free((char *)spec->provenance_json);
    wsi_free((*table)->bad_tiles);
    wsi_free(*table);
    *table = NULL;
}

static wsi_status open_inner(wsi_table *table, const wsi_table_spec *spec, wsi_error *err)
{
    WSI_FORWARD(fill(table, spec, err));
    WSI_FORWARD(check_spec(&table->spec, err));
    if (!table->sink) {
        WSI_RETURN_IF(!spec->path || !*spec->path, WSI_ERR_USAGE, "a table needs a path");
        WSI_FORWARD(wsi_outfile_create(spec->path, &table->file, err));
    }
    return table->format->open(table, err);
}

static wsi_status create(const wsi_table_format *format, wsi_sink *sink, const wsi_table_spec *spec, wsi_table **out,
                         wsi_error *err)
{
    *out = NULL;
    wsi_table *table = wsi_calloc(1, sizeof *table + format->priv_size);
    WSI_RETURN_IF(!table, WSI_ERR_NO_MEMORY, "out of memory");
    table->format = format;
    table->sink = sink;
    wsi_error inner = {WSI_OK, ""};
    const wsi_status status = report(table, open_inner(table, spec, &inner), &inner, err);
    if (status == WSI_OK)
        *out = table;
    else
        wsi_table_abort(&table);
    return status;
}

wsi_status wsi_table_open(const wsi_table_format *format, const wsi_table_spec *spec, wsi_table **out, wsi_error *err)
{
    return create(format, NULL, spec, out, err);
}

wsi_status wsi_sink_table(wsi_sink *sink, const wsi_table_spec *spec, wsi_table **out, wsi_error *err)
{
    *out = NULL;
    WSI_RETURN_IF(!sink->writer->holds_tables, WSI_ERR_USAGE, "a file of format %s cannot hold a table",
                  sink->writer->name);
    return create(&wsi_table_hdf5_group, sink, spec, out, err);
}

wsi_status wsi_table_rows(void *user, const wsi_rows *rows, wsi_error *err)
{
    wsi_table *table = user;
    wsi_error inner = {WSI_OK, ""};
    const wsi_status status = table->format->rows(table, rows, &inner);
    if (status != WSI_OK) return report(table, status, &inner, err);
    table->row_count += rows->count;
    return WSI_OK;
}

wsi_status wsi_table_set_bad_tiles(wsi_table *table, const char *json, wsi_error *err)
{
    json_t *list = json_loads(json, 0, NULL);
    const int ok = json_is_array(list);
    json_decref(list);
    WSI_RETURN_IF(!ok, WSI_ERR_USAGE, "the list of bad tiles is not JSON");
    wsi_free(table->bad_tiles);
    table->bad_tiles = wsi_strdup(json);
    WSI_RETURN_IF(!table->bad_tiles, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}

static wsi_status commit(wsi_table *table, wsi_error *err)
{
    const wsi_table_spec *spec = &table->spec;
    if (!table->format->sealed_beside) return wsi_outfile_commit(&table->file, err);
    json_t *about = wsi_table_describe(table, 1);
    WSI_RETURN_IF(!about, WSI_ERR_NO_MEMORY, "out of memory");
    const wsi_status status =
        wsi_seal_commit(spec->path, &table->file, table->format->name, spec->fingerprint_json, about, err);
    json_decref(about);
    return status;
}

wsi_status wsi_table_finish(wsi_table **table, wsi_error *err)
{
    wsi_table *t = *table;
    wsi_error inner = {WSI_OK, ""};
    wsi_status status = t->format->finish(t, &inner);
    t->format->abort(t); /* frees the driver's part */
    if (status == WSI_OK && t->file) status = commit(t, &inner);
    status = report(t, status, &inner, err);
    wsi_outfile_discard(&t->file);
    destroy(table);
    return status;
}

void wsi_table_abort(wsi_table **table)
{
    if (!*table) return;
    (*table)->format->abort(*table);
    wsi_outfile_discard(&(*table)->file);
    destroy(table);
}

int64_t wsi_table_row_count(const wsi_table *table)
{
    return table->row_count;
}

uint64_t wsi_table_bytes(const wsi_table *table)
{
    return table->bytes;
}
