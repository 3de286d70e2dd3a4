/* Reports on a batch: JSON for programs, a table for people. */
#include <string.h>

#include <wsiproc/version.h>

#include "batch.h"
#include "cli-json.h"
#include "cli-text.h"

static double mpix_per_second(uint64_t pixels, double seconds)
{
    return seconds > 0 ? (double)pixels / 1e6 / seconds : 0;
}

static json_t *outputs_json(const wsi_job_report *report)
{
    json_t *list = json_array();
    for (int i = 0; i < report->output_count; i++) json_array_append_new(list, wsi_cli_json_text(report->outputs[i]));
    return list;
}

json_t *wsi_slide_record_json(const wsi_slide_record *record)
{
    const wsi_job_report *report = &record->report;
    json_t *json = json_object();
    json_object_set_new(json, "input", wsi_cli_json_text(record->input->path));
    wsi_cli_json_set_text(json, "id", record->input->id);
    json_object_set_new(json, "status", json_string(wsi_slide_state_name(record->state)));
    if (record->error) {
        json_object_set_new(json, "error", wsi_cli_json_text(record->error));
        json_object_set_new(json, "error_kind", json_string(wsi_status_name(record->code)));
    }
    wsi_cli_json_set_text(json, "redone", report->redone);
    const int has_outputs = record->state == WSI_SLIDE_DONE || record->state == WSI_SLIDE_SKIPPED;
    json_object_set_new(json, "outputs", has_outputs ? outputs_json(report) : json_array());
    json_object_set_new(json, "seconds", wsi_cli_json_measured(record->seconds));
    json_object_set_new(json, "pixels", json_integer((json_int_t)report->pixels));
    json_object_set_new(json, "mpix_per_second",
                        wsi_cli_json_measured(mpix_per_second(report->pixels, record->seconds)));
    json_object_set_new(json, "bytes_written", json_integer((json_int_t)report->bytes_written));
    json_object_set_new(json, "bad_tiles", json_integer((json_int_t)report->bad_tiles));
    return json;
}

static json_t *totals_json(const wsi_batch *batch)
{
    static const char *const keys[] = {"done", "skipped", "failed", "cancelled", "not_run"};
    const wsi_batch_totals totals = wsi_batch_total(batch);
    json_t *json = json_object();
    json_object_set_new(json, "slides", json_integer((json_int_t)batch->count));
    for (int i = 0; i < WSI_SLIDE_STATES; i++) {
        json_object_set_new(json, keys[i], json_integer((json_int_t)totals.count[i]));
    }
    json_object_set_new(json, "seconds", wsi_cli_json_measured(batch->seconds));
    json_object_set_new(json, "pixels", json_integer((json_int_t)totals.pixels));
    json_object_set_new(json, "mpix_per_second", wsi_cli_json_measured(mpix_per_second(totals.pixels, batch->seconds)));
    json_object_set_new(json, "bytes_written", json_integer((json_int_t)totals.bytes));
    json_object_set_new(json, "bad_tiles", json_integer((json_int_t)totals.bad_tiles));
    return json;
}

json_t *wsi_batch_json(const wsi_batch *batch, const wsi_job_setup *setup)
{
    json_t *json = json_object(), *slides = json_array();
    json_object_set_new(json, "wsiproc", json_string(WSI_VERSION_STRING));
    json_object_set_new(json, "chain", wsi_cli_json_text(wsi_chain_text(setup->chain)));
    json_object_set_new(json, "write", wsi_cli_json_text(setup->options->write));
    json_object_set_new(json, "format", json_string(setup->writer->name));
    json_object_set_new(json, "exit_status", json_integer(wsi_batch_exit(batch)));
    json_object_set_new(json, "totals", totals_json(batch));
    for (size_t i = 0; i < batch->count; i++) {
        json_array_append_new(slides, wsi_slide_record_json(&batch->records[i]));
    }
    json_object_set_new(json, "slides", slides);
    return json;
}

/* The job's own object, with what the batch knows where the job has nothing to say. */
static json_t *stats_object(const wsi_slide_record *record)
{
    json_t *json = wsi_cli_json_parse(record->report.stats_json);
    if (!json_is_object(json)) {
        json_decref(json);
        json = json_object();
    }
    json_object_set_new(json, "input", wsi_cli_json_text(record->input->path));
    json_object_set_new(json, "status", json_string(wsi_slide_state_name(record->state)));
    wsi_cli_json_set_text(json, "error", record->error);
    return json;
}

json_t *wsi_batch_stats_json(const wsi_batch *batch)
{
    if (batch->count == 1) return stats_object(&batch->records[0]);
    json_t *json = json_object(), *slides = json_array();
    for (size_t i = 0; i < batch->count; i++) json_array_append_new(slides, stats_object(&batch->records[i]));
    json_object_set_new(json, "totals", totals_json(batch));
    json_object_set_new(json, "slides", slides);
    return json;
}

/* ---- The table ---- */

static void note_of(const wsi_slide_record *record, char *buf, size_t size)
{
    const wsi_job_report *report = &record->report;
    const char *path = record->input->path;
    if (record->error) {
        const size_t length = strlen(path); /* the slide has its own column */
        const int named = strncmp(record->error, path, length) == 0 && record->error[length] == ':';
        snprintf(buf, size, "%s", named ? record->error + length + 2 : record->error);
    } else if (record->state == WSI_SLIDE_SKIPPED) {
        snprintf(buf, size, "up to date");
    } else {
        snprintf(buf, size, "%s", report->output_count ? report->outputs[0] : "");
        const size_t used = strlen(buf);
        if (report->output_count > 1) snprintf(buf + used, size - used, " and %d more", report->output_count - 1);
        const size_t now = strlen(buf);
        if (report->redone) snprintf(buf + now, size - now, " (redone: %s)", report->redone);
    }
}

static void print_record(wsi_text_table *table, const wsi_slide_record *record)
{
    const wsi_job_report *report = &record->report;
    char seconds[WSI_TEXT_SHORT] = "", mpix[WSI_TEXT_SHORT] = "", rate[WSI_TEXT_SHORT] = "";
    char bytes[WSI_TEXT_SHORT] = "", bad[WSI_TEXT_SHORT] = "", note[2048];
    if (record->state == WSI_SLIDE_DONE) {
        snprintf(seconds, sizeof seconds, "%.1f s", record->seconds);
        snprintf(mpix, sizeof mpix, "%.1f", (double)report->pixels / 1e6);
        snprintf(rate, sizeof rate, "%.1f", mpix_per_second(report->pixels, record->seconds));
        wsi_text_bytes(report->bytes_written, bytes);
        snprintf(bad, sizeof bad, "%llu", (unsigned long long)report->bad_tiles);
    }
    note_of(record, note, sizeof note);
    wsi_text_table_row(table, (const char *[]){record->input->path, wsi_slide_state_name(record->state), seconds, mpix,
                                               rate, bytes, bad, note});
}

void wsi_batch_print(const wsi_batch *batch, FILE *out)
{
    const wsi_batch_totals totals = wsi_batch_total(batch);
    char seconds[WSI_TEXT_SHORT], bytes[WSI_TEXT_SHORT];
    wsi_text_table *table = wsi_text_table_create("llrrrrrl");
    wsi_text_table_row(table, (const char *[]){"slide", "status", "time", "MPix", "MPix/s", "written", "bad tiles",
                                               "outputs or cause"});
    for (size_t i = 0; i < batch->count; i++) print_record(table, &batch->records[i]);
    wsi_text_table_print(table, out, 0);
    wsi_text_table_destroy(&table);
    fprintf(out, "%zu slide%s: ", batch->count, batch->count == 1 ? "" : "s");
    const char *separator = "";
    for (int i = 0; i < WSI_SLIDE_STATES; i++) {
        if (!totals.count[i]) continue;
        fprintf(out, "%s%zu %s", separator, totals.count[i], wsi_slide_state_name((wsi_slide_state)i));
        separator = ", ";
    }
    if (!batch->count) fprintf(out, "nothing to do");
    fprintf(out, "; %.1f MPix in %s (%.1f MPix/s), %s written\n", (double)totals.pixels / 1e6,
            wsi_text_duration(batch->seconds, seconds), mpix_per_second(totals.pixels, batch->seconds),
            wsi_text_bytes(totals.bytes, bytes));
}
