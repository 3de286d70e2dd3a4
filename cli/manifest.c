/* Manifests: a CSV or TSV file with a header line (path, id, mpp, level, out, cost, fingerprint), or one path a line.
 *
 * CSV as RFC 4180 has it: quoted fields, doubled quotes inside, CRLF accepted. Blank lines and lines that start with
 * '#' are skipped. Fields are cut out of the text in place. Paths are relative to the manifest's folder. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli-file.h"
#include "cli-text.h"
#include "common/mem.h"
#include "inputs.h"
#include "job-folder.h"

enum { MANIFEST_MAX = 64 << 20, FIELDS_MAX = 64 };

/* IGNORED: what `plan --manifest` writes for people. */
typedef enum column { PATH = 0, ID, MPP, LEVEL, OUT, COST, FINGERPRINT, COLUMNS, IGNORED } column;

typedef struct manifest {
    const char *path;
    char *at; /* next character of the text */
    int line; /* of the record that was read last, from 1 */
    int next_line;
    char delimiter;
    char *fields[FIELDS_MAX];
    int count;
    int columns[COLUMNS]; /* index of the field, or -1 */
    int width;            /* fields of the header */
} manifest;

static wsi_status wrong(const manifest *m, wsi_error *err, const char *cause, const char *text)
{
    return wsi_error_set(err, WSI_ERR_USAGE, "%s: line %d: %s%.200s", m->path, m->line, cause, text);
}

/* ---- Records ---- */

/* Skips blank and comment lines; 0 at the end of the text. */
static int next_record(manifest *m)
{
    for (;;) {
        const size_t length = strcspn(m->at, "\n");
        const size_t blank = strspn(m->at, " \t\r");
        if (m->at[0] == '\0') return 0;
        m->line = m->next_line;
        if (blank < length && m->at[0] != '#') return 1;
        m->at += length + (m->at[length] == '\n');
        m->next_line++;
    }
}

static wsi_status quoted_field(manifest *m, wsi_error *err)
{
    char *out = m->at;
    for (m->at++; *m->at; m->at++) {
        if (*m->at == '"' && *++m->at != '"') {
            *out = '\0';
            m->at += strspn(m->at, " \r");
            return WSI_OK;
        }
        m->next_line += *m->at == '\n'; /* part of the field */
        *out++ = *m->at;
    }
    return wrong(m, err, "a quoted field does not end", "");
}

static void plain_field(manifest *m, char **start, char **end)
{
    char *s = m->at;
    while (*m->at && *m->at != '\n' && *m->at != m->delimiter) m->at++;
    char *e = m->at;
    while (s < e && *s == ' ') s++;
    while (s < e && (e[-1] == ' ' || e[-1] == '\r')) e--;
    *start = s;
    *end = e;
}

/* Reads one record into m->fields. A field's terminator may fall on the delimiter, so that is looked at first. */
static wsi_status read_record(manifest *m, wsi_error *err)
{
    m->count = 0;
    for (;;) {
        if (m->count == FIELDS_MAX) return wrong(m, err, "too many fields", "");
        char *start = m->at, *end = NULL;
        if (*m->at == '"') {
            WSI_FORWARD(quoted_field(m, err));
        } else {
            plain_field(m, &start, &end);
        }
        const char stop = *m->at;
        if (stop && stop != '\n' && stop != m->delimiter) return wrong(m, err, "text behind a quoted field", "");
        if (end) *end = '\0';
        m->fields[m->count++] = start;
        m->at += stop != '\0';
        if (stop != m->delimiter || !stop) break;
    }
    m->next_line++;
    return WSI_OK;
}

/* ---- Header ---- */

static int find_column(const char *name)
{
    static const struct {
        const char *name;
        column column;
    } known[] = {
        {"path", PATH},      {"slide", PATH},      {"id", ID},         {"mpp", MPP},       {"level", LEVEL},
        {"out", OUT},        {"out name", OUT},    {"out_name", OUT},  {"cost", COST},     {"fingerprint", FINGERPRINT},
        {"memory", IGNORED}, {"seconds", IGNORED}, {"bytes", IGNORED}, {"state", IGNORED}, {"error", IGNORED}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcasecmp(name, known[i].name) == 0) return (int)known[i].column;
    }
    return -1;
}

static wsi_status read_header(manifest *m, const wsi_log *log, wsi_error *err)
{
    for (int i = 0; i < COLUMNS; i++) m->columns[i] = -1;
    m->width = m->count;
    for (int i = 0; i < m->count; i++) {
        const int known = find_column(m->fields[i]);
        if (known < 0) {
            wsi_log_write(log, WSI_LOG_WARNING, "%s: column '%.100s' is not used", m->path, m->fields[i]);
            continue;
        }
        if (known == IGNORED) continue;
        if (m->columns[known] >= 0) return wrong(m, err, "two columns are named ", m->fields[i]);
        m->columns[known] = i;
    }
    return WSI_OK;
}

static char first_line_delimiter(const char *at)
{
    const size_t length = strcspn(at, "\n");
    return memchr(at, '\t', length) ? '\t' : memchr(at, ',', length) ? ',' : memchr(at, ';', length) ? ';' : ',';
}

/* A header is a first record with a path column; looked for in a copy, for a list of paths has none. */
static wsi_status find_header(manifest *m, int *found, wsi_error *err)
{
    const size_t length = strcspn(m->at, "\n");
    char *copy = wsi_strndup(m->at, length);
    WSI_RETURN_IF(!copy, WSI_ERR_NO_MEMORY, "%s: out of memory", m->path);
    manifest first = *m;
    first.at = copy;
    first.delimiter = m->delimiter = first_line_delimiter(copy);
    *found = 0;
    if (read_record(&first, NULL) == WSI_OK) {
        for (int i = 0; i < first.count; i++) *found |= find_column(first.fields[i]) == PATH;
    }
    const char *dot = strrchr(m->path, '.');
    const int table = dot && (strcasecmp(dot, ".csv") == 0 || strcasecmp(dot, ".tsv") == 0);
    const int bad = !*found && table && first.count > 1 && !wsi_input_is_synthetic(copy);
    wsi_free(copy);
    return bad ? wrong(m, err, "the header has no column named path", "") : WSI_OK;
}

/* ---- Rows ---- */

static const char *field(const manifest *m, column which)
{
    const int index = m->columns[which];
    return index >= 0 && index < m->count && *m->fields[index] ? m->fields[index] : NULL;
}

static wsi_status append_path(const manifest *m, wsi_inputs *inputs, const char *path, const char *base,
                              wsi_input **item, wsi_error *err)
{
    const int as_it_is = path[0] == '/' || wsi_input_is_synthetic(path);
    const int folder = as_it_is ? 0 : (int)wsi_file_name_offset(m->path);
    char *full = wsi_asprintf("%.*s%s", folder, m->path, path);
    WSI_RETURN_IF(!full, WSI_ERR_NO_MEMORY, "%s: out of memory", m->path);
    const wsi_status status = wsi_inputs_append_named(inputs, full, base, item, err);
    wsi_free(full);
    return status;
}

/* Texts that the slide keeps. */
static wsi_status keep_text(const manifest *m, column which, char **text, wsi_error *err)
{
    const char *value = field(m, which);
    *text = value ? wsi_strdup(value) : NULL;
    WSI_RETURN_IF(value && !*text, WSI_ERR_NO_MEMORY, "%s: out of memory", m->path);
    return WSI_OK;
}

static wsi_status append_row(manifest *m, wsi_inputs *inputs, wsi_error *err)
{
    const char *path = field(m, PATH), *out = field(m, OUT), *cost_text = field(m, COST);
    const char *mpp_text = field(m, MPP), *level_text = field(m, LEVEL);
    double mpp = 0;
    int64_t level = -1, cost = 0;
    wsi_input *item;
    if (m->count > m->width) return wrong(m, err, "more fields than the header has", "");
    if (!path) return wrong(m, err, "no path", "");
    if (mpp_text && (!wsi_text_parse_float(mpp_text, &mpp) || !(mpp > 0 && mpp <= 1e6))) {
        return wrong(m, err, "mpp is not a number above 0: ", mpp_text);
    }
    if (level_text && (!wsi_text_parse_int(level_text, &level) || level < 0 || level > 63)) {
        return wrong(m, err, "level is not a whole number 0 to 63: ", level_text);
    }
    if (cost_text && (!wsi_text_parse_int(cost_text, &cost) || cost < 1)) {
        return wrong(m, err, "cost is not a whole number above 0: ", cost_text);
    }
    if (out && (!wsi_file_is_below(out) || strncmp(out, WSI_JOB_FOLDER "/", sizeof WSI_JOB_FOLDER) == 0))
        return wrong(m, err, "out is not a name below the output folder: ", out);
    WSI_FORWARD(append_path(m, inputs, path, out, &item, err));
    item->mpp = mpp;
    item->level = (int)level;
    item->cost = (uint64_t)cost;
    WSI_FORWARD(keep_text(m, ID, &item->id, err));
    return keep_text(m, FINGERPRINT, &item->fingerprint, err);
}

static wsi_status append_table(manifest *m, wsi_inputs *inputs, const wsi_log *log, wsi_error *err)
{
    WSI_FORWARD(read_record(m, err));
    WSI_FORWARD(read_header(m, log, err));
    while (next_record(m)) {
        WSI_FORWARD(read_record(m, err));
        WSI_FORWARD(append_row(m, inputs, err));
    }
    return WSI_OK;
}

static wsi_status append_list(manifest *m, wsi_inputs *inputs, wsi_error *err)
{
    m->delimiter = '\n'; /* a path may hold commas */
    while (next_record(m)) {
        char *start, *end;
        plain_field(m, &start, &end);
        m->at += *m->at != '\0';
        m->next_line++;
        *end = '\0';
        WSI_FORWARD(append_path(m, inputs, start, NULL, NULL, err));
    }
    return WSI_OK;
}

static wsi_status append_text(manifest *m, wsi_inputs *inputs, const wsi_log *log, wsi_error *err)
{
    int table;
    WSI_RETURN_IF(!next_record(m), WSI_ERR_USAGE, "%s: the manifest is empty", m->path);
    WSI_FORWARD(find_header(m, &table, err));
    return table ? append_table(m, inputs, log, err) : append_list(m, inputs, err);
}

wsi_status wsi_inputs_add_manifest(wsi_inputs *inputs, const char *path, const wsi_inputs_options *options,
                                   wsi_error *err)
{
    char *text;
    size_t size;
    const size_t before = inputs->count;
    WSI_FORWARD(wsi_file_read_text(path, MANIFEST_MAX, &text, &size, err));
    manifest m = {.path = path, .at = text, .next_line = 1};
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) m.at += 3; /* byte order mark */
    wsi_status status = append_text(&m, inputs, options->log, err);
    if (status == WSI_OK && inputs->count == before) status = wrong(&m, err, "the manifest names no slides", "");
    wsi_free(text);
    return status;
}
