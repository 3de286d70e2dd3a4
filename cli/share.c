/* Claims slides through leases and keeps the records of the run and its slides.
 *
 * What was there when the run began is history: an earlier failure is tried again, and --overwrite redoes what earlier
 * runs have made. What other runs of the same work have entered since is news, and counts. Records are told apart by
 * the identity of their files, for clocks of hosts are not compared. Records that cannot be written cost a warning:
 * the outputs say what is done. */
#include "share.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli-file.h"
#include "cli-json.h"
#include "common/folders.h"
#include "common/mem.h"
#include "common/thread.h"
#include "job-folder-private.h"
#include "lease.h"
#include "signals.h"
#include "work.h"

static const double record_seconds = 2, run_seconds = 5;

/* Which file a record was. */
typedef struct record_file {
    ino_t inode; /* 0: there was none */
    struct timespec time;
} record_file;

/* What is known of one slide of the batch. */
typedef struct watched {
    char hash[WSI_FOLDER_HASH_MAX];
    record_file before; /* when the run began */
    wsi_lease_watch lease;
} watched;

struct wsi_share {
    char name[WSI_FOLDER_RUN_NAME_MAX]; /* of the run */
    wsi_lease_terms terms;
    const wsi_log *log;
    wsi_folder_run run;
    char *folder;       /* run.folder; owned */
    double run_written; /* time, on wsi_now's clock */
    watched *slides;
    size_t count;

    /* The slide that is claimed. */
    wsi_lease *lease;
    wsi_folder_slide slide; /* as it is to be written; texts are borrowed */
    wsi_folder_slide known; /* the record that was there, json NULL for none */
    int is_made, told;      /* told: a record of this attempt was written */
    double claimed, written;
    atomic_int cancel; /* set by the signal handler and the lease's thread, read by the job's threads */
    int warned;
};

/* ---- Records ---- */

static void warn(wsi_share *share, const wsi_error *err)
{
    if (!share->warned) wsi_log_write(share->log, WSI_LOG_WARNING, "%s (the job folder)", err->message);
    share->warned = 1;
}

static void write_run(wsi_share *share)
{
    wsi_error err = {0};
    share->run.updated = wsi_folder_time();
    share->run_written = wsi_now();
    if (wsi_folder_write_run(share->terms.dir, &share->run, &err) != WSI_OK) warn(share, &err);
}

static void write_run_now_and_then(wsi_share *share)
{
    if (wsi_now() - share->run_written >= run_seconds) write_run(share);
}

static void write_slide(wsi_share *share)
{
    wsi_error err = {0};
    share->slide.updated = wsi_folder_time();
    share->slide.seconds = wsi_now() - share->claimed;
    share->written = wsi_now();
    share->told = 1;
    if (wsi_folder_write_slide(share->terms.dir, &share->slide, &err) != WSI_OK) warn(share, &err);
}

static char *record_path(const wsi_share *share, const char *hash)
{
    char name[WSI_FOLDER_HASH_MAX + 8];
    snprintf(name, sizeof name, "%s.json", hash);
    return wsi_folder_path(share->terms.dir, "slides", name);
}

static record_file look_at(const wsi_share *share, const char *hash)
{
    struct stat st;
    char *path = record_path(share, hash);
    const int there = path && stat(path, &st) == 0;
    wsi_free(path);
    return there ? (record_file){st.st_ino, st.st_mtim} : (record_file){0};
}

static int is_same_file(record_file a, record_file b)
{
    return a.inode == b.inode && a.time.tv_sec == b.time.tv_sec && a.time.tv_nsec == b.time.tv_nsec;
}

/* ---- Beginning ---- */

static void note_slurm(wsi_folder_run *run)
{
    const char *restart = getenv("SLURM_RESTART_COUNT");
    run->slurm_job = getenv("SLURM_JOB_ID");
    run->slurm_array_job = getenv("SLURM_ARRAY_JOB_ID");
    run->slurm_array_task = getenv("SLURM_ARRAY_TASK_ID");
    const long long count = restart ? strtoll(restart, NULL, 10) : 0;
    run->slurm_restart = count > 0 ? count : 0;
}

static void destroy(wsi_share *share)
{
    wsi_free(share->slides);
    wsi_free(share->folder);
    wsi_free(share);
}

static void describe_run(wsi_share *share, const wsi_job_setup *setup, const wsi_shard *shard)
{
    wsi_folder_run *run = &share->run;
    run->run = share->name;
    run->shard = shard->count ? shard->text : NULL;
    run->host = share->terms.self.host;
    run->pid = share->terms.self.pid;
    note_slurm(run);
    run->chain = wsi_chain_text(setup->chain);
    run->write = setup->options->write;
    run->format_name = setup->writer->name;
    run->folder = share->folder = wsi_file_working_folder();
    run->started = run->updated = wsi_folder_time();
    run->exit = -1;
}

static wsi_status enter_batch(wsi_share *share, const wsi_inputs *inputs, const uint64_t *costs, wsi_error *err)
{
    wsi_folder_batch batch = {.entries = wsi_calloc(inputs->count + 1, sizeof *batch.entries), .count = inputs->count};
    WSI_RETURN_IF(!batch.entries, WSI_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < inputs->count; i++) {
        const wsi_input *input = &inputs->items[i];
        batch.entries[i] =
            (wsi_folder_entry){.base = input->base, .input = input->path, .id = input->id, .cost = costs[i]};
    }
    const wsi_status status = wsi_folder_write_batch(share->terms.dir, &batch, err);
    memcpy(share->run.batch, batch.hash, sizeof batch.hash);
    wsi_free(batch.entries);
    return status;
}

static wsi_status enter(wsi_share *share, const wsi_job_setup *setup, const wsi_shard *shard, const wsi_inputs *inputs,
                        const uint64_t *costs, wsi_error *err)
{
    describe_run(share, setup, shard);
    WSI_FORWARD(wsi_work_hash(setup, share->run.work, err));
    WSI_FORWARD(wsi_job_folder_make(share->terms.dir, err));
    WSI_FORWARD(enter_batch(share, inputs, costs, err));
    share->run_written = wsi_now();
    return wsi_folder_write_run(share->terms.dir, &share->run, err);
}

wsi_status wsi_share_open(const wsi_job_setup *setup, double lease_seconds, const wsi_shard *shard,
                          const wsi_inputs *inputs, const uint64_t *costs, const wsi_log *log, wsi_share **out,
                          wsi_error *err)
{
    wsi_share *share = wsi_calloc(1, sizeof *share);
    WSI_RETURN_IF(!share, WSI_ERR_NO_MEMORY, "out of memory");
    share->log = log;
    share->terms = (wsi_lease_terms){
        .dir = setup->options->output, .run = share->name, .seconds = lease_seconds, .self = wsi_process_self()};
    wsi_process_run_name(&share->terms.self, share->name, sizeof share->name);
    const wsi_status status = enter(share, setup, shard, inputs, costs, err);
    if (status == WSI_OK)
        *out = share;
    else
        destroy(share);
    return status;
}

wsi_status wsi_share_watch(wsi_share *share, const wsi_batch *batch, wsi_error *err)
{
    share->slides = wsi_calloc(batch->count + 1, sizeof *share->slides);
    WSI_RETURN_IF(!share->slides, WSI_ERR_NO_MEMORY, "out of memory");
    share->count = batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        watched *w = &share->slides[i];
        WSI_FORWARD(wsi_folder_hash(batch->records[i].input->base, w->hash, err));
        w->before = look_at(share, w->hash);
    }
    wsi_signals_tell(&share->cancel);
    return WSI_OK;
}

/* ---- Claiming ---- */

static void note_lost(void *user)
{
    wsi_share *share = user;
    atomic_store(&share->cancel, 1);
}

static int is_same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Whether the record that is there was entered by another run that does the same, since this one began. */
static int is_news(const wsi_share *share, const watched *slide, const wsi_input *input)
{
    const wsi_folder_slide *known = &share->known;
    return known->json && strcmp(known->work, share->run.work) == 0 && strcmp(known->run, share->name) != 0 &&
           is_same_text(known->input, input->path) && !is_same_file(slide->before, look_at(share, slide->hash));
}

/* Reads what is known of the slide, now that nobody else writes it. */
static void recall(wsi_share *share, const watched *slide)
{
    char *path = record_path(share, slide->hash);
    if (path) wsi_look_again(path);
    wsi_free(path);
    wsi_folder_slide_clear(&share->known);
    if (wsi_folder_read_slide(share->terms.dir, slide->hash, &share->known, NULL) != WSI_OK)
        wsi_folder_slide_clear(&share->known);
}

static void begin_slide(wsi_share *share, const watched *slide, const wsi_input *input)
{
    wsi_folder_slide *s = &share->slide;
    *s = (wsi_folder_slide){.base = input->base,
                            .input = input->path,
                            .id = input->id,
                            .state = WSI_FOLDER_RUNNING,
                            .run = share->name,
                            .host = share->run.host,
                            .pid = share->run.pid,
                            .started = wsi_folder_time(),
                            .attempt = 1 + (share->known.json ? share->known.attempt : 0)};
    memcpy(s->hash, slide->hash, sizeof s->hash);
    memcpy(s->work, share->run.work, sizeof s->work);
    share->claimed = wsi_now();
    share->told = 0;
    atomic_store(&share->cancel, 0);
    if (wsi_signals_caught()) atomic_store(&share->cancel, 1);
}

static void let_go(wsi_share *share)
{
    wsi_lease_release(&share->lease);
    wsi_folder_slide_clear(&share->known);
}

wsi_status wsi_share_claim(wsi_share *share, size_t i, wsi_slide_record *record, wsi_claim *claim, wsi_error *err)
{
    watched *slide = &share->slides[i];
    const wsi_input *input = record->input;
    *claim = WSI_CLAIM_HELD;
    WSI_FORWARD(wsi_lease_acquire(&share->terms, slide->hash, &slide->lease, &share->lease, err));
    if (!share->lease) return WSI_OK;
    *claim = WSI_CLAIM_OURS;
    if (wsi_share_is_taken_over(share))
        wsi_log_write(share->log, WSI_LOG_INFO, "%s: taken over from %s, which has gone silent", input->path,
                      slide->lease.holder);
    recall(share, slide);
    const int news = is_news(share, slide, input);
    share->is_made = news && (share->known.state == WSI_FOLDER_DONE || share->known.state == WSI_FOLDER_SKIPPED);
    if (news && share->known.state == WSI_FOLDER_FAILED) {
        *claim = WSI_CLAIM_FAILED;
        wsi_slide_record_fail(record, share->known.code, share->known.error ? share->known.error : "failed elsewhere");
        let_go(share);
        return WSI_OK;
    }
    begin_slide(share, slide, input);
    const wsi_status status = wsi_lease_keep(share->lease, note_lost, share, err);
    if (status != WSI_OK) let_go(share);
    return status;
}

int wsi_share_is_made(const wsi_share *share)
{
    return share->is_made;
}

int wsi_share_is_taken_over(const wsi_share *share)
{
    return wsi_lease_generation(share->lease) > 1;
}

const atomic_int *wsi_share_cancel(const wsi_share *share)
{
    return &share->cancel;
}

/* ---- While it runs ---- */

void wsi_share_progress(wsi_share *share, const wsi_progress *p)
{
    share->slide.progress = p->pixels_total ? (double)p->pixels_done / (double)p->pixels_total : 0;
    if (share->slide.progress > 1) share->slide.progress = 1;
    share->slide.pixels = p->pixels_done;
    share->slide.bytes = p->bytes_written;
    if (wsi_lease_is_lost(share->lease) || (share->told && wsi_now() - share->written < record_seconds)) return;
    write_slide(share);
    write_run_now_and_then(share);
}

/* ---- Its end ---- */

static json_t *outputs_json(const wsi_share *share, const wsi_job_report *report)
{
    json_t *list = json_array();
    const size_t length = strlen(share->terms.dir);
    for (int i = 0; i < report->output_count; i++) {
        const char *path = report->outputs[i];
        if (strncmp(path, share->terms.dir, length) == 0) path += length;
        path += strspn(path, "/");
        json_array_append_new(list, wsi_cli_json_text(path));
    }
    return list;
}

static void write_end(wsi_share *share, const wsi_slide_record *record)
{
    static const wsi_folder_state states[] = {WSI_FOLDER_DONE, WSI_FOLDER_SKIPPED, WSI_FOLDER_FAILED,
                                              WSI_FOLDER_CANCELLED};
    const wsi_job_report *report = &record->report;
    wsi_folder_slide *s = &share->slide;
    const int good = record->state == WSI_SLIDE_DONE || record->state == WSI_SLIDE_SKIPPED;
    json_t *outputs = good ? outputs_json(share, report) : NULL;
    json_t *stats = report->stats_json ? wsi_cli_json_parse(report->stats_json) : NULL;
    s->state = states[record->state];
    s->code = record->code;
    s->error = record->error;
    s->bad_tiles = report->bad_tiles;
    if (good) {
        s->progress = 1;
        s->pixels = report->pixels;
        s->bytes = report->bytes_written;
    }
    s->outputs = outputs;
    s->stats = json_is_object(stats) ? stats : NULL;
    write_slide(share);
    json_decref(outputs);
    json_decref(stats);
    s->outputs = s->stats = NULL;
}

/* What is up to date, and known to be, needs no new record. */
static int is_known(const wsi_share *share, const wsi_slide_record *record)
{
    const wsi_folder_slide *known = &share->known;
    const int good = known->json && (known->state == WSI_FOLDER_DONE || known->state == WSI_FOLDER_SKIPPED);
    return record->state == WSI_SLIDE_SKIPPED && good && !share->told && strcmp(known->work, share->run.work) == 0;
}

/* A failure may be the takeover's: what was half done is gone then. */
static int is_lost(const wsi_share *share, const wsi_slide_record *record)
{
    if (record->state == WSI_SLIDE_FAILED) return !wsi_lease_confirm(share->lease);
    return wsi_lease_is_lost(share->lease);
}

int wsi_share_finish(wsi_share *share, const wsi_slide_record *record)
{
    const int lost = is_lost(share, record);
    const int made = record->state == WSI_SLIDE_DONE || record->state == WSI_SLIDE_SKIPPED;
    if (!lost && !is_known(share, record)) write_end(share, record);
    let_go(share);
    write_run_now_and_then(share);
    return !lost || made || wsi_signals_caught();
}

/* A dead holder is to be noticed soon after its lease has run out. */
void wsi_share_wait(wsi_share *share)
{
    const double most = 1, part = share->terms.seconds / 20;
    const double seconds = part < most ? part : most;
    const struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&t, NULL);
    write_run_now_and_then(share);
}

const char *wsi_share_holder(const wsi_share *share, size_t i)
{
    return share->slides[i].lease.holder;
}

void wsi_share_close(wsi_share **share, int exit)
{
    if (!*share) return;
    wsi_share *s = *share;
    wsi_signals_tell(NULL);
    s->run.ended = wsi_folder_time();
    s->run.exit = exit;
    write_run(s);
    destroy(s);
    *share = NULL;
}
