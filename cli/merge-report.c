/* The summary object. Everything in it is in the order of the slides' names or of the runs' starts, and nothing tells
 * when it was made: a batch that has ended gives the same bytes each time. */
#include "merge-report.h"

#include <string.h>

#include <wsiproc/version.h>

#include "cli-json.h"

static double mpix_per_second(double pixels, double seconds)
{
    return seconds > 0 ? pixels / 1e6 / seconds : 0;
}

/* ---- Slides ---- */

static void set_record(json_t *json, const wsi_folder_slide *r)
{
    json_object_set_new(json, "seconds", wsi_cli_json_measured(r->seconds));
    json_object_set_new(json, "mpix", wsi_cli_json_measured((double)r->pixels / 1e6));
    json_object_set_new(json, "mpix_per_second", wsi_cli_json_measured(mpix_per_second((double)r->pixels, r->seconds)));
    json_object_set_new(json, "bytes_written", json_integer((json_int_t)r->bytes));
    json_object_set_new(json, "bad_tiles", json_integer((json_int_t)r->bad_tiles));
    json_object_set_new(json, "attempts", json_integer(r->attempt));
    wsi_cli_json_set_text(json, "host", r->host);
    wsi_cli_json_set_text(json, "run", r->run);
}

/* Values of the quality maps among a slide's pictures. */
static json_t *quality_maps(const json_t *pictures)
{
    json_t *maps = json_array(), *picture;
    size_t i;
    json_array_foreach(pictures, i, picture)
    {
        const json_t *values = json_object_get(picture, "quality");
        if (!json_is_object(values)) continue;
        json_t *map = json_object();
        json_object_set(map, "result", json_object_get(picture, "title"));
        for (const char *const *key = (const char *const[]){"min", "mean", "max", NULL}; *key; key++) {
            json_object_set(map, *key, json_object_get(values, *key));
        }
        json_object_set(map, "level", json_object_get(values, "level"));
        json_array_append_new(maps, map);
    }
    return maps;
}

static json_t *slide_json(const wsi_overview_slide *s, const json_t *pictures)
{
    const wsi_folder_slide *r = s->record;
    json_t *json = json_object();
    wsi_cli_json_set_text(json, "base", s->base);
    wsi_cli_json_set_text(json, "input", s->input);
    wsi_cli_json_set_text(json, "id", s->id);
    json_object_set_new(json, "state", json_string(wsi_overview_state_name(s->state)));
    if (r) set_record(json, r);
    if (s->state == WSI_OVERVIEW_DONE) {
        json_object_set_new(json, "skipped", json_boolean(r->state == WSI_FOLDER_SKIPPED));
        json_object_set_new(json, "outputs", r->outputs ? json_deep_copy(r->outputs) : json_array());
        json_object_set_new(json, "quality", quality_maps(pictures));
    }
    if (s->state == WSI_OVERVIEW_RUNNING) {
        json_object_set_new(json, "progress", wsi_cli_json_measured(r->progress));
        json_object_set_new(json, "lost", json_boolean(s->lost));
    }
    if (s->state == WSI_OVERVIEW_FAILED) {
        json_object_set_new(json, "error_kind", json_string(wsi_status_name(r->code)));
        json_object_set_new(json, "error", wsi_cli_json_text(r->error ? r->error : "no reason was recorded"));
    }
    return json;
}

/* ---- Runs ---- */

static json_t *run_json(const wsi_folder_run *r)
{
    json_t *json = json_object();
    wsi_cli_json_set_text(json, "run", r->run);
    wsi_cli_json_set_text(json, "host", r->host);
    json_object_set_new(json, "pid", json_integer(r->pid));
    wsi_cli_json_set_text(json, "shard", r->shard);
    wsi_cli_json_set_text(json, "slurm_job", r->slurm_job);
    wsi_cli_json_set_text(json, "slurm_array_job", r->slurm_array_job);
    wsi_cli_json_set_text(json, "slurm_array_task", r->slurm_array_task);
    if (r->slurm_job) json_object_set_new(json, "slurm_restarts", json_integer(r->slurm_restart));
    wsi_cli_json_set_text(json, "chain", r->chain);
    wsi_cli_json_set_text(json, "write", r->write);
    wsi_cli_json_set_text(json, "format", r->format_name);
    json_object_set_new(json, "started", wsi_cli_json_measured(r->started));
    json_object_set_new(json, "updated", wsi_cli_json_measured(r->updated));
    json_object_set_new(json, "ended", r->ended > 0 ? wsi_cli_json_measured(r->ended) : json_null());
    json_object_set_new(json, "exit_status", r->exit >= 0 ? json_integer(r->exit) : json_null());
    return json;
}

/* From the first start to the last sign of work. */
static double elapsed(const wsi_folder_contents *c)
{
    double from = 0, to = 0;
    for (size_t i = 0; i < c->run_count; i++) {
        const wsi_folder_run *r = &c->runs[i];
        const double last = r->ended > r->updated ? r->ended : r->updated;
        if (i == 0 || r->started < from) from = r->started;
        if (last > to) to = last;
    }
    return to > from ? to - from : 0;
}

/* ---- The whole ---- */

static json_t *totals_json(const wsi_overview *o)
{
    json_t *json = json_pack("{s:I}", "slides", (json_int_t)o->count);
    double seconds = 0;
    for (int i = 0; i < WSI_OVERVIEW_STATES; i++) {
        const char *name = wsi_overview_state_name((wsi_overview_state)i);
        json_object_set_new(json, name, json_integer((json_int_t)o->counts[i]));
    }
    for (size_t i = 0; i < o->count; i++) {
        if (o->slides[i].state == WSI_OVERVIEW_DONE) seconds += o->slides[i].record->seconds;
    }
    json_object_set_new(json, "skipped", json_integer((json_int_t)o->skipped));
    json_object_set_new(json, "seconds", wsi_cli_json_measured(seconds));
    json_object_set_new(json, "elapsed_seconds", wsi_cli_json_measured(elapsed(&o->contents)));
    json_object_set_new(json, "mpix", wsi_cli_json_measured((double)o->pixels / 1e6));
    json_object_set_new(json, "mpix_per_second", wsi_cli_json_measured(mpix_per_second((double)o->pixels, seconds)));
    json_object_set_new(json, "bytes_written", json_integer((json_int_t)o->bytes));
    json_object_set_new(json, "bad_tiles", json_integer((json_int_t)o->bad_tiles));
    return json;
}

json_t *wsi_merge_json(const wsi_overview *o, const json_t *pictures)
{
    json_t *json = json_object(), *failures = json_array(), *slides = json_array(), *runs = json_array();
    for (size_t i = 0; i < o->count; i++) {
        json_t *slide = slide_json(&o->slides[i], json_array_get(pictures, i));
        if (o->slides[i].state == WSI_OVERVIEW_FAILED) json_array_append(failures, slide);
        json_array_append_new(slides, slide);
    }
    for (size_t i = 0; i < o->contents.run_count; i++) json_array_append_new(runs, run_json(&o->contents.runs[i]));
    json_object_set_new(json, "wsiproc", json_string(WSI_VERSION_STRING));
    json_object_set_new(json, "complete", json_boolean(o->counts[WSI_OVERVIEW_DONE] == o->count));
    json_object_set_new(json, "totals", totals_json(o));
    json_object_set_new(json, "failures", failures);
    json_object_set_new(json, "slides", slides);
    json_object_set_new(json, "runs", runs);
    return json;
}
