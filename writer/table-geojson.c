/* geojson: a FeatureCollection as QuPath 0.4 and later read it, a feature a row, written as the rows come.
 *
 *     {"type":"Feature","id":UUID,"geometry":{"type":"Polygon",...},
 *      "properties":{"objectType":"detection","measurements":{NAME:number,...}}}
 *
 * Shapes are in pixels of the slide's level 0, corners of pixels, rounded to hundredths: polygons with holes from
 * outlines, several of them as MultiPolygon; where a row has no outline, the point of columns x and y or of its
 * centroid, whose pixel's middle is meant. Measurements are all numbers of the row; NaN is left out, which is how
 * QuPath has it. A feature's identity follows from the fingerprint, the result's name and the number of the row. */
#include "digest.h"
#include "number-text.h"
#include "table-private.h"
#include "text-stream.h"

#include "common/mem.h"
#include "common/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct priv {
    wsi_text text;
    wsi_number_table numbers;
    char *keys[WSI_COLUMNS_MAX]; /* "\"NAME\":" of measurements, NULL for outlines */
    size_t key_size[WSI_COLUMNS_MAX];
    int outline, x, y; /* columns, or -1 */
    double down_x, down_y;
    uint64_t identity[2]; /* that of a row follows from it */
} priv;

static priv *priv_of(const wsi_table *table)
{
    return (priv *)(void *)table->priv;
}

/* ---- Opening ---- */

static wsi_status find_identity(const wsi_table *table, wsi_error *err)
{
    const char *print = table->spec.fingerprint_json ? table->spec.fingerprint_json : "";
    char hex[WSI_DIGEST_HEX_MAX], half[17] = "";
    wsi_digest *digest = NULL;
    WSI_FORWARD(wsi_digest_create(WSI_DIGEST_SHA256, &digest, err));
    wsi_status status = wsi_digest_update(digest, print, strlen(print) + 1, err);
    if (status == WSI_OK) status = wsi_digest_update(digest, table->spec.name, strlen(table->spec.name), err);
    if (status == WSI_OK) status = wsi_digest_hex(digest, hex, err);
    wsi_digest_destroy(&digest);
    WSI_FORWARD(status);
    for (int i = 0; i < 2; i++) {
        memcpy(half, hex + (size_t)i * 16, 16);
        priv_of(table)->identity[i] = strtoull(half, NULL, 16);
    }
    return WSI_OK;
}

static void find_places(const wsi_table *table)
{
    const wsi_table_spec *spec = &table->spec;
    priv *p = priv_of(table);
    p->outline = -1;
    for (int c = spec->column_count - 1; c >= 0; c--)
        if (spec->columns[c].type == WSI_COLUMN_OUTLINE) p->outline = c;
    p->x = wsi_table_column(spec, "x");
    p->y = wsi_table_column(spec, "y");
    if (p->x < 0 || p->y < 0) {
        p->x = wsi_table_column(spec, "centroid-1");
        p->y = wsi_table_column(spec, "centroid-0");
    }
    p->down_x = spec->down_x > 0 ? spec->down_x : 1;
    p->down_y = spec->down_y > 0 ? spec->down_y : 1;
}

static wsi_status make_keys(const wsi_table *table, wsi_error *err)
{
    priv *p = priv_of(table);
    for (int c = 0; c < table->spec.column_count; c++) {
        if (table->spec.columns[c].type == WSI_COLUMN_OUTLINE) continue;
        char *name = wsi_text_json(table->spec.columns[c].name);
        p->keys[c] = name ? wsi_asprintf("%s:", name) : NULL;
        wsi_free(name);
        WSI_RETURN_IF(!p->keys[c], WSI_ERR_NO_MEMORY, "out of memory");
        p->key_size[c] = strlen(p->keys[c]);
    }
    return WSI_OK;
}

static wsi_status open_table(wsi_table *table, wsi_error *err)
{
    priv *p = priv_of(table);
    wsi_number_table_fill(&p->numbers);
    find_places(table);
    WSI_FORWARD(find_identity(table, err));
    WSI_FORWARD(make_keys(table, err));
    WSI_FORWARD(wsi_text_open(&p->text, table->file, table->format->gzip, err));
    wsi_text_put(&p->text, "{\"type\":\"FeatureCollection\",\"features\":[");
    return wsi_text_status(&p->text, err);
}

/* ---- Features ---- */

static uint64_t mixed(uint64_t v)
{
    v = (v ^ (v >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ (v >> 27)) * UINT64_C(0x94d049bb133111eb);
    return v ^ (v >> 31);
}

/* A UUID of version 8, variant 1. */
static char *put_identity(const priv *p, char *to, uint64_t row)
{
    static const char digits[] = "0123456789abcdef";
    const uint64_t key = mixed(row + UINT64_C(0x9e3779b97f4a7c15));
    uint64_t half[2] = {p->identity[0] ^ key, mixed(p->identity[1] ^ key)};
    half[0] = (half[0] & ~(uint64_t)0xf000) | 0x8000;
    half[1] = (half[1] & ~((uint64_t)3 << 62)) | (uint64_t)1 << 63;
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) *to++ = '-';
        *to++ = digits[half[i / 16] >> (60 - 4 * (i % 16)) & 15];
    }
    return to;
}

static char *put_string(char *to, const char *string)
{
    const size_t n = strlen(string);
    memcpy(to, string, n);
    return to + n;
}

static char *put_point(const priv *p, char *to, double x, double y)
{
    *to++ = '[';
    to = wsi_number_hundredths(to, x * p->down_x);
    *to++ = ',';
    to = wsi_number_hundredths(to, y * p->down_y);
    *to++ = ']';
    return to;
}

/* Closed, as GeoJSON wants it: the first point comes again. */
static void put_ring(priv *p, const double *xy, int32_t points)
{
    wsi_text_put(&p->text, "[");
    for (int32_t i = 0; i <= points; i++) {
        char *to = wsi_text_room(&p->text);
        if (i > 0) *to++ = ',';
        const double *at = xy + 2 * (ptrdiff_t)(i < points ? i : 0);
        wsi_text_took(&p->text, put_point(p, to, at[0], at[1]));
    }
    wsi_text_put(&p->text, "]");
}

static void put_polygons(priv *p, const wsi_outline *outline)
{
    const double *xy = outline->xy;
    int parts = 0;
    for (int i = 0; i < outline->ring_count; i++) parts += !outline->ring_hole[i];
    wsi_text_put(&p->text, parts > 1 ? "{\"type\":\"MultiPolygon\",\"coordinates\":[["
                                     : "{\"type\":\"Polygon\",\"coordinates\":[");
    for (int i = 0; i < outline->ring_count; i++) {
        if (i > 0) wsi_text_put(&p->text, outline->ring_hole[i] ? "," : "],[");
        put_ring(p, xy, outline->ring_points[i]);
        xy += 2 * (ptrdiff_t)outline->ring_points[i];
    }
    wsi_text_put(&p->text, parts > 1 ? "]]}" : "]}");
}

static double cell(const wsi_table *table, const wsi_rows *rows, int column, int64_t row)
{
    if (table->spec.columns[column].type == WSI_COLUMN_INT) return (double)((const int64_t *)rows->cells[column])[row];
    return ((const double *)rows->cells[column])[row];
}

static void put_geometry(const wsi_table *table, const wsi_rows *rows, int64_t row)
{
    priv *p = priv_of(table);
    const wsi_outline *outline = p->outline < 0 ? NULL : &((const wsi_outline *)rows->cells[p->outline])[row];
    if (outline && outline->ring_count > 0) {
        put_polygons(p, outline);
        return;
    }
    const double x = p->x < 0 ? NAN : cell(table, rows, p->x, row), y = p->y < 0 ? NAN : cell(table, rows, p->y, row);
    if (!isfinite(x) || !isfinite(y)) {
        wsi_text_put(&p->text, "null");
        return;
    }
    char *to = put_string(wsi_text_room(&p->text), "{\"type\":\"Point\",\"coordinates\":");
    to = put_point(p, to, x + 0.5, y + 0.5);
    *to++ = '}';
    wsi_text_took(&p->text, to);
}

static char *put_value(const priv *p, char *to, double value)
{
    if (isfinite(value)) return wsi_number_double(&p->numbers, to, value);
    return put_string(to, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
}

/* WSI_COLUMNS_MAX names and numbers fit into the room of a text. */
static char *put_measurements(const wsi_table *table, char *to, const wsi_rows *rows, int64_t row)
{
    const priv *p = priv_of(table);
    int written = 0;
    for (int c = 0; c < table->spec.column_count; c++) {
        if (!p->keys[c]) continue;
        const int whole = table->spec.columns[c].type == WSI_COLUMN_INT;
        const double value = whole ? 0 : ((const double *)rows->cells[c])[row];
        if (value != value) continue;
        if (written++) *to++ = ',';
        memcpy(to, p->keys[c], p->key_size[c]);
        to += p->key_size[c];
        to = whole ? wsi_number_int(to, ((const int64_t *)rows->cells[c])[row]) : put_value(p, to, value);
    }
    return to;
}

const char *wsi_object_type_name(int type)
{
    static const char *const names[] = {"detection", "annotation", "cell", "tile", NULL}; /* as wsi_object_type */
    return names[type];
}

static void put_feature(const wsi_table *table, const wsi_rows *rows, int64_t row)
{
    priv *p = priv_of(table);
    const int64_t number = table->row_count + row;
    char *to = put_string(wsi_text_room(&p->text), number > 0 ? ",\n" : "\n");
    to = put_string(to, "{\"type\":\"Feature\",\"id\":\"");
    to = put_identity(p, to, (uint64_t)number);
    wsi_text_took(&p->text, put_string(to, "\",\"geometry\":"));
    put_geometry(table, rows, row);
    to = put_string(wsi_text_room(&p->text), ",\"properties\":{\"objectType\":\"");
    to = put_string(to, wsi_object_type_name(table->spec.object_type));
    to = put_string(to, "\",\"measurements\":{");
    to = put_measurements(table, to, rows, row);
    wsi_text_took(&p->text, put_string(to, "}}}"));
}

static wsi_status put_rows(wsi_table *table, const wsi_rows *rows, wsi_error *err)
{
    wsi_text *text = &priv_of(table)->text;
    for (int64_t row = 0; row < rows->count; row++) put_feature(table, rows, row);
    table->bytes = text->at + text->size;
    return wsi_text_status(text, err);
}

static wsi_status finish(wsi_table *table, wsi_error *err)
{
    wsi_text *text = &priv_of(table)->text;
    wsi_text_put(text, "\n]}\n");
    wsi_text_flush(text);
    table->bytes = text->at;
    return wsi_text_status(text, err);
}

static void abort_table(wsi_table *table)
{
    priv *p = priv_of(table);
    for (int c = 0; c < WSI_COLUMNS_MAX; c++) {
        wsi_free(p->keys[c]);
        p->keys[c] = NULL;
    }
    wsi_text_close(&p->text);
}

const wsi_table_format wsi_table_geojson = {
    .name = "geojson",
    .summary = "shapes with measurements for QuPath, in pixels of level 0",
    .extension = ".geojson",
    WSI_TABLE_OF_TEXT,
};

const wsi_table_format wsi_table_geojson_gz = {
    .name = "geojson.gz",
    .summary = "the same, compressed by gzip, as QuPath opens it too",
    .extension = ".geojson.gz",
    .gzip = 1,
    WSI_TABLE_OF_TEXT,
};
