/* The one parser of the command line, driven by option tables. */
#include "options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli-text.h"
#include "common/mem.h"
#include "common/nearest.h"

typedef struct parser {
    const wsi_option_table *const *tables;
    void *settings;
    int argc, next; /* argv[next] is looked at next */
    char **argv;
    wsi_arguments *out;
} parser;

/* Row i counted through all tables, or NULL. */
static const wsi_option *row_at(const wsi_option_table *const *tables, int i)
{
    for (int t = 0; t < WSI_OPTION_TABLES_MAX && tables[t]; t++) {
        if (i < tables[t]->count) return &tables[t]->rows[i];
        i -= tables[t]->count;
    }
    return NULL;
}

static int find_long(const wsi_option_table *const *tables, const char *name, size_t length)
{
    const wsi_option *row;
    for (int i = 0; (row = row_at(tables, i)) != NULL; i++) {
        if (strlen(row->name) == length && strncmp(row->name, name, length) == 0) return i;
    }
    return -1;
}

static int find_letter(const wsi_option_table *const *tables, char letter)
{
    const wsi_option *row;
    for (int i = 0; (row = row_at(tables, i)) != NULL; i++) {
        if (row->letter && row->letter == letter) return i;
    }
    return -1;
}

static const char *name_at(const void *tables, int i)
{
    const wsi_option *row = row_at(tables, i);
    return row ? row->name : NULL;
}

static const char *choice_at(const void *option, int i)
{
    return ((const wsi_option *)option)->choice(i);
}

/* ---- Values ---- */

static int choices_text(const wsi_option *row, char *buf, size_t size)
{
    int used = snprintf(buf, size, "one of ");
    const char *name;
    for (int i = 0; (name = row->choice(i)) != NULL; i++) {
        const size_t at = (size_t)used < size ? (size_t)used : size;
        used += snprintf(buf + at, size - at, "%s%s", i ? ", " : "", name);
    }
    return used;
}

int wsi_option_range(const wsi_option *row, char *buf, size_t size)
{
    char low[WSI_TEXT_SHORT];
    switch (row->type) {
    case WSI_OPTION_INT:
        return snprintf(buf, size, "a whole number %.0f to %.0f", row->min, row->max);
    case WSI_OPTION_FLOAT:
        return snprintf(buf, size, "a number above %g, at most %g", row->min, row->max);
    case WSI_OPTION_SIZE:
        return snprintf(buf, size, "a size of at least %s, such as 512M or 1.5G",
                        wsi_text_bytes((uint64_t)row->min, low));
    case WSI_OPTION_CHOICE:
        return choices_text(row, buf, size);
    case WSI_OPTION_STRING:
        return snprintf(buf, size, "a text");
    case WSI_OPTION_FLAG:
        break;
    }
    return snprintf(buf, size, "no value");
}

static int parse_choice(const wsi_option *row, const char *text, int *value)
{
    const char *name;
    for (int i = 0; (name = row->choice(i)) != NULL; i++) {
        if (strcmp(name, text) == 0) {
            *value = i;
            return 1;
        }
    }
    return 0;
}

/* 1 when text is a value the row allows; it is then stored. */
static int store(const wsi_option *row, const char *text, void *field)
{
    int64_t integer;
    double number;
    uint64_t bytes;
    switch (row->type) {
    case WSI_OPTION_FLAG:
        *(int *)field = 1;
        return 1;
    case WSI_OPTION_STRING:
        *(const char **)field = text;
        return *text != '\0';
    case WSI_OPTION_CHOICE:
        return parse_choice(row, text, field);
    case WSI_OPTION_INT:
        if (!wsi_text_parse_int(text, &integer) || (double)integer < row->min || (double)integer > row->max) return 0;
        *(int64_t *)field = integer;
        return 1;
    case WSI_OPTION_FLOAT:
        if (!wsi_text_parse_float(text, &number) || !(number > row->min && number <= row->max)) return 0;
        *(double *)field = number;
        return 1;
    case WSI_OPTION_SIZE:
        if (!wsi_text_parse_size(text, &bytes) || (double)bytes < row->min || (double)bytes > row->max) return 0;
        *(uint64_t *)field = bytes;
        return 1;
    }
    return 0;
}

/* Parses one value into its field. `what` names the source for messages ("--tile", "WSIPROC_THREADS"). */
static wsi_status set_option(const wsi_option *row, const char *what, const char *text, void *settings, wsi_error *err)
{
    if (store(row, text, (char *)settings + row->offset)) return WSI_OK;
    char range[512];
    WSI_RETURN_IF(row->type == WSI_OPTION_STRING, WSI_ERR_USAGE, "%s must not be empty", what);
    wsi_option_range(row, range, sizeof range);
    const char *nearest = row->type == WSI_OPTION_CHOICE ? wsi_text_nearest(text, choice_at, row) : NULL;
    if (nearest) {
        return wsi_error_set(err, WSI_ERR_USAGE, "%s: '%.200s' is not %s (did you mean %s?)", what, text, range,
                             nearest);
    }
    return wsi_error_set(err, WSI_ERR_USAGE, "%s: '%.200s' is not %s", what, text, range);
}

/* As few digits as read back the same number. */
static char *float_text(double value)
{
    char text[64];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (!(strtod(text, NULL) < value || strtod(text, NULL) > value)) break;
    }
    return wsi_strdup(text);
}

char *wsi_option_text(const wsi_option *row, const void *settings)
{
    const void *field = (const char *)settings + row->offset;
    switch (row->type) {
    case WSI_OPTION_FLAG:
        break;
    case WSI_OPTION_STRING: {
        const char *text = *(const char *const *)field;
        return text ? wsi_strdup(text) : NULL;
    }
    case WSI_OPTION_INT:
        return wsi_asprintf("%lld", (long long)*(const int64_t *)field);
    case WSI_OPTION_FLOAT:
        return float_text(*(const double *)field);
    case WSI_OPTION_SIZE:
        return wsi_asprintf("%llu", (unsigned long long)*(const uint64_t *)field);
    case WSI_OPTION_CHOICE: {
        const char *name = row->choice(*(const int *)field);
        return wsi_strdup(name ? name : "");
    }
    }
    return wsi_strdup("");
}

/* ---- Command line ---- */

static wsi_status unknown(const parser *p, const char *name, size_t length, wsi_error *err)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(length < 63 ? length : 63), name);
    const char *nearest = wsi_text_nearest(word, name_at, p->tables);
    if (nearest) {
        return wsi_error_set(err, WSI_ERR_USAGE, "unknown option --%s (did you mean --%s?)", word, nearest);
    }
    return wsi_error_set(err, WSI_ERR_USAGE, "unknown option --%s", word);
}

/* The value of an option that stands in the next argument. A known option there is a value left out, not a value. */
static wsi_status next_value(parser *p, const wsi_option *row, const char **value, wsi_error *err)
{
    const char *text = p->next < p->argc ? p->argv[p->next] : NULL;
    if (text && strncmp(text, "--", 2) == 0 && find_long(p->tables, text + 2, strcspn(text + 2, "=")) >= 0) text = NULL;
    WSI_RETURN_IF(!text, WSI_ERR_USAGE, "option --%s needs a value (%s)", row->name, row->argument);
    p->next++;
    *value = text;
    return WSI_OK;
}

static wsi_status take(parser *p, int index, const char *value, wsi_error *err)
{
    const wsi_option *row = row_at(p->tables, index);
    char what[72];
    WSI_RETURN_IF(row->type == WSI_OPTION_FLAG && value, WSI_ERR_USAGE, "option --%s takes no value", row->name);
    if (row->type != WSI_OPTION_FLAG && !value) WSI_FORWARD(next_value(p, row, &value, err));
    snprintf(what, sizeof what, "option --%s", row->name);
    WSI_FORWARD(set_option(row, what, value ? value : "", p->settings, err));
    p->out->given |= (uint64_t)1 << index;
    return WSI_OK;
}

static wsi_status take_long(parser *p, const char *text, wsi_error *err)
{
    const size_t length = strcspn(text, "=");
    const int index = find_long(p->tables, text, length);
    if (index < 0) return unknown(p, text, length, err);
    return take(p, index, text[length] == '=' ? text + length + 1 : NULL, err);
}

static wsi_status take_short(parser *p, const char *text, wsi_error *err)
{
    const int index = find_letter(p->tables, *text);
    WSI_RETURN_IF(index < 0, WSI_ERR_USAGE, "unknown option -%c", *text);
    const char *rest = text + 1 + (text[1] == '=');
    return take(p, index, text[1] ? rest : NULL, err);
}

static wsi_status take_argument(parser *p, char *text, wsi_error *err)
{
    if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
        p->out->help = 1;
        p->next = p->argc;
        return WSI_OK;
    }
    if (text[0] == '-' && text[1] == '-') return take_long(p, text + 2, err);
    if (text[0] == '-' && text[1]) return take_short(p, text + 1, err);
    p->out->operands[p->out->count++] = text;
    return WSI_OK;
}

static wsi_status take_all(parser *p, wsi_error *err)
{
    while (p->next < p->argc) {
        char *text = p->argv[p->next++];
        if (strcmp(text, "--") == 0) break;
        WSI_FORWARD(take_argument(p, text, err));
    }
    if (p->out->help) return WSI_OK;
    while (p->next < p->argc) p->out->operands[p->out->count++] = p->argv[p->next++];
    return WSI_OK;
}

static wsi_status set_default(const wsi_option *row, void *settings, wsi_error *err)
{
    if (!row->def) {
        if (row->type == WSI_OPTION_CHOICE) *(int *)((char *)settings + row->offset) = -1;
        return WSI_OK;
    }
    WSI_RETURN_IF(!store(row, row->def, (char *)settings + row->offset), WSI_ERR_INTERNAL,
                  "default of option --%s is wrong: %s", row->name, row->def);
    return WSI_OK;
}

/* Only for options the command line does not set: a broken variable must not spoil a run that overrides it. */
static wsi_status set_from_environment(const parser *p, wsi_error *err)
{
    const wsi_option *row;
    for (int i = 0; (row = row_at(p->tables, i)) != NULL; i++) {
        const char *value = row->env && !(p->out->given >> i & 1) ? getenv(row->env) : NULL;
        if (!value || !*value) continue;
        char what[96];
        snprintf(what, sizeof what, "environment variable %s", row->env);
        WSI_FORWARD(set_option(row, what, value, p->settings, err));
    }
    return WSI_OK;
}

wsi_status wsi_options_parse(const wsi_option_table *const *tables, void *settings, size_t settings_size, int argc,
                             char **argv, wsi_arguments *out, wsi_error *err)
{
    parser p = {.tables = tables, .settings = settings, .argc = argc, .argv = argv, .out = out};
    const wsi_option *row;
    memset(settings, 0, settings_size);
    *out = (wsi_arguments){.operands = argv};
    for (int i = 0; (row = row_at(tables, i)) != NULL; i++) {
        WSI_RETURN_IF(i >= WSI_OPTIONS_MAX, WSI_ERR_INTERNAL, "too many options in a table");
        WSI_FORWARD(set_default(row, settings, err));
    }
    WSI_FORWARD(take_all(&p, err));
    return out->help ? WSI_OK : set_from_environment(&p, err);
}

int wsi_options_given(const wsi_option_table *const *tables, const wsi_arguments *args, const char *name)
{
    const int index = find_long(tables, name, strlen(name));
    return index >= 0 && (args->given >> index & 1);
}
