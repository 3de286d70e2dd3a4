/* `wsiproc run`: every slide of a batch, one after another, each with all threads.
 *
 * Everything that can be refused is refused before the first slide is touched. After that only a full or vanished
 * output folder and a signal end the batch early; whatever else befalls a slide is that slide's failure. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "batch.h"
#include "cli.h"
#include "cli-file.h"
#include "cli-json.h"
#include "common/mem.h"
#include "job-options.h"
#include "progress.h"
#include "signals.h"

typedef struct run {
    wsi_job_setup setup;
    wsi_inputs inputs;
    wsi_batch batch;
    wsi_display *display;
    wsi_trace *trace; /* NULL when not wanted */
    char *summary;    /* path of summary.json, NULL without an output folder */
} run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- Before the first slide ---- */

static wsi_status expand(run *r, const wsi_job_options *o, const wsi_arguments *args, wsi_error *err)
{
    const wsi_inputs_options options = {.output = o->output, .log = wsi_display_log(r->display)};
    for (int i = 0; i < args->count; i++) WSI_FORWARD(wsi_inputs_add(&r->inputs, args->operands[i], &options, err));
    return WSI_OK;
}

static wsi_status prepare_outputs(run *r, const wsi_job_options *o, wsi_error *err)
{
    WSI_RETURN_IF(!o->output && *r->setup.writer->extension, WSI_ERR_USAGE, "no output folder: give -o DIR");
    if (o->output) {
        r->summary = wsi_asprintf("%s/summary.json", o->output);
        WSI_RETURN_IF(!r->summary, WSI_ERR_NO_MEMORY, "out of memory");
    }
    WSI_FORWARD(wsi_batch_check_outputs(&r->inputs, &r->setup, r->summary, err));
    if (o->output) WSI_FORWARD(wsi_file_make_folder(o->output, err));
    return o->stats ? wsi_file_check_writable(o->stats, err) : WSI_OK;
}

static wsi_status prepare(run *r, const wsi_job_options *o, const wsi_arguments *args, wsi_error *err)
{
    r->display = wsi_display_create((wsi_progress_mode)o->progress, (wsi_log_level)o->log_level);
    WSI_RETURN_IF(!r->display, WSI_ERR_NO_MEMORY, "out of memory");
    WSI_FORWARD(wsi_job_setup_make(o, args, wsi_display_log(r->display), &r->setup, err));
    WSI_FORWARD(expand(r, o, args, err));
    WSI_FORWARD(prepare_outputs(r, o, err));
    WSI_FORWARD(wsi_job_setup_reference(&r->setup, wsi_display_log(r->display), err));
    WSI_FORWARD(wsi_batch_create(&r->batch, &r->inputs, err));
    return o->trace ? wsi_trace_open(o->trace, &r->trace, err) : WSI_OK;
}

/* ---- Slides ---- */

static wsi_status run_job(run *r, wsi_slide_record *record, wsi_error *err)
{
    char *base;
    WSI_FORWARD(wsi_job_setup_output_base(&r->setup, record->input, &base, err));
    wsi_job_spec spec = wsi_job_setup_spec(&r->setup, record->input, base);
    spec.progress = wsi_display_slide_progress;
    spec.progress_user = r->display;
    spec.cancel = wsi_signals_flag();
    spec.log = wsi_display_log(r->display);
    spec.trace = r->trace;
    const wsi_status status = wsi_job_run(&spec, &record->report, err);
    wsi_free(base);
    return status;
}

static void run_slide(run *r, wsi_slide_record *record)
{
    const double started = now();
    const wsi_input *input = record->input;
    wsi_error err = {0};
    if (input->failure != WSI_OK) {
        wsi_slide_record_fail(record, input->failure, input->failure_text);
        return;
    }
    const wsi_status status = run_job(r, record, &err);
    record->seconds = now() - started;
    if (status != WSI_OK) {
        wsi_slide_record_fail(record, status, err.message);
    } else {
        record->state = record->report.outcome == WSI_JOB_SKIPPED ? WSI_SLIDE_SKIPPED : WSI_SLIDE_DONE;
    }
}

/* A full disk, and a folder that can no longer be written, will fail every further slide as well. */
static int ends_batch(const run *r, const wsi_slide_record *record)
{
    const char *folder = r->setup.options->output;
    if (record->state != WSI_SLIDE_FAILED) return 0;
    if (record->code == WSI_ERR_OUTPUT_FULL) return 1;
    return record->code == WSI_ERR_OUTPUT && folder && access(folder, W_OK | X_OK) != 0;
}

static void run_slides(run *r)
{
    const double started = now();
    wsi_display_begin(r->display, r->batch.count);
    for (size_t i = 0; i < r->batch.count && !wsi_signals_caught(); i++) {
        wsi_slide_record *record = &r->batch.records[i];
        wsi_display_slide_begin(r->display, i, record);
        run_slide(r, record);
        wsi_display_slide_end(r->display);
        if (ends_batch(r, record)) {
            r->batch.stopped_by = record->code;
            break;
        }
    }
    r->batch.seconds = now() - started;
}

/* ---- After the last ---- */

/* What the slides did matters more than a report that could not be written. */
static wsi_exit worse(wsi_exit status, wsi_status reported, const wsi_error *err)
{
    if (reported == WSI_OK) return status;
    const wsi_exit failed = wsi_cli_fail(err);
    return status == WSI_EXIT_OK ? failed : status;
}

static wsi_exit write_reports(run *r, wsi_exit status)
{
    const char *stats = r->setup.options->stats;
    wsi_error err = {0};
    if (r->summary) {
        status = worse(status, wsi_cli_json_write(wsi_batch_json(&r->batch, &r->setup), r->summary, &err), &err);
    }
    if (stats) status = worse(status, wsi_cli_json_write(wsi_batch_stats_json(&r->batch), stats, &err), &err);
    return worse(status, wsi_trace_close(&r->trace, &err), &err);
}

static wsi_exit run_batch(run *r)
{
    wsi_signals_install();
    run_slides(r);
    wsi_display_end(r->display, &r->batch);
    const wsi_exit status = write_reports(r, wsi_batch_exit(&r->batch));
    wsi_batch_print(&r->batch, stdout);
    return status;
}

static wsi_exit command_run(const void *settings, const wsi_arguments *args)
{
    run r = {0};
    wsi_error err = {0};
    const wsi_status prepared = prepare(&r, settings, args, &err);
    const wsi_exit status = prepared == WSI_OK ? run_batch(&r) : wsi_cli_fail(&err);
    wsi_batch_clear(&r.batch);
    wsi_inputs_clear(&r.inputs);
    wsi_job_setup_clear(&r.setup);
    wsi_display_destroy(&r.display);
    wsi_free(r.summary);
    fflush(stdout); /* a signal kills without it */
    wsi_signals_raise_again();
    return status;
}

const wsi_command wsi_command_run = {
    .name = "run",
    .summary = "Runs a chain over slides and writes the results.",
    .operands = "INPUT... -o DIR --chain CHAIN [options]",
    .doc =
        "INPUT is a slide; a directory, searched for slides recursively; a manifest; or synthetic:WxH[,seed=N,...].\n\n"
        "A manifest (*.csv, *.tsv, *.txt, *.list) has a header line with path and, if wanted, id (shown in the "
        "summary), mpp (micrometres a pixel of level 0, whatever the slide says), level (instead of --level) and out "
        "(name of the outputs below DIR); or it is a list of one path a line. Paths are relative to its folder.\n\n"
        "Outputs are DIR/STEM.h5, or DIR/STEM.NAME.tif for formats with one result a file. What exists and was made "
        "the same way from the same slide is skipped; anything else is redone. DIR/summary.json tells what became "
        "of every slide. One slide's failure does not stop the others.\n\n"
        "With --format null nothing is written and -o is optional.",
    .example =
        "  wsiproc run slides/ -o out --chain 'rgb2gray | gaussian:sigma=2 | cast:dtype=uint8 as g' --format tiff\n"
        "  wsiproc run a.svs -o out --chain 'rgb2hed | channel:index=0 as h' --threads 8 --memory 2G",
    .tables = {&wsi_job_option_table},
    .settings_size = sizeof(wsi_job_options),
    .min_operands = 1,
    .run = command_run,
};
