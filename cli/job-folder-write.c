/* Writes the job folder: records as JSON, each replaced whole. */
#include "job-folder.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli-file.h"
#include "cli-json.h"
#include "common/mem.h"
#include "job-folder-private.h"

/* Makes one folder of it. A link could lead anywhere, out of DIR. */
static wsi_status make_one(const char *dir, const char *kind, wsi_error *err)
{
    struct stat st;
    char *path = *kind ? wsi_folder_path(dir, kind, "") : wsi_asprintf("%s/" WSI_JOB_FOLDER, dir);
    WSI_RETURN_IF(!path, WSI_ERR_NO_MEMORY, "%s: out of memory", dir);
    wsi_status status = wsi_file_make_folder(path, err);
    if (status == WSI_OK && (lstat(path, &st) != 0 || S_ISLNK(st.st_mode)))
        status = wsi_error_set(err, WSI_ERR_OUTPUT, "%s: is a link, not a folder", path);
    wsi_free(path);
    return status;
}

wsi_status wsi_job_folder_make(const char *dir, wsi_error *err)
{
    static const char *const kinds[] = {"", "batches", "runs", "slides", "leases"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) WSI_FORWARD(make_one(dir, kinds[i], err));
    return WSI_OK;
}

/* ---- Fields ---- */

static void set_hash(json_t *json, const char *key, const char *hash)
{
    if (*hash) json_object_set_new(json, key, json_string(hash));
}

static void set_integer(json_t *json, const char *key, uint64_t value)
{
    json_object_set_new(json, key, json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX));
}

/* To a microsecond: more digits are noise. */
static void set_time(json_t *json, const char *key, double seconds)
{
    json_object_set_new(json, key, json_real((double)(int64_t)(seconds * 1e6 + 0.5) / 1e6));
}

static json_t *new_record(void)
{
    json_t *json = json_object();
    set_integer(json, "format", WSI_FOLDER_FORMAT);
    return json;
}

/* Takes the reference. */
static wsi_status replace(const char *dir, const char *kind, const char *stem, json_t *json, wsi_error *err)
{
    char name[WSI_FOLDER_RUN_NAME_MAX + 8];
    snprintf(name, sizeof name, "%s.json", stem);
    char *path = wsi_folder_path(dir, kind, name), *text = json ? wsi_cli_json_dump(json, JSON_COMPACT) : NULL;
    const wsi_status status = path && text ? wsi_file_replace(path, text, strlen(text), err)
                                           : wsi_error_set(err, WSI_ERR_NO_MEMORY, "%s: out of memory", dir);
    json_decref(json);
    wsi_free(path);
    wsi_free(text);
    return status;
}

/* ---- Records ---- */

static json_t *slurm_json(const wsi_folder_run *run)
{
    json_t *json = json_object();
    wsi_cli_json_set_text(json, "job", run->slurm_job);
    wsi_cli_json_set_text(json, "array_job", run->slurm_array_job);
    wsi_cli_json_set_text(json, "array_task", run->slurm_array_task);
    set_integer(json, "restart", (uint64_t)run->slurm_restart);
    return json;
}

wsi_status wsi_folder_write_run(const char *dir, const wsi_folder_run *run, wsi_error *err)
{
    json_t *json = new_record();
    wsi_cli_json_set_text(json, "run", run->run);
    set_hash(json, "batch", run->batch);
    set_hash(json, "work", run->work);
    wsi_cli_json_set_text(json, "shard", run->shard);
    wsi_cli_json_set_text(json, "host", run->host);
    set_integer(json, "pid", (uint64_t)run->pid);
    if (run->slurm_job) json_object_set_new(json, "slurm", slurm_json(run));
    wsi_cli_json_set_text(json, "chain", run->chain);
    wsi_cli_json_set_text(json, "write", run->write);
    wsi_cli_json_set_text(json, "format_name", run->format_name);
    wsi_cli_json_set_text(json, "folder", run->folder);
    set_time(json, "started", run->started);
    set_time(json, "updated", run->updated);
    if (run->ended > 0) set_time(json, "ended", run->ended);
    if (run->exit >= 0) set_integer(json, "exit", (uint64_t)run->exit);
    return replace(dir, "runs", run->run, json, err);
}

wsi_status wsi_folder_write_slide(const char *dir, const wsi_folder_slide *s, wsi_error *err)
{
    json_t *json = new_record();
    wsi_cli_json_set_text(json, "base", s->base);
    wsi_cli_json_set_text(json, "input", s->input);
    wsi_cli_json_set_text(json, "id", s->id);
    wsi_cli_json_set_text(json, "state", wsi_folder_state_name(s->state));
    if (s->code != WSI_OK) wsi_cli_json_set_text(json, "code", wsi_status_name(s->code));
    wsi_cli_json_set_text(json, "error", s->error);
    wsi_cli_json_set_text(json, "run", s->run);
    wsi_cli_json_set_text(json, "host", s->host);
    set_integer(json, "pid", (uint64_t)s->pid);
    set_hash(json, "work", s->work);
    set_time(json, "started", s->started);
    set_time(json, "updated", s->updated);
    set_time(json, "seconds", s->seconds);
    set_integer(json, "attempt", (uint64_t)s->attempt);
    set_time(json, "progress", s->progress);
    set_integer(json, "pixels", s->pixels);
    set_integer(json, "bytes", s->bytes);
    set_integer(json, "bad_tiles", s->bad_tiles);
    if (s->outputs) json_object_set_new(json, "outputs", json_deep_copy(s->outputs));
    if (s->stats) json_object_set_new(json, "stats", json_deep_copy(s->stats));
    return replace(dir, "slides", s->hash, json, err);
}

/* ---- Batches ---- */

static json_t *entries_json(wsi_folder_batch *batch, wsi_error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < batch->count; i++) {
        wsi_folder_entry *e = &batch->entries[i];
        if (wsi_folder_hash(e->base, e->hash, err) != WSI_OK) {
            json_decref(list);
            return NULL;
        }
        json_t *item = json_object();
        wsi_cli_json_set_text(item, "base", e->base);
        wsi_cli_json_set_text(item, "input", e->input);
        wsi_cli_json_set_text(item, "id", e->id);
        set_integer(item, "cost", e->cost);
        set_hash(item, "hash", e->hash); /* of the base's bytes, which JSON cannot always hold */
        json_array_append_new(list, item);
    }
    return list;
}

wsi_status wsi_folder_write_batch(const char *dir, wsi_folder_batch *batch, wsi_error *err)
{
    char name[WSI_FOLDER_HASH_MAX + 8];
    json_t *json = new_record(), *list = entries_json(batch, err);
    json_object_set_new(json, "slides", list);
    char *text = list ? wsi_cli_json_dump(json, JSON_COMPACT) : NULL;
    json_decref(json);
    WSI_RETURN_IF(!text, WSI_ERR_NO_MEMORY, "%s: out of memory", dir);
    wsi_status status = wsi_folder_hash(text, batch->hash, err);
    snprintf(name, sizeof name, "%s.json", batch->hash);
    char *path = status == WSI_OK ? wsi_folder_path(dir, "batches", name) : NULL;
    /* The name says what is in it, so that it does not matter which of two runs writes it. */
    if (status == WSI_OK && !path) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "%s: out of memory", dir);
    if (status == WSI_OK && !wsi_file_has_size(path, strlen(text)))
        status = wsi_file_replace(path, text, strlen(text), err);
    wsi_free(path);
    wsi_free(text);
    return status;
}
