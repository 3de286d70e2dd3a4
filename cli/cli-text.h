/* Text of the command line: sizes in and out, durations, rates, wrapping, aligned columns. */
#ifndef WSI_CLI_TEXT_H
#define WSI_CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* "64M", "1.5G", "512MiB", "100MB", "4096", "12 KiB" is not one. K, M, G, T and KiB ... are powers of 1024, KB ...
 * powers of 1000, B is bytes; case does not matter. 0 when text is not a size or does not fit 63 bits. */
int wsi_text_parse_size(const char *text, uint64_t *bytes);
/* Whole number in base 10, nothing before or behind it. */
int wsi_text_parse_int(const char *text, int64_t *value);
/* Finite decimal number, nothing before or behind it. */
int wsi_text_parse_float(const char *text, double *value);

enum { WSI_TEXT_SHORT = 32 };
/* "512 B", "1.5 MiB". Returns buf. */
const char *wsi_text_bytes(uint64_t bytes, char buf[WSI_TEXT_SHORT]);
/* "0:05", "12:34", "1:02:03"; "-:--" for a negative or absurd value. Returns buf. */
const char *wsi_text_duration(double seconds, char buf[WSI_TEXT_SHORT]);

/* Copies text with control characters replaced by '?' (tabs by blanks), as error records have it, so that a hostile
 * name cannot forge lines. */
void wsi_text_one_line(char *buf, size_t size, const char *text);
/* Writes text wrapped at `width` columns, each line after `indent` blanks; `column` is where the first line
 * already stands. Newlines in text are kept. Ends with a newline. */
void wsi_text_wrap(FILE *out, const char *text, int column, int indent, int width);

/* Writes one field of a table of text, in quotes where RFC 4180 or our own reader (manifest.c) needs them. */
void wsi_text_field(FILE *out, const char *text, char delimiter);

/* Rows of aligned columns. Cells are copied; a row may have fewer cells than the widest. */
typedef struct wsi_text_table wsi_text_table;
wsi_text_table *wsi_text_table_create(const char *align); /* a letter a column: 'l' or 'r'; NULL without memory */
/* Adds one row of as many cells as the table has columns; NULL cells are empty. */
void wsi_text_table_row(wsi_text_table *table, const char *const *cells);
void wsi_text_table_print(const wsi_text_table *table, FILE *out, int indent);
void wsi_text_table_destroy(wsi_text_table **table);

#endif
