/* Makes records of what summaries say. Paths of outputs are taken as the longest end of what was written that lies in
 * the folder now: it may have been moved. */
#include "summary-records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli-file.h"
#include "cli-folder.h"
#include "cli-json.h"
#include "common/mem.h"
#include "inputs.h"

enum { SUMMARY_BYTES_MAX = 512 << 20 };

static const char *text_of(const json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

static uint64_t count_of(const json_t *json, const char *key)
{
    const json_int_t value = json_integer_value(json_object_get(json, key));
    return value > 0 ? (uint64_t)value : 0;
}

static double seconds_of(const json_t *json)
{
    const double value = json_number_value(json_object_get(json, "seconds"));
    return value > 0 && value < 1e9 ? value : 0;
}

/* ---- Outputs ---- */

static int exists(const char *dir, const char *name)
{
    struct stat st;
    char *path = wsi_asprintf("%s/%s", dir, name);
    const int there = path && stat(path, &st) == 0 && S_ISREG(st.st_mode);
    wsi_free(path);
    return there;
}

/* The end of a path that names a file below dir, or NULL. */
static const char *below(const char *dir, const char *path)
{
    for (const char *at = path; at; at = strchr(at, '/')) {
        at += strspn(at, "/");
        if (wsi_file_is_below(at) && exists(dir, at)) return at;
    }
    return NULL;
}

static json_t *outputs_of(const char *dir, const json_t *slide)
{
    json_t *list = json_array(), *path;
    size_t i;
    json_array_foreach(json_object_get(slide, "outputs"), i, path)
    {
        const char *name = json_is_string(path) ? below(dir, json_string_value(path)) : NULL;
        if (name) json_array_append_new(list, json_string(name));
    }
    return list;
}

/* The folder of the first output, and the slide's own name. Freed with wsi_free; NULL without memory. */
static char *base_of(const char *input, const json_t *outputs)
{
    const char *first = json_string_value(json_array_get(outputs, 0));
    char *stem = wsi_input_stem(input);
    char *base = stem ? wsi_asprintf("%.*s%s", first ? (int)wsi_file_name_offset(first) : 0, first, stem) : NULL;
    wsi_free(stem);
    return base;
}

/* ---- Records ---- */

static wsi_folder_state state_of(const char *status)
{
    const wsi_folder_state known[] = {WSI_FOLDER_DONE, WSI_FOLDER_SKIPPED, WSI_FOLDER_FAILED};
    for (size_t i = 0; status && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(status, wsi_folder_state_name(known[i])) == 0) return known[i];
    }
    return WSI_FOLDER_CANCELLED; /* "not run" as well: another turn is needed */
}

static wsi_status code_of(const char *kind)
{
    for (int i = 0; kind && i < 64; i++) {
        if (strcmp(kind, wsi_status_name((wsi_status)i)) == 0) return (wsi_status)i;
    }
    return WSI_ERR_INTERNAL;
}

/* The slide's object keeps the texts that are made here. */
static wsi_status fill(const char *dir, const char *run, json_t *slide, wsi_folder_slide *r, wsi_error *err)
{
    json_t *outputs = outputs_of(dir, slide);
    char *base = base_of(text_of(slide, "input"), outputs);
    json_object_set_new(slide, "base", wsi_cli_json_text(base));
    json_object_set_new(slide, "outputs", outputs);
    wsi_free(base);
    r->json = json_incref(slide);
    r->base = text_of(slide, "base");
    WSI_RETURN_IF(!r->base, WSI_ERR_NO_MEMORY, "out of memory");
    r->input = text_of(slide, "input");
    r->id = text_of(slide, "id");
    r->state = state_of(text_of(slide, "status"));
    r->error = text_of(slide, "error");
    if (r->state == WSI_FOLDER_FAILED) r->code = code_of(text_of(slide, "error_kind"));
    r->run = run;
    r->host = "";
    r->seconds = seconds_of(slide);
    r->attempt = r->state != WSI_FOLDER_CANCELLED;
    r->pixels = count_of(slide, "pixels");
    r->bytes = count_of(slide, "bytes_written");
    r->bad_tiles = count_of(slide, "bad_tiles");
    r->outputs = json_object_get(slide, "outputs");
    return wsi_folder_hash(r->base, r->hash, err);
}

static int reserve(void **items, size_t count, size_t more, size_t size)
{
    void *grown = wsi_realloc_array(*items, count + more + 1, size);
    if (grown) *items = grown;
    return grown != NULL;
}

static wsi_status add_slides(wsi_folder_contents *out, const char *dir, const char *run, const json_t *slides,
                             wsi_error *err)
{
    size_t i;
    json_t *slide;
    void *items = out->slides;
    const int room = reserve(&items, out->slide_count, json_array_size(slides), sizeof *out->slides);
    out->slides = items;
    WSI_RETURN_IF(!room, WSI_ERR_NO_MEMORY, "out of memory");
    json_array_foreach(slides, i, slide)
    {
        if (!text_of(slide, "input")) continue;
        wsi_folder_slide *r = &out->slides[out->slide_count++];
        *r = (wsi_folder_slide){0};
        WSI_FORWARD(fill(dir, run, slide, r, err));
    }
    return WSI_OK;
}

/* ---- Files ---- */

static int is_summary(const char *name)
{
    const size_t length = strlen(name);
    return strncmp(name, "summary.", 8) == 0 && length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static wsi_status add_run(wsi_folder_contents *out, const char *dir, const char *name, json_t *json, wsi_error *err)
{
    void *items = out->runs;
    const int room = reserve(&items, out->run_count, 1, sizeof *out->runs);
    out->runs = items;
    WSI_RETURN_IF(!room, WSI_ERR_NO_MEMORY, "out of memory");
    json_object_set_new(json, "file", wsi_cli_json_text(name));
    const double seconds = seconds_of(json_object_get(json, "totals"));
    const json_t *exit = json_object_get(json, "exit_status");
    wsi_folder_run *r = &out->runs[out->run_count++];
    *r = (wsi_folder_run){.json = json_incref(json),
                          .run = text_of(json, "file"),
                          .host = "",
                          .chain = text_of(json, "chain"),
                          .write = text_of(json, "write"),
                          .format_name = text_of(json, "format"),
                          .updated = seconds,
                          .ended = seconds > 1e-6 ? seconds : 1e-6,
                          .exit = json_is_integer(exit) ? (int)json_integer_value(exit) : -1};
    return add_slides(out, dir, r->run, json_object_get(json, "slides"), err);
}

static wsi_status add_file(wsi_folder_contents *out, const char *dir, const char *name, const wsi_log *log,
                           wsi_error *err)
{
    char *text = NULL, *path = wsi_asprintf("%s/%s", dir, name);
    size_t size;
    wsi_error cause = {0};
    WSI_RETURN_IF(!path, WSI_ERR_NO_MEMORY, "out of memory");
    json_t *json = NULL;
    if (wsi_file_read_foreign(path, SUMMARY_BYTES_MAX, &text, &size, &cause) == WSI_OK)
        json = json_loads(text, 0, NULL);
    wsi_free(text);
    wsi_status status = WSI_OK;
    if (text_of(json, "wsiproc") && json_is_array(json_object_get(json, "slides"))) {
        status = add_run(out, dir, name, json, err);
    } else {
        wsi_log_write(log, WSI_LOG_WARNING, "%s: not a summary of wsiproc; left out", path);
    }
    json_decref(json);
    wsi_free(path);
    return status;
}

/* What is done comes before what failed, and that before what was cut short. */
static int compare_records(const void *a, const void *b)
{
    const wsi_folder_slide *x = a, *y = b;
    const int order = strcmp(x->hash, y->hash);
    return order ? order : (x->state > y->state) - (x->state < y->state);
}

static void keep_the_best(wsi_folder_contents *out)
{
    size_t kept = 0;
    if (out->slide_count) qsort(out->slides, out->slide_count, sizeof *out->slides, compare_records);
    for (size_t i = 0; i < out->slide_count; i++) {
        if (kept && strcmp(out->slides[kept - 1].hash, out->slides[i].hash) == 0) {
            wsi_folder_slide_clear(&out->slides[i]);
        } else {
            out->slides[kept++] = out->slides[i];
        }
    }
    out->slide_count = kept;
}

wsi_status wsi_summary_records_read(const char *dir, const wsi_log *log, wsi_folder_contents *out, wsi_error *err)
{
    wsi_cli_names names = {0};
    *out = (wsi_folder_contents){0};
    wsi_status status = wsi_cli_folder_list(dir, &names) == ENOMEM
                            ? wsi_error_set(err, WSI_ERR_NO_MEMORY, "%s: out of memory", dir)
                            : WSI_OK;
    for (size_t i = 0; i < names.count && status == WSI_OK; i++) {
        if (is_summary(names.items[i])) status = add_file(out, dir, names.items[i], log, err);
    }
    wsi_cli_names_clear(&names);
    keep_the_best(out);
    return status;
}
