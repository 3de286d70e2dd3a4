/* Writes a made-up table: tool-tabledemo PATH FORMAT KIND ROWS [DUMP]. KIND: objects, points, patches; FORMAT sink: as
 * a group of an HDF5 sink without images. Prints the seconds that writing took and the summary of wsi_output_verify, as
 * JSON. DUMP gets the rows as JSON lists, an outline as [hole, [x, y, ...]] for each ring. For tests/table_oracle.py
 * and bench/tables.py. */
#include "table-maker.h"

#include "common/mem.h"
#include "common/thread.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct demo {
    table_maker maker;
    wsi_slide_info source;
    wsi_table_spec spec;
    wsi_sink *sink;
    wsi_table *table;
    double seconds;
} demo;

static void dump_outline(FILE *f, const wsi_outline *o)
{
    const double *xy = o->xy;
    fputc('[', f);
    for (int r = 0; r < o->ring_count; r++) {
        fprintf(f, "%s[%d,[", r ? "," : "", o->ring_hole[r]);
        for (int32_t i = 0; i < 2 * o->ring_points[r]; i++) fprintf(f, "%s%.17g", i ? "," : "", *xy++);
        fputs("]]", f);
    }
    fputc(']', f);
}

static void dump_row(FILE *f, const table_maker *m, int64_t row)
{
    fputc('[', f);
    for (int c = 0; c < m->column_count; c++) {
        if (c) fputc(',', f);
        const double *value = (const double *)m->cells[c] + row;
        if (m->columns[c].type == WSI_COLUMN_INT)
            fprintf(f, "%" PRId64, ((const int64_t *)m->cells[c])[row]);
        else if (m->columns[c].type == WSI_COLUMN_OUTLINE)
            dump_outline(f, (const wsi_outline *)m->cells[c] + row);
        else if (*value == *value)
            fprintf(f, "%.17g", *value);
        else
            fputs("NaN", f);
    }
    fputs("]\n", f);
}

static wsi_status open_demo(demo *d, const char *path, const char *format, wsi_error *err)
{
    if (strcmp(format, "sink") != 0) {
        const wsi_table_format *f = wsi_table_format_find(format);
        return f ? wsi_table_open(f, &d->spec, &d->table, err) : wsi_error_set(err, WSI_ERR_USAGE, "%s?", format);
    }
    const wsi_sink_spec sink = {.path = path, .codec = WSI_CODEC_DEFLATE, .tile = 64, .fingerprint_json = "{\"a\":1}"};
    WSI_FORWARD(wsi_sink_open(wsi_writer_find("hdf5"), &sink, &d->sink, err));
    return wsi_sink_table(d->sink, &d->spec, &d->table, err);
}

static wsi_status write_demo(demo *d, int64_t rows, FILE *dump, wsi_error *err)
{
    for (int64_t left = rows; left > 0; left -= TABLE_BATCH) {
        table_maker_next(&d->maker, left < TABLE_BATCH ? left : TABLE_BATCH);
        const double start = wsi_now();
        WSI_FORWARD(wsi_table_rows(d->table, &d->maker.rows, err));
        d->seconds += wsi_now() - start;
        for (int64_t i = 0; dump && i < d->maker.rows.count; i++) dump_row(dump, &d->maker, i);
    }
    const double start = wsi_now();
    WSI_FORWARD(wsi_table_finish(&d->table, err));
    if (d->sink) WSI_FORWARD(wsi_sink_finish(&d->sink, err));
    d->seconds += wsi_now() - start;
    return WSI_OK;
}

static void describe(demo *d, const char *path, const char *kind)
{
    static const char *const kinds[] = {"objects", "points", "patches"};
    wsi_table_kind k = WSI_TABLE_OBJECTS;
    for (int i = 0; i < 3; i++)
        if (strcmp(kind, kinds[i]) == 0) k = (wsi_table_kind)i;
    table_maker_open(&d->maker, k);
    d->source = (wsi_slide_info){.path = "/somewhere/a slide.1.svs", .mpp_x = 0.25, .mpp_y = 0.25, .objective = 40};
    d->source.level_count = 2;
    d->source.levels[0] = (wsi_level){.w = 10001, .h = 8001, .downsample = 1};
    d->source.levels[1] = (wsi_level){.w = 5000, .h = 4000, .downsample = 2.0002};
    d->spec = (wsi_table_spec){.path = path, .name = "things", .chain = "made | up", .kind = k};
    d->spec.columns = d->maker.columns;
    d->spec.column_count = d->maker.column_count;
    d->spec.facts = d->maker.facts;
    d->spec.fact_count = d->maker.fact_count;
    d->spec.down_x = d->spec.down_y = 2;
    d->spec.source = &d->source;
    d->spec.fingerprint_json = "{\"chain\":\"made | up\"}";
    d->spec.provenance_json = "{\"software\":\"test\"}";
}

int main(int argc, char **argv)
{
    static demo d;
    wsi_error err = {WSI_OK, ""};
    char *summary = NULL;
    if (argc < 5) {
        fputs("usage: tool-tabledemo PATH FORMAT KIND ROWS [DUMP]\n", stderr);
        return 2;
    }
    FILE *dump = argc > 5 ? fopen(argv[5], "w") : NULL;
    describe(&d, argv[1], argv[3]);
    wsi_status status = open_demo(&d, argv[1], argv[2], &err);
    if (status == WSI_OK) status = write_demo(&d, strtoll(argv[4], NULL, 10), dump, &err);
    if (dump) fclose(dump);
    wsi_table_abort(&d.table);
    wsi_sink_abort(&d.sink);
    table_maker_close(&d.maker);
    if (status == WSI_OK) status = wsi_output_verify(argv[1], &summary, &err);
    if (status != WSI_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("{\"seconds\":%.3f,\"summary\":%s}\n", d.seconds, summary);
    wsi_free(summary);
    return 0;
}
