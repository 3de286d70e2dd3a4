/* Option tables: defaults, parsing, formatting. Numbers are read and written in the C locale's notation whatever
 * the process's locale says, since chain text is part of an output's identity. */
#include "param.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plain-locale.h"

static void *field(const wsi_param *row, void *params)
{
    return (char *)params + row->offset;
}

static const void *const_field(const wsi_param *row, const void *params)
{
    return (const char *)params + row->offset;
}

/* One number spanning all of text[0..n). The C locale's decimal point is enforced: no ',' and no locale's own. */
static int parse_number(const char *text, size_t n, double *out)
{
    char buf[64];
    if (n == 0 || n >= sizeof buf) return 0;
    memcpy(buf, text, n);
    buf[n] = '\0';
    if (!strchr("+-.0123456789", buf[0])) return 0;
    if (strpbrk(buf, "xXpP")) return 0;
    char *end;
    *out = wsi_plain_strtod(buf, &end);
    return *end == '\0' && isfinite(*out);
}

static int in_range(const wsi_param *row, double v)
{
    if ((row->flags & WSI_PARAM_WHOLE) && v != floor(v)) return 0;
    if (row->min > row->max) return 1;
    if (v < row->min || ((row->flags & WSI_PARAM_MIN_OPEN) && v == row->min)) return 0;
    if (v > row->max || ((row->flags & WSI_PARAM_MAX_OPEN) && v == row->max)) return 0;
    return 1;
}

static wsi_status bad_value(const wsi_param *row, const char *text, wsi_error *err)
{
    char range[256];
    wsi_param_range(row, range, sizeof range);
    const int unit = row->unit && row->unit[0];
    return wsi_error_set(err, WSI_ERR_CHAIN, "parameter %s: '%.100s' is not allowed: %s%s%s%s", row->name, text, range,
                         unit ? " (" : "", unit ? row->unit : "", unit ? ")" : "");
}

static wsi_status parse_int(const wsi_param *row, const char *text, void *params, wsi_error *err)
{
    double v;
    if (!parse_number(text, strlen(text), &v) || v != floor(v) || fabs(v) > 9007199254740992.0 || !in_range(row, v))
        return bad_value(row, text, err);
    *(int64_t *)field(row, params) = (int64_t)v;
    return WSI_OK;
}

static wsi_status parse_float(const wsi_param *row, const char *text, void *params, wsi_error *err)
{
    double v;
    if (!parse_number(text, strlen(text), &v) || !in_range(row, v)) return bad_value(row, text, err);
    *(double *)field(row, params) = v;
    return WSI_OK;
}

static wsi_status parse_bool(const wsi_param *row, const char *text, void *params, wsi_error *err)
{
    int v;
    if (strcmp(text, "true") == 0 || strcmp(text, "True") == 0 || strcmp(text, "1") == 0)
        v = 1;
    else if (strcmp(text, "false") == 0 || strcmp(text, "False") == 0 || strcmp(text, "0") == 0)
        v = 0;
    else
        return bad_value(row, text, err);
    *(int *)field(row, params) = v;
    return WSI_OK;
}

/* Index of a word among the row's, or -1. */
static int find_word(const wsi_param *row, const char *text)
{
    for (int i = 0; row->names && row->names[i]; i++)
        if (strcmp(text, row->names[i]) == 0) return i;
    return -1;
}

static wsi_status parse_enum(const wsi_param *row, const char *text, void *params, wsi_error *err)
{
    const int word = find_word(row, text);
    if (word < 0) return bad_value(row, text, err);
    *(int *)field(row, params) = word;
    return WSI_OK;
}

static wsi_status parse_floats(const wsi_param *row, const char *text, void *params, wsi_error *err)
{
    wsi_floats list = {0, {0}};
    const int word = find_word(row, text);
    if (word >= 0) {
        list.v[0] = word;
        memcpy(field(row, params), &list, sizeof list);
        return WSI_OK;
    }
    const size_t len = strlen(text);
    const char *p = text, *end = text + len;
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        p++;
        end--;
    }
    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma ? comma : end;
        while (p < stop && *p == ' ') p++;
        const char *last = stop;
        while (last > p && last[-1] == ' ') last--;
        double v;
        if (list.n == WSI_FLOATS_MAX || !parse_number(p, (size_t)(last - p), &v) || !in_range(row, v))
            return bad_value(row, text, err);
        list.v[list.n++] = v;
        if (!comma) break;
        p = comma + 1;
        if (p == end) return bad_value(row, text, err); /* "[1,]" */
    }
    const int none = list.n == 0 && len > 0 && !(row->flags & WSI_PARAM_REQUIRED) && row->def && !row->def[0];
    if (!none && (len == 0 || list.n < row->min_count || list.n > row->max_count)) return bad_value(row, text, err);
    memcpy(field(row, params), &list, sizeof list);
    return WSI_OK;
}

static wsi_status parse_operand(const wsi_param *row, const char *text, void *params, wsi_error *err)
{
    wsi_operand op = {-1, 0};
    if (row->type == WSI_PARAM_IMAGE || !parse_number(text, strlen(text), &op.value) || !in_range(row, op.value))
        return bad_value(row, text, err);
    memcpy(field(row, params), &op, sizeof op);
    return WSI_OK;
}

wsi_status wsi_param_parse(const wsi_param *row, const char *text, void *params, wsi_error *err)
{
    switch (row->type) {
    case WSI_PARAM_INT:
        return parse_int(row, text, params, err);
    case WSI_PARAM_FLOAT:
        return parse_float(row, text, params, err);
    case WSI_PARAM_BOOL:
        return parse_bool(row, text, params, err);
    case WSI_PARAM_ENUM:
        return parse_enum(row, text, params, err);
    case WSI_PARAM_FLOATS:
        return parse_floats(row, text, params, err);
    case WSI_PARAM_IMAGE:
    case WSI_PARAM_OPERAND:
        return parse_operand(row, text, params, err);
    }
    return wsi_error_set(err, WSI_ERR_INTERNAL, "parameter %s: unknown type in the table", row->name);
}

wsi_status wsi_param_defaults(const wsi_param *table, int n, void *params, wsi_error *err)
{
    for (int i = 0; i < n; i++) {
        const wsi_param *row = &table[i];
        if (row->type == WSI_PARAM_IMAGE || row->type == WSI_PARAM_OPERAND)
            *(wsi_operand *)field(row, params) = (wsi_operand){-1, 0};
        if ((row->flags & WSI_PARAM_REQUIRED) || !row->def || !row->def[0]) continue;
        if (wsi_param_parse(row, row->def, params, err) != WSI_OK)
            return wsi_error_set(err, WSI_ERR_INTERNAL, "parameter %s: bad default '%s' in the table", row->name,
                                 row->def);
    }
    return WSI_OK;
}

int wsi_param_find(const wsi_param *table, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(table[i].name, name) == 0) return i;
    return -1;
}

static int reads_back(const char *text, double v)
{
    double back;
    return parse_number(text, strlen(text), &back) && back == v;
}

/* Shortest decimal that reads back as v; without an exponent where a person would write none. */
static int format_number(double v, char *buf, size_t size)
{
    char text[40];
    int digits = 1;
    for (; digits < 17; digits++) {
        wsi_plain_snprintf(text, sizeof text, "%.*e", digits - 1, v);
        if (reads_back(text, v)) break;
    }
    const int exponent = v != 0 ? (int)floor(log10(fabs(v))) : 0;
    if (exponent >= -5 && exponent <= 15) {
        const int decimals = digits - 1 - exponent;
        wsi_plain_snprintf(text, sizeof text, "%.*f", decimals > 0 ? decimals : 0, v);
        if (reads_back(text, v)) return snprintf(buf, size, "%s", text);
    }
    wsi_plain_snprintf(text, sizeof text, "%.*g", digits, v);
    return snprintf(buf, size, "%s", text);
}

static int format_floats(const wsi_param *row, const wsi_floats *list, char *buf, size_t size)
{
    if (row->names && list->n == 0) return snprintf(buf, size, "%s", row->names[(int)list->v[0]]);
    int n = snprintf(buf, size, "[");
    for (int i = 0; i < list->n; i++) {
        char text[40];
        format_number(list->v[i], text, sizeof text);
        const size_t at = (size_t)n < size ? (size_t)n : size;
        n += snprintf(buf + at, size - at, "%s%s", i ? "," : "", text);
    }
    const size_t at = (size_t)n < size ? (size_t)n : size;
    return n + snprintf(buf + at, size - at, "]");
}

int wsi_param_format(const wsi_param *row, const void *params, char *buf, size_t size)
{
    const void *f = const_field(row, params);
    switch (row->type) {
    case WSI_PARAM_INT:
        return snprintf(buf, size, "%lld", (long long)*(const int64_t *)f);
    case WSI_PARAM_FLOAT:
        return format_number(*(const double *)f, buf, size);
    case WSI_PARAM_BOOL:
        return snprintf(buf, size, "%s", *(const int *)f ? "true" : "false");
    case WSI_PARAM_ENUM:
        return snprintf(buf, size, "%s", row->names[*(const int *)f]);
    case WSI_PARAM_FLOATS:
        return format_floats(row, f, buf, size);
    case WSI_PARAM_IMAGE:
    case WSI_PARAM_OPERAND: {
        const wsi_operand *op = f;
        if (op->image >= 0) return snprintf(buf, size, "@%d", op->image);
        return format_number(op->value, buf, size);
    }
    }
    return snprintf(buf, size, "?");
}

static int range_words(const wsi_param *row, const char *before, char *buf, size_t size)
{
    int n = snprintf(buf, size, "%s", before);
    for (int i = 0; row->names[i]; i++) {
        const size_t at = (size_t)n < size ? (size_t)n : size;
        n += snprintf(buf + at, size - at, "%s%s", i ? ", " : "", row->names[i]);
    }
    return n;
}

static int range_numbers(const wsi_param *row, const char *what, char *buf, size_t size)
{
    const int lower = row->min <= row->max && row->min > -1e300, upper = row->min <= row->max && row->max < 1e300;
    char lo[40], hi[40];
    format_number(row->min, lo, sizeof lo);
    format_number(row->max, hi, sizeof hi);
    const char *ge = (row->flags & WSI_PARAM_MIN_OPEN) ? ">" : ">=",
               *le = (row->flags & WSI_PARAM_MAX_OPEN) ? "<" : "<=";
    if (lower && upper) return snprintf(buf, size, "%s %s %s and %s %s", what, ge, lo, le, hi);
    if (lower) return snprintf(buf, size, "%s %s %s", what, ge, lo);
    if (upper) return snprintf(buf, size, "%s %s %s", what, le, hi);
    return snprintf(buf, size, "%s", what);
}

static int range_list(const wsi_param *row, char *buf, size_t size)
{
    char each[128], what[64], words[128] = "";
    if (row->names) range_words(row, "", words, sizeof words);
    range_numbers(row, row->flags & WSI_PARAM_WHOLE ? "whole number" : "number", each, sizeof each);
    if (row->min_count == row->max_count)
        snprintf(what, sizeof what, "list of %d", row->min_count);
    else
        snprintf(what, sizeof what, "list of %d to %d", row->min_count, row->max_count);
    return snprintf(buf, size, "%s%s%s, each a %s", words, row->names ? ", or " : "", what, each);
}

int wsi_param_range(const wsi_param *row, char *buf, size_t size)
{
    switch (row->type) {
    case WSI_PARAM_INT:
        return range_numbers(row, "whole number", buf, size);
    case WSI_PARAM_FLOAT:
        return range_numbers(row, "number", buf, size);
    case WSI_PARAM_BOOL:
        return snprintf(buf, size, "true or false");
    case WSI_PARAM_ENUM:
        return range_words(row, "one of ", buf, size);
    case WSI_PARAM_FLOATS:
        return range_list(row, buf, size);
    case WSI_PARAM_IMAGE:
        return snprintf(buf, size, "@NAME of an earlier result, or @source");
    case WSI_PARAM_OPERAND: {
        char num[128];
        range_numbers(row, "number", num, sizeof num);
        return snprintf(buf, size, "%s, or @NAME of an earlier result", num);
    }
    }
    return snprintf(buf, size, "?");
}

const char *wsi_param_type_name(wsi_param_type type)
{
    static const char *const names[] = {"int", "float", "bool", "enum", "floats", "image", "operand"};
    return (unsigned)type < sizeof names / sizeof names[0] ? names[type] : "?";
}
