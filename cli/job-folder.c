/* Reads the job folder. Every value is checked for its type and range before it is used: a record with a wrong one is
 * left out as a whole. */
#include "job-folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli-file.h"
#include "cli-folder.h"
#include "cli-json.h"
#include "common/mem.h"
#include "job-folder-private.h"
#include "writer/digest.h"

enum { RECORD_BYTES_MAX = 16 << 20, BATCH_BYTES_MAX = 512 << 20 };

const char *wsi_folder_state_name(wsi_folder_state state)
{
    static const char *const names[] = {"running", "done", "skipped", "failed", "cancelled"};
    return (int)state >= 0 && state < WSI_FOLDER_STATES ? names[state] : "?";
}

wsi_status wsi_folder_hash(const char *text, char hash[WSI_FOLDER_HASH_MAX], wsi_error *err)
{
    wsi_digest *digest = NULL;
    char hex[WSI_DIGEST_HEX_MAX];
    wsi_status status = wsi_digest_create(WSI_DIGEST_SHA256, &digest, err);
    if (status == WSI_OK) status = wsi_digest_update(digest, text, strlen(text), err);
    if (status == WSI_OK) status = wsi_digest_hex(digest, hex, err);
    wsi_digest_destroy(&digest);
    if (status != WSI_OK) return status;
    memcpy(hash, hex, WSI_FOLDER_HASH_MAX - 1);
    hash[WSI_FOLDER_HASH_MAX - 1] = '\0';
    return WSI_OK;
}

double wsi_folder_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

char *wsi_folder_path(const char *dir, const char *kind, const char *name)
{
    return wsi_asprintf("%s/" WSI_JOB_FOLDER "/%s%s%s", dir, kind, *name ? "/" : "", name);
}

static int is_hash(const char *text)
{
    return strlen(text) == WSI_FOLDER_HASH_MAX - 1 && strspn(text, "0123456789abcdef") == WSI_FOLDER_HASH_MAX - 1;
}

/* Letters, digits and "-_.", as file names of runs have them. */
static int is_run_name(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const size_t length = strlen(text);
    return length > 0 && length < WSI_FOLDER_RUN_NAME_MAX && *text != '.' && strspn(text, allowed) == length;
}

/* ---- Fields ---- */

/* A member that must be a text; NULL, and the record is bad, when it is none. */
static const char *need_text(const json_t *json, const char *key, int *bad)
{
    const char *text = json_string_value(json_object_get(json, key));
    *bad |= !text;
    return text;
}

/* NULL when there is none. */
static const char *optional_text(const json_t *json, const char *key, int *bad)
{
    return json_object_get(json, key) ? need_text(json, key, bad) : NULL;
}

static double need_number(const json_t *json, const char *key, double min, double max, int *bad)
{
    const json_t *value = json_object_get(json, key);
    const double number = json_number_value(value);
    const int good = json_is_number(value) && number >= min && number <= max;
    *bad |= !good;
    return good ? number : min;
}

static double optional_number(const json_t *json, const char *key, double min, double max, double none, int *bad)
{
    return json_object_get(json, key) ? need_number(json, key, min, max, bad) : none;
}

static int64_t need_integer(const json_t *json, const char *key, int64_t min, int *bad)
{
    const json_t *value = json_object_get(json, key);
    const int good = json_is_integer(value) && json_integer_value(value) >= min;
    *bad |= !good;
    return good ? (int64_t)json_integer_value(value) : min;
}

static int64_t optional_integer(const json_t *json, const char *key, int64_t min, int64_t none, int *bad)
{
    return json_object_get(json, key) ? need_integer(json, key, min, bad) : none;
}

/* Left empty where it is missing. */
static void copy_hash(const json_t *json, const char *key, char hash[WSI_FOLDER_HASH_MAX], int *bad)
{
    const char *text = optional_text(json, key, bad);
    if (text && is_hash(text))
        memcpy(hash, text, WSI_FOLDER_HASH_MAX);
    else if (text)
        *bad = 1;
}

static const char *need_base(const json_t *json, int *bad)
{
    const char *base = need_text(json, "base", bad);
    *bad |= base && !wsi_file_is_below(base);
    return base;
}

enum { TIME_MAX = 1 << 30 }; /* seconds of one slide */
static const double unix_max = 1e11;

/* ---- Records ---- */

/* Reads a file as an object of our format. */
static wsi_status read_object(const char *dir, const char *kind, const char *name, json_t **json, wsi_error *err)
{
    char *text, *path = wsi_folder_path(dir, kind, name);
    size_t size;
    *json = NULL;
    WSI_RETURN_IF(!path, WSI_ERR_NO_MEMORY, "%s: out of memory", dir);
    const size_t max = strcmp(kind, "batches") == 0 ? BATCH_BYTES_MAX : RECORD_BYTES_MAX;
    wsi_status status = wsi_file_read_foreign(path, max, &text, &size, err);
    if (status == WSI_OK) {
        *json = json_loads(text, 0, NULL);
        wsi_free(text);
        if (json_integer_value(json_object_get(*json, "format")) != WSI_FOLDER_FORMAT)
            status = wsi_error_set(err, WSI_ERR_INPUT_FORMAT, "%s: not a record of this format", path);
    }
    wsi_free(path);
    return status;
}

static wsi_status bad_record(const char *dir, const char *kind, const char *name, wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_INPUT_FORMAT, "%s/" WSI_JOB_FOLDER "/%s/%s: a value is missing or makes no sense",
                         dir, kind, name);
}

static wsi_folder_state state_of(const char *name, int *bad)
{
    for (int i = 0; name && i < WSI_FOLDER_STATES; i++) {
        if (strcmp(name, wsi_folder_state_name((wsi_folder_state)i)) == 0) return (wsi_folder_state)i;
    }
    *bad = 1;
    return WSI_FOLDER_FAILED;
}

/* A code that this version does not know is a failure all the same. */
static wsi_status code_of(const char *name)
{
    for (int i = 0; name && i < 64; i++) {
        if (strcmp(name, wsi_status_name((wsi_status)i)) == 0) return (wsi_status)i;
    }
    return name ? WSI_ERR_INTERNAL : WSI_OK;
}

static const json_t *checked_outputs(const json_t *list, int *bad)
{
    size_t i;
    json_t *item;
    if (!list) return NULL;
    *bad |= !json_is_array(list);
    json_array_foreach(list, i, item) *bad |= !json_is_string(item) || !wsi_file_is_below(json_string_value(item));
    return list;
}

static int parse_slide(const json_t *json, wsi_folder_slide *s)
{
    int bad = 0;
    s->base = need_base(json, &bad);
    s->input = need_text(json, "input", &bad);
    s->id = optional_text(json, "id", &bad);
    s->state = state_of(need_text(json, "state", &bad), &bad);
    s->code = code_of(optional_text(json, "code", &bad));
    s->error = optional_text(json, "error", &bad);
    s->run = need_text(json, "run", &bad);
    s->host = need_text(json, "host", &bad);
    s->pid = need_integer(json, "pid", 0, &bad);
    copy_hash(json, "work", s->work, &bad);
    s->started = need_number(json, "started", 0, unix_max, &bad);
    s->updated = need_number(json, "updated", 0, unix_max, &bad);
    s->seconds = need_number(json, "seconds", 0, TIME_MAX, &bad);
    s->attempt = need_integer(json, "attempt", 0, &bad);
    s->progress = need_number(json, "progress", 0, 1, &bad);
    s->pixels = (uint64_t)need_integer(json, "pixels", 0, &bad);
    s->bytes = (uint64_t)need_integer(json, "bytes", 0, &bad);
    s->bad_tiles = (uint64_t)need_integer(json, "bad_tiles", 0, &bad);
    s->outputs = checked_outputs(json_object_get(json, "outputs"), &bad);
    s->stats = json_object_get(json, "stats");
    return !bad && (!s->stats || json_is_object(s->stats));
}

static wsi_status read_slide(const char *dir, const char *name, wsi_folder_slide *out, wsi_error *err)
{
    *out = (wsi_folder_slide){0};
    WSI_FORWARD(read_object(dir, "slides", name, &out->json, err));
    memcpy(out->hash, name, WSI_FOLDER_HASH_MAX - 1);
    return parse_slide(out->json, out) ? WSI_OK : bad_record(dir, "slides", name, err);
}

void wsi_folder_slide_clear(wsi_folder_slide *slide)
{
    json_decref(slide->json);
    *slide = (wsi_folder_slide){0};
}

wsi_status wsi_folder_read_slide(const char *dir, const char *hash, wsi_folder_slide *out, wsi_error *err)
{
    char name[WSI_FOLDER_HASH_MAX + 8];
    snprintf(name, sizeof name, "%s.json", hash);
    return read_slide(dir, name, out, err);
}

static int parse_run(const json_t *json, wsi_folder_run *r)
{
    int bad = 0;
    r->run = need_text(json, "run", &bad);
    copy_hash(json, "batch", r->batch, &bad);
    copy_hash(json, "work", r->work, &bad);
    r->shard = optional_text(json, "shard", &bad);
    r->host = need_text(json, "host", &bad);
    r->pid = need_integer(json, "pid", 0, &bad);
    const json_t *slurm = json_object_get(json, "slurm");
    r->slurm_job = optional_text(slurm, "job", &bad);
    r->slurm_array_job = optional_text(slurm, "array_job", &bad);
    r->slurm_array_task = optional_text(slurm, "array_task", &bad);
    r->slurm_restart = optional_integer(slurm, "restart", 0, 0, &bad);
    r->chain = need_text(json, "chain", &bad);
    r->write = optional_text(json, "write", &bad);
    r->format_name = need_text(json, "format_name", &bad);
    r->folder = optional_text(json, "folder", &bad);
    r->started = need_number(json, "started", 0, unix_max, &bad);
    r->updated = need_number(json, "updated", 0, unix_max, &bad);
    r->ended = optional_number(json, "ended", 0, unix_max, 0, &bad);
    r->exit = (int)optional_number(json, "exit", 0, 255, -1, &bad);
    return !bad;
}

/* ---- All of it ---- */

static wsi_status read_run(const char *dir, const char *name, void *item, wsi_error *err)
{
    wsi_folder_run *run = item;
    WSI_FORWARD(read_object(dir, "runs", name, &run->json, err));
    const int good = parse_run(run->json, run) && strncmp(name, run->run, strlen(name) - strlen(".json")) == 0;
    return good && is_run_name(run->run) ? WSI_OK : bad_record(dir, "runs", name, err);
}

static wsi_status read_entries(const json_t *list, wsi_folder_batch *batch, int *bad, wsi_error *err)
{
    size_t i;
    json_t *item;
    *bad |= !json_is_array(list);
    batch->entries = wsi_calloc(json_array_size(list) + 1, sizeof *batch->entries);
    WSI_RETURN_IF(!batch->entries, WSI_ERR_NO_MEMORY, "out of memory");
    batch->count = json_array_size(list);
    json_array_foreach(list, i, item)
    {
        wsi_folder_entry *e = &batch->entries[i];
        e->base = need_base(item, bad);
        e->input = need_text(item, "input", bad);
        e->id = optional_text(item, "id", bad);
        e->cost = (uint64_t)need_integer(item, "cost", 0, bad);
        copy_hash(item, "hash", e->hash, bad);
        if (!*bad && !e->hash[0]) WSI_FORWARD(wsi_folder_hash(e->base, e->hash, err));
    }
    return WSI_OK;
}

static wsi_status read_batch(const char *dir, const char *name, void *item, wsi_error *err)
{
    wsi_folder_batch *batch = item;
    int bad = 0;
    WSI_FORWARD(read_object(dir, "batches", name, &batch->json, err));
    memcpy(batch->hash, name, WSI_FOLDER_HASH_MAX - 1);
    WSI_FORWARD(read_entries(json_object_get(batch->json, "slides"), batch, &bad, err));
    return bad ? bad_record(dir, "batches", name, err) : WSI_OK;
}

static wsi_status read_slide_item(const char *dir, const char *name, void *item, wsi_error *err)
{
    return read_slide(dir, name, item, err);
}

static void clear_run(void *item)
{
    wsi_folder_run *run = item;
    json_decref(run->json);
}

static void clear_batch(void *item)
{
    wsi_folder_batch *batch = item;
    json_decref(batch->json);
    wsi_free(batch->entries);
}

static void clear_slide(void *item)
{
    wsi_folder_slide_clear(item);
}

static int compare_runs(const void *a, const void *b)
{
    const wsi_folder_run *x = a, *y = b;
    if (x->started != y->started) return x->started < y->started ? -1 : 1;
    return strcmp(x->run, y->run);
}

/* One kind of record: where it lies and how it is read. */
typedef struct record_kind {
    const char *folder;
    size_t size;
    int (*is_name)(const char *stem);
    wsi_status (*read)(const char *dir, const char *name, void *item, wsi_error *err);
    void (*clear)(void *item);
} record_kind;

static const record_kind batch_kind = {"batches", sizeof(wsi_folder_batch), is_hash, read_batch, clear_batch};
static const record_kind run_kind = {"runs", sizeof(wsi_folder_run), is_run_name, read_run, clear_run};
static const record_kind slide_kind = {"slides", sizeof(wsi_folder_slide), is_hash, read_slide_item, clear_slide};

/* "STEM.json" with a stem of that kind. */
static int is_record(const record_kind *kind, const char *name)
{
    const size_t length = strlen(name), suffix = strlen(".json");
    if (length <= suffix || strcmp(name + length - suffix, ".json") != 0) return 0;
    char *stem = wsi_strndup(name, length - suffix);
    const int is = stem && kind->is_name(stem);
    wsi_free(stem);
    return is;
}

/* A file being replaced, or left by a run that was killed while it did. */
static int is_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && strcmp(dot, ".part") == 0;
}

/* Reads one record into `items`; a bad one is left out. */
static wsi_status take(const char *dir, const record_kind *kind, const char *name, const wsi_log *log, char *items,
                       size_t *count, wsi_error *err)
{
    wsi_error cause = {0};
    if (is_part(name)) return WSI_OK;
    if (!is_record(kind, name)) {
        wsi_log_write(log, WSI_LOG_WARNING, "%s/" WSI_JOB_FOLDER "/%s/%.100s: not a record; left out", dir,
                      kind->folder, name);
        return WSI_OK;
    }
    void *item = items + *count * kind->size;
    const wsi_status status = kind->read(dir, name, item, &cause);
    if (status == WSI_OK) {
        ++*count;
        return WSI_OK;
    }
    kind->clear(item);
    memset(item, 0, kind->size);
    if (status == WSI_ERR_NO_MEMORY) return wsi_error_set(err, status, "%s", cause.message);
    wsi_log_write(log, WSI_LOG_WARNING, "%s; left out", cause.message);
    return WSI_OK;
}

static wsi_status read_all(const char *dir, const record_kind *kind, const wsi_log *log, void **items, size_t *count,
                           wsi_error *err)
{
    wsi_cli_names names = {0};
    char *path = wsi_folder_path(dir, kind->folder, "");
    WSI_RETURN_IF(!path, WSI_ERR_NO_MEMORY, "%s: out of memory", dir);
    const int error = wsi_cli_folder_list(path, &names);
    wsi_status status = WSI_OK;
    if (error)
        status = wsi_error_set(err, error == ENOMEM ? WSI_ERR_NO_MEMORY : WSI_ERR_INPUT_OPEN, "%s: %s", path,
                               strerror(error));
    wsi_free(path);
    *items = wsi_calloc(names.count + 1, kind->size);
    if (!*items) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "%s: out of memory", dir);
    for (size_t i = 0; i < names.count && status == WSI_OK; i++)
        status = take(dir, kind, names.items[i], log, *items, count, err);
    wsi_cli_names_clear(&names);
    return status;
}

wsi_status wsi_job_folder_read(const char *dir, const wsi_log *log, wsi_folder_contents *out, wsi_error *err)
{
    void *batches = NULL, *runs = NULL, *slides = NULL;
    *out = (wsi_folder_contents){0};
    wsi_status status = read_all(dir, &batch_kind, log, &batches, &out->batch_count, err);
    if (status == WSI_OK) status = read_all(dir, &run_kind, log, &runs, &out->run_count, err);
    if (status == WSI_OK) status = read_all(dir, &slide_kind, log, &slides, &out->slide_count, err);
    out->batches = batches;
    out->runs = runs;
    out->slides = slides;
    if (out->run_count) qsort(out->runs, out->run_count, sizeof *out->runs, compare_runs);
    return status;
}

void wsi_folder_contents_clear(wsi_folder_contents *c)
{
    for (size_t i = 0; i < c->batch_count; i++) clear_batch(&c->batches[i]);
    for (size_t i = 0; i < c->run_count; i++) clear_run(&c->runs[i]);
    for (size_t i = 0; i < c->slide_count; i++) clear_slide(&c->slides[i]);
    wsi_free(c->batches);
    wsi_free(c->runs);
    wsi_free(c->slides);
    *c = (wsi_folder_contents){0};
}

/* ---- Finding ---- */

static int compare_slide_hash(const void *key, const void *item)
{
    return strcmp(key, ((const wsi_folder_slide *)item)->hash);
}

static int compare_batch_hash(const void *key, const void *item)
{
    return strcmp(key, ((const wsi_folder_batch *)item)->hash);
}

const wsi_folder_slide *wsi_folder_find_slide(const wsi_folder_contents *c, const char *hash)
{
    return c->slide_count ? bsearch(hash, c->slides, c->slide_count, sizeof *c->slides, compare_slide_hash) : NULL;
}

const wsi_folder_batch *wsi_folder_find_batch(const wsi_folder_contents *c, const char *hash)
{
    return c->batch_count ? bsearch(hash, c->batches, c->batch_count, sizeof *c->batches, compare_batch_hash) : NULL;
}

const wsi_folder_run *wsi_folder_find_run(const wsi_folder_contents *c, const char *run)
{
    for (size_t i = 0; i < c->run_count; i++) {
        if (strcmp(c->runs[i].run, run) == 0) return &c->runs[i];
    }
    return NULL;
}
