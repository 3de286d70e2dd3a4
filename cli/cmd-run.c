/* `wsiproc run`: a chain over a batch of slides.
 *
 * Everything that can be refused is refused before the first slide is touched. After that only a full or vanished
 * output folder and a signal end the batch early; whatever else befalls a slide is that slide's failure. */
#include <stdio.h>

#include "cli.h"
#include "cli-file.h"
#include "cli-json.h"
#include "common/mem.h"
#include "lease.h"
#include "run.h"
#include "signals.h"

typedef struct run_settings {
    wsi_job_options job; /* first: its table counts offsets from here */
    int64_t lease;
} run_settings;

static const wsi_option rows[] = {
    {.name = "lease",
     .type = WSI_OPTION_INT,
     .argument = "SECONDS",
     .offset = offsetof(run_settings, lease),
     .def = "60",
     .min = 1,
     .max = WSI_LEASE_SECONDS_MAX,
     .env = "WSIPROC_LEASE",
     .help = "Time after which a slide that another run holds, and of which nothing has been heard, is taken over"},
};
static const wsi_option_table run_table = {"Options of run", rows, sizeof rows / sizeof rows[0]};

/* ---- Before the first slide ---- */

static wsi_status expand(wsi_run *r, const wsi_job_options *o, const wsi_arguments *args, wsi_error *err)
{
    const wsi_inputs_options options = {.output = o->output, .log = wsi_display_log(r->display)};
    for (int i = 0; i < args->count; i++) WSI_FORWARD(wsi_inputs_add(&r->inputs, args->operands[i], &options, err));
    return WSI_OK;
}

/* A shard's summary lies beside those of the others. */
static char *summary_path(const char *folder, const wsi_shard *shard)
{
    if (!shard->count) return wsi_asprintf("%s/summary.json", folder);
    return wsi_asprintf("%s/summary.%04lld-of-%04lld.json", folder, (long long)shard->index, (long long)shard->count);
}

static wsi_status prepare_outputs(wsi_run *r, const wsi_job_options *o, wsi_error *err)
{
    WSI_RETURN_IF(!o->output && *r->setup.writer->extension, WSI_ERR_USAGE, "no output folder: give -o DIR");
    if (o->output) {
        r->summary = summary_path(o->output, &r->shard);
        WSI_RETURN_IF(!r->summary, WSI_ERR_NO_MEMORY, "out of memory");
    }
    WSI_FORWARD(wsi_batch_check_outputs(&r->inputs, &r->setup, r->summary, err));
    if (o->output) WSI_FORWARD(wsi_file_make_folder(o->output, err));
    return o->stats ? wsi_file_check_writable(o->stats, err) : WSI_OK;
}

/* Enters the whole batch in the job folder and leaves this run's part of it. Nothing is shared where nothing is
 * written. */
static wsi_status divide(wsi_run *r, const run_settings *s, wsi_error *err)
{
    const int shares = s->job.output && *r->setup.writer->extension;
    uint64_t *costs = wsi_calloc(r->inputs.count + 1, sizeof *costs);
    WSI_RETURN_IF(!costs, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_status status = WSI_OK;
    wsi_shard_costs(&r->inputs, &r->setup, r->shard.count > 0, costs);
    if (shares)
        status = wsi_share_open(&r->setup, (double)s->lease, &r->shard, &r->inputs, costs, wsi_display_log(r->display),
                                &r->share, err);
    if (status == WSI_OK) status = wsi_shard_take(&r->shard, &r->inputs, costs, err);
    wsi_free(costs);
    return status;
}

static wsi_status prepare(wsi_run *r, const run_settings *s, const wsi_arguments *args, wsi_error *err)
{
    const wsi_job_options *o = &s->job;
    r->display = wsi_display_create((wsi_progress_mode)o->progress, (wsi_log_level)o->log_level);
    WSI_RETURN_IF(!r->display, WSI_ERR_NO_MEMORY, "out of memory");
    WSI_FORWARD(wsi_job_setup_make(o, args, wsi_display_log(r->display), &r->setup, err));
    WSI_FORWARD(wsi_shard_parse(o->shard, &r->shard, err));
    WSI_FORWARD(expand(r, o, args, err));
    WSI_FORWARD(prepare_outputs(r, o, err));
    WSI_FORWARD(wsi_job_setup_reference(&r->setup, wsi_display_log(r->display), err));
    WSI_FORWARD(divide(r, s, err));
    WSI_FORWARD(wsi_batch_create(&r->batch, &r->inputs, err));
    if (r->share) WSI_FORWARD(wsi_share_watch(r->share, &r->batch, err));
    return o->trace ? wsi_trace_open(o->trace, &r->trace, err) : WSI_OK;
}

/* ---- After the last ---- */

/* What the slides did matters more than a report that could not be written. */
static wsi_exit worse(wsi_exit status, wsi_status reported, const wsi_error *err)
{
    if (reported == WSI_OK) return status;
    const wsi_exit failed = wsi_cli_fail(err);
    return status == WSI_EXIT_OK ? failed : status;
}

static wsi_exit write_reports(wsi_run *r, wsi_exit status)
{
    const char *stats = r->setup.options->stats;
    wsi_error err = {0};
    if (r->summary) {
        status = worse(status, wsi_cli_json_write(wsi_batch_json(&r->batch, &r->setup), r->summary, &err), &err);
    }
    if (stats) status = worse(status, wsi_cli_json_write(wsi_batch_stats_json(&r->batch), stats, &err), &err);
    return worse(status, wsi_trace_close(&r->trace, &err), &err);
}

static wsi_exit run_batch(wsi_run *r)
{
    wsi_signals_install();
    if (r->shard.count && !r->batch.count) wsi_display_note(r->display, "share %s has no slides", r->shard.text);
    wsi_run_slides(r);
    wsi_display_end(r->display, &r->batch);
    const wsi_exit status = write_reports(r, wsi_batch_exit(&r->batch));
    wsi_batch_print(&r->batch, stdout);
    return status;
}

static wsi_exit command_run(const void *settings, const wsi_arguments *args)
{
    wsi_run r = {0};
    wsi_error err = {0};
    const wsi_status prepared = prepare(&r, settings, args, &err);
    const wsi_exit status = prepared == WSI_OK ? run_batch(&r) : wsi_cli_fail(&err);
    wsi_share_close(&r.share, wsi_signals_caught() ? 128 + wsi_signals_caught() : (int)status);
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
        "summary), mpp (micrometres a pixel of level 0, whatever the slide says), level (instead of --level), out "
        "(name of "
        "the outputs below DIR), cost (a whole number, for shards) and fingerprint (a slide that has another one by "
        "now "
        "fails); 'wsiproc plan --manifest' writes one. Or it is a list of one path a line. Paths are relative to its "
        "folder.\n\n"
        "Outputs are DIR/STEM.h5, or DIR/STEM.NAME.tif for formats with one result a file. What exists and was made "
        "the same way from the same slide is skipped; anything else is redone. DIR/summary.json tells what became "
        "of every slide. One slide's failure does not stop the others.\n\n"
        "Several runs with the same DIR, on one machine or many, share the work: each takes slides that none works on, "
        "waits for those that others hold, and takes over from one that died. With --shard each takes a part of its "
        "own, "
        "and its summary is DIR/summary.I-of-N.json. 'wsiproc status DIR' shows how far they are.\n\n"
        "With --format null nothing is written and -o is optional.",
    .example =
        "  wsiproc run slides/ -o out --chain 'rgb2gray | gaussian:sigma=2 | cast:dtype=uint8 as g' --format tiff\n"
        "  wsiproc run a.svs -o out --chain 'rgb2hed | channel:index=0 as h' --threads 8 --memory 2G",
    .tables = {&wsi_job_option_table, &run_table},
    .settings_size = sizeof(run_settings),
    .min_operands = 1,
    .run = command_run,
};
