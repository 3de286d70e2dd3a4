/* Columns as wide as their widest cell. Width is counted in code points of UTF-8, near enough for file names. */
#include "cli-text.h"

#include <string.h>

#include "common/mem.h"

struct wsi_text_table {
    char *align;
    size_t columns;
    size_t rows, capacity; /* in cells */
    char **cells;          /* rows * columns; NULL = empty */
    int out_of_memory;     /* a row was lost */
};

wsi_text_table *wsi_text_table_create(const char *align)
{
    wsi_text_table *table = wsi_calloc(1, sizeof *table);
    if (!table) return NULL;
    table->align = wsi_strdup(align);
    table->columns = strlen(align);
    if (!table->align) wsi_text_table_destroy(&table);
    return table;
}

static int reserve_row(wsi_text_table *table)
{
    const size_t used = table->rows * table->columns;
    if (used + table->columns <= table->capacity) return 1;
    const size_t capacity = (used + table->columns) * 2;
    char **cells = wsi_realloc_array(table->cells, capacity, sizeof *cells);
    if (!cells) return 0;
    table->cells = cells;
    table->capacity = capacity;
    return 1;
}

void wsi_text_table_row(wsi_text_table *table, const char *const *cells)
{
    if (!table) return;
    if (!reserve_row(table)) {
        table->out_of_memory = 1;
        return;
    }
    char **row = table->cells + table->rows++ * table->columns;
    for (size_t i = 0; i < table->columns; i++) {
        row[i] = cells[i] ? wsi_strdup(cells[i]) : NULL;
        if (cells[i] && !row[i]) table->out_of_memory = 1;
        if (row[i]) wsi_text_one_line(row[i], strlen(row[i]) + 1, cells[i]);
    }
}

static int cell_width(const char *text)
{
    int width = 0;
    for (; text && *text; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static int column_width(const wsi_text_table *table, size_t column)
{
    int widest = 0;
    for (size_t r = 0; r < table->rows; r++) {
        const int width = cell_width(table->cells[r * table->columns + column]);
        if (width > widest) widest = width;
    }
    return widest;
}

/* Blanks are written before the next cell only, so that no line ends in them. */
static void print_row(const wsi_text_table *table, size_t r, const int *widths, FILE *out, int indent)
{
    int pending = indent;
    for (size_t c = 0; c < table->columns; c++) {
        const char *text = table->cells[r * table->columns + c];
        const int gap = widths[c] - cell_width(text);
        if (table->align[c] == 'r') pending += gap;
        if (text && *text) {
            fprintf(out, "%*s%s", pending, "", text);
            pending = 0;
        }
        if (table->align[c] != 'r') pending += gap;
        pending += 2;
    }
    fputc('\n', out);
}

void wsi_text_table_print(const wsi_text_table *table, FILE *out, int indent)
{
    int *widths = table ? wsi_calloc(table->columns, sizeof *widths) : NULL;
    if (!widths || table->out_of_memory) {
        fputs("(no memory for a table)\n", out);
        wsi_free(widths);
        return;
    }
    for (size_t c = 0; c < table->columns; c++) widths[c] = column_width(table, c);
    for (size_t r = 0; r < table->rows; r++) print_row(table, r, widths, out, indent);
    wsi_free(widths);
}

void wsi_text_table_destroy(wsi_text_table **table)
{
    if (!*table) return;
    for (size_t i = 0; i < (*table)->rows * (*table)->columns; i++) wsi_free((*table)->cells[i]);
    wsi_free((*table)->cells);
    wsi_free((*table)->align);
    wsi_free(*table);
    *table = NULL;
}
