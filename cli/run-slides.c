/* The slides of `run`, one after another, each with all threads, in the order of the inputs.
 *
 * A slide that another run holds is passed over and comes again in the next round: then it is up to date, has failed
 * there, or its holder has died and it is ours. When all that are left are held by others, the run waits for them. */
#include <stdio.h>
#include <unistd.h>

#include "common/thread.h"
#include "common/mem.h"
#include "run.h"
#include "signals.h"
#include "writer/outfile.h"

static void tell_progress(void *user, const wsi_progress *progress)
{
    wsi_run *r = user;
    wsi_display_slide_progress(r->display, progress);
    if (r->share) wsi_share_progress(r->share, progress);
}

/* Removes what the run that the slide was taken over from has left half done. */
static wsi_status sweep(const wsi_job_spec *spec, wsi_error *err)
{
    char *paths[WSI_JOB_PATHS_MAX] = {NULL};
    int count = 0;
    const wsi_status status = wsi_job_outputs(spec, paths, &count, err);
    for (int i = 0; i < count; i++) {
        if (status == WSI_OK) wsi_outfile_sweep(paths[i]);
        wsi_free(paths[i]);
    }
    return status;
}

static wsi_status run_job(wsi_run *r, wsi_slide_record *record, wsi_error *err)
{
    char *base;
    WSI_FORWARD(wsi_job_setup_output_base(&r->setup, record->input, &base, err));
    wsi_job_spec spec = wsi_job_setup_spec(&r->setup, record->input, base);
    spec.progress = tell_progress;
    spec.progress_user = r;
    spec.cancel = r->share ? wsi_share_cancel(r->share) : wsi_signals_flag();
    spec.log = wsi_display_log(r->display);
    spec.trace = r->trace;
    if (r->share && wsi_share_is_made(r->share)) spec.overwrite = 0;
    wsi_status status = r->share && wsi_share_is_taken_over(r->share) ? sweep(&spec, err) : WSI_OK;
    if (status == WSI_OK) status = wsi_job_execute(&spec, &record->report, err);
    wsi_free(base);
    return status;
}

static void run_slide(wsi_run *r, wsi_slide_record *record)
{
    const double started = wsi_now();
    const wsi_input *input = record->input;
    wsi_error err = {0};
    if (input->failure != WSI_OK) {
        wsi_slide_record_fail(record, input->failure, input->failure_text);
        return;
    }
    const wsi_status status = run_job(r, record, &err);
    record->seconds = wsi_now() - started;
    if (status != WSI_OK) {
        wsi_slide_record_fail(record, status, err.message);
    } else {
        record->state = record->report.outcome == WSI_JOB_SKIPPED ? WSI_SLIDE_SKIPPED : WSI_SLIDE_DONE;
    }
}

/* A full disk, and a folder that can no longer be written, will fail every further slide as well. */
static int ends_batch(const wsi_run *r, const wsi_slide_record *record)
{
    const char *folder = r->setup.options->output;
    if (record->state != WSI_SLIDE_FAILED) return 0;
    if (record->code == WSI_ERR_OUTPUT_FULL) return 1;
    return record->code == WSI_ERR_OUTPUT && folder && access(folder, W_OK | X_OK) != 0;
}

/* What a round of all slides has come to. */
typedef struct round {
    size_t ended; /* slides that have been seen to, in all rounds */
    size_t held;  /* slides that others hold, in this round */
    size_t first; /* one of them */
    int waiting;  /* it has been told that the run waits */
} round;

static void do_slide(wsi_run *r, wsi_slide_record *record, round *now)
{
    wsi_display_slide_begin(r->display, now->ended, record);
    run_slide(r, record);
    if (r->share && !wsi_share_finish(r->share, record)) {
        wsi_display_slide_lost(r->display);
        wsi_slide_record_reset(record);
        return;
    }
    wsi_display_slide_end(r->display);
    now->ended++;
    if (ends_batch(r, record)) r->batch.stopped_by = record->code;
}

/* One that failed for another run has been shown there; here it is a failure as well. */
static void show_failure(wsi_run *r, wsi_slide_record *record, round *now)
{
    wsi_display_slide_begin(r->display, now->ended++, record);
    wsi_display_slide_end(r->display);
}

/* Without leases no slide can be worked on: an end for all. */
static void stop(wsi_run *r, wsi_slide_record *record, const wsi_error *err, round *now)
{
    wsi_slide_record_fail(record, err->code, err->message);
    show_failure(r, record, now);
    r->batch.stopped_by = err->code;
}

static void take_turn(wsi_run *r, size_t i, round *now)
{
    wsi_slide_record *record = &r->batch.records[i];
    wsi_claim claim = WSI_CLAIM_OURS;
    wsi_error err = {0};
    if (r->share && wsi_share_claim(r->share, i, record, &claim, &err) != WSI_OK) {
        stop(r, record, &err, now);
    } else if (claim == WSI_CLAIM_HELD) {
        if (now->held++ == 0) now->first = i;
    } else if (claim == WSI_CLAIM_FAILED) {
        show_failure(r, record, now);
    } else {
        do_slide(r, record, now);
    }
}

static int goes_on(const wsi_run *r)
{
    return !wsi_signals_caught() && r->batch.stopped_by == WSI_OK;
}

static void wait_for_others(wsi_run *r, round *now)
{
    if (!now->waiting) wsi_display_waiting(r->display, now->held, wsi_share_holder(r->share, now->first));
    now->waiting = 1;
    wsi_share_wait(r->share);
}

void wsi_run_slides(wsi_run *r)
{
    const double started = wsi_now();
    round now = {0};
    wsi_display_begin(r->display, r->batch.count);
    while (now.ended < r->batch.count && goes_on(r)) {
        const size_t before = now.ended;
        now.held = 0;
        for (size_t i = 0; i < r->batch.count && goes_on(r); i++) {
            if (r->batch.records[i].state == WSI_SLIDE_NOT_RUN) take_turn(r, i, &now);
        }
        if (now.ended > before) now.waiting = 0;
        if (now.ended == before && now.held && goes_on(r)) wait_for_others(r, &now);
    }
    r->batch.seconds = wsi_now() - started;
}
