/* Records of a batch and the verdict over them. */
#include "batch.h"

#include <string.h>

#include "cli-file.h"
#include "cli-text.h"
#include "common/mem.h"

const char *wsi_slide_state_name(wsi_slide_state state)
{
    static const char *const names[] = {"done", "skipped", "failed", "cancelled", "not run"};
    return state < WSI_SLIDE_STATES ? names[state] : "?";
}

wsi_status wsi_batch_create(wsi_batch *batch, const wsi_inputs *inputs, wsi_error *err)
{
    *batch = (wsi_batch){.records = wsi_calloc(inputs->count + 1, sizeof *batch->records)};
    WSI_RETURN_IF(!batch->records, WSI_ERR_NO_MEMORY, "out of memory");
    batch->count = inputs->count;
    for (size_t i = 0; i < batch->count; i++) {
        batch->records[i].input = &inputs->items[i];
        batch->records[i].state = WSI_SLIDE_NOT_RUN;
    }
    return WSI_OK;
}

void wsi_batch_clear(wsi_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        wsi_free(batch->records[i].error);
        wsi_job_report_clear(&batch->records[i].report);
    }
    wsi_free(batch->records);
    *batch = (wsi_batch){0};
}

wsi_batch_totals wsi_batch_total(const wsi_batch *batch)
{
    wsi_batch_totals totals = {0};
    for (size_t i = 0; i < batch->count; i++) {
        const wsi_slide_record *record = &batch->records[i];
        totals.count[record->state]++;
        if (record->state != WSI_SLIDE_DONE) continue;
        totals.pixels += record->report.pixels;
        totals.bytes += record->report.bytes_written;
        totals.bad_tiles += record->report.bad_tiles;
    }
    return totals;
}

static int starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

void wsi_slide_record_fail(wsi_slide_record *record, wsi_status code, const char *message)
{
    char path[WSI_ERROR_MESSAGE_MAX];
    wsi_text_one_line(path, sizeof path, record->input->path); /* as it stands in messages */
    const int named = starts_with(message, path) || starts_with(message, path + wsi_file_name_offset(path));
    record->state = code == WSI_ERR_CANCELLED ? WSI_SLIDE_CANCELLED : WSI_SLIDE_FAILED;
    record->code = code;
    wsi_free(record->error);
    record->error = named ? wsi_strdup(message) : wsi_asprintf("%s: %s", path, message);
}

void wsi_slide_record_reset(wsi_slide_record *record)
{
    const wsi_input *input = record->input;
    wsi_free(record->error);
    wsi_job_report_clear(&record->report);
    *record = (wsi_slide_record){.input = input, .state = WSI_SLIDE_NOT_RUN};
}

static wsi_exit common_exit(const wsi_batch *batch)
{
    const wsi_exit first = wsi_exit_of_status(batch->records[0].code);
    for (size_t i = 1; i < batch->count; i++) {
        if (wsi_exit_of_status(batch->records[i].code) != first) return WSI_EXIT_FAILURE;
    }
    return first;
}

wsi_exit wsi_batch_exit(const wsi_batch *batch)
{
    const wsi_batch_totals totals = wsi_batch_total(batch);
    const size_t good = totals.count[WSI_SLIDE_DONE] + totals.count[WSI_SLIDE_SKIPPED];
    if (batch->stopped_by != WSI_OK) return wsi_exit_of_status(batch->stopped_by);
    if (good == batch->count) return WSI_EXIT_OK;
    return good ? WSI_EXIT_SOME_FAILED : common_exit(batch);
}
