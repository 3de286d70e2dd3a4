/* csv: RFC 4180 with a header of column names; a missing value is an empty field, a number the shortest text that reads
 * back the same. Outlines are left out. Lines end in CR LF, as the RFC has it. */
#include "number-text.h"
#include "table-private.h"
#include "text-stream.h"

#include <string.h>

typedef struct priv {
    wsi_text text;
    wsi_number_table numbers;
} priv;

static priv *priv_of(const wsi_table *table)
{
    return (priv *)(void *)table->priv;
}

/* Names with a comma or a quotation mark stand in quotation marks. */
static void put_name(wsi_text *text, const char *name)
{
    if (!strpbrk(name, ",\"\r\n")) {
        wsi_text_put(text, name);
        return;
    }
    wsi_text_put(text, "\"");
    for (const char *c = name; *c; c++) wsi_text_write(text, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
    wsi_text_put(text, "\"");
}

static wsi_status open_table(wsi_table *table, wsi_error *err)
{
    priv *p = priv_of(table);
    int written = 0;
    wsi_number_table_fill(&p->numbers);
    WSI_FORWARD(wsi_text_open(&p->text, table->file, table->format->gzip, err));
    for (int c = 0; c < table->spec.column_count; c++) {
        if (table->spec.columns[c].type == WSI_COLUMN_OUTLINE) continue;
        if (written++) wsi_text_put(&p->text, ",");
        put_name(&p->text, table->spec.columns[c].name);
    }
    wsi_text_put(&p->text, "\r\n");
    return wsi_text_status(&p->text, err);
}

static char *put_cell(const priv *p, char *to, const wsi_column *column, const void *cells, int64_t row)
{
    if (column->type == WSI_COLUMN_INT) return wsi_number_int(to, ((const int64_t *)cells)[row]);
    const double value = ((const double *)cells)[row];
    return value != value ? to : wsi_number_double(&p->numbers, to, value);
}

/* WSI_COLUMNS_MAX numbers and commas fit into the room of a text. */
static char *put_row(const wsi_table *table, char *to, const wsi_rows *rows, int64_t row)
{
    const wsi_table_spec *spec = &table->spec;
    const priv *p = priv_of(table);
    for (int c = 0; c < spec->column_count; c++) {
        if (spec->columns[c].type == WSI_COLUMN_OUTLINE) continue;
        to = put_cell(p, to, &spec->columns[c], rows->cells[c], row);
        *to++ = ',';
    }
    to[-1] = '\r';
    *to++ = '\n';
    return to;
}

static wsi_status put_rows(wsi_table *table, const wsi_rows *rows, wsi_error *err)
{
    wsi_text *text = &priv_of(table)->text;
    for (int64_t row = 0; row < rows->count; row++) wsi_text_took(text, put_row(table, wsi_text_room(text), rows, row));
    table->bytes = text->at + text->size;
    return wsi_text_status(text, err);
}

static wsi_status finish(wsi_table *table, wsi_error *err)
{
    wsi_text *text = &priv_of(table)->text;
    wsi_text_flush(text);
    table->bytes = text->at;
    return wsi_text_status(text, err);
}

static void abort_table(wsi_table *table)
{
    wsi_text_close(&priv_of(table)->text);
}

const wsi_table_format wsi_table_csv = {
    .name = "csv",
    .summary = "comma-separated values, a line an object",
    .extension = ".csv",
    WSI_TABLE_OF_TEXT,
};

const wsi_table_format wsi_table_csv_gz = {
    .name = "csv.gz",
    .summary = "the same, compressed by gzip",
    .extension = ".csv.gz",
    .gzip = 1,
    WSI_TABLE_OF_TEXT,
};
