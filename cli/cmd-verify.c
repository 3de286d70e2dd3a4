/* `wsiproc verify`: reads outputs in full and says whether they are what they claim to be. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wsiproc/slide.h>

#include "cli.h"
#include "cli-folder.h"
#include "cli-json.h"
#include "cli-text.h"
#include "common/mem.h"
#include "merge-report.h"
#include "writer/table-sink.h"

typedef struct verify_settings {
    int json;
} verify_settings;

static const wsi_option rows[] = {
    {.name = "json",
     .type = WSI_OPTION_FLAG,
     .offset = offsetof(verify_settings, json),
     .help = "Prints JSON: {\"outputs\": [...]} with ok and, for a wrong one, the error"},
};
static const wsi_option_table verify_table = {"Options", rows, sizeof rows / sizeof rows[0]};

typedef struct verification {
    json_t *list; /* NULL: lines for people */
    size_t good, bad;
    wsi_exit worst;
} verification;

/* ---- One output ---- */

static void record_result(verification *v, const char *path, json_t *summary, const char *error)
{
    json_t *json = json_object();
    json_object_set_new(json, "path", wsi_cli_json_text(path));
    json_object_set_new(json, "ok", json_boolean(!error));
    wsi_cli_json_set_text(json, "error", error);
    if (summary) json_object_update(json, summary);
    json_array_append_new(v->list, json);
}

/* "512 tiles" from a number, "2 results" from a list of them. */
static void append_count(char *text, size_t size, const json_t *summary, const char *key, const char *what)
{
    const json_t *value = json_object_get(summary, key);
    const size_t used = strlen(text);
    const long long count = json_is_array(value) ? (long long)json_array_size(value) : json_integer_value(value);
    if (json_is_array(value) || json_is_integer(value)) {
        snprintf(text + used, size - used, ", %lld %s%s", count, what, count == 1 ? "" : "s");
    }
}

static void print_result(const char *path, const json_t *summary)
{
    char name[4096], text[256], bytes[WSI_TEXT_SHORT];
    const char *format = json_string_value(json_object_get(summary, "format"));
    const json_t *size = json_object_get(summary, "bytes");
    wsi_text_one_line(name, sizeof name, path);
    snprintf(text, sizeof text, "%s", format ? format : "?");
    append_count(text, sizeof text, summary, "results", "result");
    append_count(text, sizeof text, summary, "levels", "level");
    append_count(text, sizeof text, summary, "tiles", "tile");
    append_count(text, sizeof text, summary, "rows", "row");
    printf("ok  %s  (%s", name, text);
    if (json_is_integer(size)) printf(", %s", wsi_text_bytes((uint64_t)json_integer_value(size), bytes));
    puts(")");
}

static wsi_exit exit_of(wsi_status status)
{
    const int own_fault = status == WSI_ERR_INTERNAL || status == WSI_ERR_NO_MEMORY;
    return own_fault ? WSI_EXIT_FAILURE : WSI_EXIT_VERIFY; /* a missing output is a wrong one */
}

static void fail(verification *v, const char *path, const wsi_error *err)
{
    v->bad++;
    if (v->worst != WSI_EXIT_VERIFY) v->worst = exit_of(err->code);
    if (v->list) record_result(v, path, NULL, err->message);
    wsi_cli_error("%s", err->message);
}

static void verify_file(verification *v, const char *path)
{
    char *text = NULL;
    wsi_error err = {0};
    if (wsi_output_verify(path, &text, &err) != WSI_OK) {
        fail(v, path, &err);
        return;
    }
    json_t *summary = wsi_cli_json_parse(text);
    wsi_free(text);
    v->good++;
    if (v->list) {
        record_result(v, path, summary, NULL);
    } else {
        print_result(path, summary);
    }
    json_decref(summary);
}

/* ---- Folders ---- */

static int ends_in(const char *name, const char *extension)
{
    const size_t length = strlen(name), n = strlen(extension);
    return n && length > n && strcmp(name + length - n, extension) == 0;
}

static int is_output(const char *name)
{
    int count, found = 0;
    const wsi_writer *const *writers = wsi_writers(&count);
    for (int i = 0; i < count; i++) found |= ends_in(name, writers[i]->extension);
    const wsi_table_format *const *formats = wsi_table_formats(&count);
    for (int i = 0; i < count; i++) found |= ends_in(name, formats[i]->extension);
    return found;
}

/* The table of `merge` lies among the outputs, but was made of them. */
static int is_merged(const char *path)
{
    char head[sizeof WSI_MERGE_CSV_HEAD] = "";
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head - 1, 0);
    if (fd >= 0) close(fd);
    return n == (ssize_t)sizeof head - 1 && strcmp(head, WSI_MERGE_CSV_HEAD) == 0;
}

static int names_wsiproc(const char *text)
{
    return text && strstr(text, "wsiproc");
}

/* Slides from scanners end in .svs as well, and may lie among the outputs: those that open and do not name us. An
 * output that has lost its description or its end fails to open as an Aperio slide, and is checked. */
static int is_scanned(const char *path)
{
    wsi_slide *slide = NULL;
    if (!ends_in(path, ".svs") || wsi_slide_open(path, NULL, &slide, NULL) != WSI_OK) return 0;
    const int aperio = strcmp(wsi_slide_get_info(slide)->vendor, "aperio") == 0;
    const int ours = names_wsiproc(wsi_slide_property(slide, "tiff.Software")) ||
                     names_wsiproc(wsi_slide_property(slide, "tiff.ImageDescription"));
    wsi_slide_close(&slide);
    return aperio && !ours;
}

static void verify_folder(verification *v, const char *path);

static void verify_entry(verification *v, const char *folder, const char *name)
{
    struct stat st;
    char *path = wsi_asprintf("%s/%s", folder, name);
    /* Links to folders are not followed: outputs are made as plain files below the output folder. */
    if (path && lstat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode)) verify_folder(v, path);
        if (!S_ISDIR(st.st_mode) && is_output(name) && !is_merged(path) && !is_scanned(path)) verify_file(v, path);
    }
    wsi_free(path);
}

static void verify_folder(verification *v, const char *path)
{
    wsi_cli_names list = {0};
    wsi_error err = {0};
    const int error = wsi_cli_folder_list(path, &list);
    if (error) {
        wsi_error_set(&err, WSI_ERR_VERIFY, "%s: %s", path, strerror(error));
        fail(v, path, &err);
    }
    for (size_t i = 0; i < list.count; i++) verify_entry(v, path, list.items[i]);
    wsi_cli_names_clear(&list);
}

static void verify_operand(verification *v, const char *path)
{
    struct stat st;
    const size_t before = v->good + v->bad;
    const int is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (!is_folder) {
        verify_file(v, path);
        return;
    }
    verify_folder(v, path);
    if (v->good + v->bad > before) return;
    wsi_error err = {0};
    wsi_error_set(&err, WSI_ERR_VERIFY, "%s: no outputs in this folder", path);
    fail(v, path, &err);
}

static wsi_exit command_verify(const void *settings, const wsi_arguments *args)
{
    const verify_settings *s = settings;
    verification v = {.list = s->json ? json_array() : NULL};
    for (int i = 0; i < args->count; i++) verify_operand(&v, args->operands[i]);
    if (s->json) wsi_cli_json_print(json_pack("{so}", "outputs", v.list));
    return v.worst;
}

const wsi_command wsi_command_verify = {
    .name = "verify",
    .summary = "Reads outputs in full: structure, every tile, digests, provenance. Exit status 8 when one is wrong.",
    .operands = "OUTPUT... [--json]",
    .doc = "OUTPUT is a file made by run, or a folder whose outputs are all checked, recursively; "
           "slides from scanners that lie among them (*.svs) are passed over.",
    .example = "  wsiproc verify out/",
    .tables = {&verify_table},
    .settings_size = sizeof(verify_settings),
    .min_operands = 1,
    .run = command_verify,
};
