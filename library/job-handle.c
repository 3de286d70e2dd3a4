/* Jobs for callers: what is set between runs, one run at a time, on the caller's thread or one of its own. */
#include "job-handle.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/plain-locale.h"

enum { RESERVED = 6 };

/* ---- Life ---- */

wsi_status wsi_job_create(wsi_session *session, wsi_job **out, wsi_error *err)
{
    WSI_RETURN_IF(!out, WSI_ERR_USAGE, "no place for the job");
    *out = NULL;
    wsi_job *job = wsi_calloc(1, sizeof *job);
    WSI_RETURN_IF(!job, WSI_ERR_NO_MEMORY, "no memory for a job");
    const wsi_status status = wsi_job_settings_reset(&job->settings, err);
    if (status != WSI_OK) {
        wsi_free(job);
        return status;
    }
    pthread_mutex_init(&job->tiles, NULL);
    pthread_mutex_init(&job->lock, NULL);
    pthread_cond_init(&job->ended, NULL);
    job->session = session;
    wsi_session_ref(session);
    *out = job;
    return WSI_OK;
}

static int is_busy(const wsi_job *job)
{
    return job->state == WSI_JOB_WAITING || job->state == WSI_JOB_RUNNING;
}

/* Under lock: waits for the end of a run, and for its thread. */
static void wait_for_end(wsi_job *job)
{
    while (is_busy(job)) pthread_cond_wait(&job->ended, &job->lock);
    if (job->thread_started) wsi_thread_join(job->thread); /* it does not take the lock any more */
    job->thread_started = 0;
}

/* In a callback nobody may wait for a job. */
static int must_stay(const wsi_job *job)
{
    if (!wsi_job_in_callback()) return 0;
    const wsi_job_state state = wsi_job_get_state(job);
    return state == WSI_JOB_WAITING || state == WSI_JOB_RUNNING;
}

void wsi_job_destroy(wsi_job **handle)
{
    wsi_job *job = handle ? *handle : NULL;
    if (!job) return;
    wsi_job_cancel(job);
    if (must_stay(job)) return;
    pthread_mutex_lock(&job->lock);
    wait_for_end(job);
    pthread_mutex_unlock(&job->lock);
    wsi_job_report_clear(&job->report);
    wsi_job_settings_clear(&job->settings);
    pthread_cond_destroy(&job->ended);
    pthread_mutex_destroy(&job->lock);
    pthread_mutex_destroy(&job->tiles);
    wsi_session_unref(job->session);
    wsi_free(job);
    *handle = NULL;
}

/* ---- What is to be done ---- */

/* Takes the lock, if the job may be changed. */
static wsi_status begin_change(wsi_job *job, wsi_error *err)
{
    WSI_RETURN_IF(!job, WSI_ERR_USAGE, "no job");
    pthread_mutex_lock(&job->lock);
    if (!is_busy(job)) return WSI_OK;
    pthread_mutex_unlock(&job->lock);
    return wsi_error_set(err, WSI_ERR_USAGE, "the job is running");
}

wsi_status wsi_job_set(wsi_job *job, const char *option, const char *value, wsi_error *err)
{
    WSI_RETURN_IF(!option, WSI_ERR_USAGE, "no option");
    WSI_FORWARD(begin_change(job, err));
    const wsi_status status = wsi_job_settings_set(&job->settings, option, value, err);
    pthread_mutex_unlock(&job->lock);
    return status;
}

wsi_status wsi_job_set_int(wsi_job *job, const char *option, int64_t value, wsi_error *err)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return wsi_job_set(job, option, text, err);
}

wsi_status wsi_job_set_float(wsi_job *job, const char *option, double value, wsi_error *err)
{
    char text[32];
    wsi_plain_snprintf(text, sizeof text, "%.17g", value);
    return wsi_job_set(job, option, text, err);
}

wsi_status wsi_job_set_slide(wsi_job *job, wsi_slide *slide, wsi_error *err)
{
    WSI_FORWARD(begin_change(job, err));
    job->slide = slide;
    pthread_mutex_unlock(&job->lock);
    return WSI_OK;
}

wsi_status wsi_job_set_chain(wsi_job *job, const wsi_chain *chain, wsi_error *err)
{
    WSI_FORWARD(begin_change(job, err));
    job->chain = chain;
    pthread_mutex_unlock(&job->lock);
    return WSI_OK;
}

static wsi_status check_zero(const uint64_t reserved[RESERVED], wsi_error *err)
{
    for (int i = 0; i < RESERVED; i++)
        WSI_RETURN_IF(reserved[i], WSI_ERR_USAGE, "the description of a sink was not zeroed");
    return WSI_OK;
}

wsi_status wsi_job_set_tile_sink(wsi_job *job, const wsi_tile_sink *sink, wsi_error *err)
{
    static const wsi_tile_sink none = {0};
    const wsi_tile_sink *s = sink ? sink : &none;
    WSI_FORWARD(check_zero(s->reserved, err));
    WSI_RETURN_IF(s->order != WSI_TILES_IN_ORDER && s->order != WSI_TILES_AS_FINISHED, WSI_ERR_USAGE,
                  "no such order of tiles");
    WSI_RETURN_IF(s->device && s->order == WSI_TILES_IN_ORDER, WSI_ERR_USAGE,
                  "tiles in order come in host memory alone");
    WSI_FORWARD(begin_change(job, err));
    job->tile_sink = *s;
    pthread_mutex_unlock(&job->lock);
    return WSI_OK;
}

wsi_status wsi_job_set_table_sink(wsi_job *job, const wsi_table_sink *sink, wsi_error *err)
{
    static const wsi_table_sink none = {0};
    const wsi_table_sink *s = sink ? sink : &none;
    WSI_FORWARD(check_zero(s->reserved, err));
    WSI_FORWARD(begin_change(job, err));
    job->table_sink = *s;
    pthread_mutex_unlock(&job->lock);
    return WSI_OK;
}

wsi_status wsi_job_set_progress(wsi_job *job, wsi_progress_fn fn, void *user, wsi_error *err)
{
    WSI_FORWARD(begin_change(job, err));
    job->progress = fn;
    job->progress_user = user;
    pthread_mutex_unlock(&job->lock);
    return WSI_OK;
}

wsi_status wsi_job_set_log(wsi_job *job, const wsi_log *log, wsi_error *err)
{
    static const wsi_log none = {0};
    WSI_FORWARD(begin_change(job, err));
    job->log = log ? *log : none;
    pthread_mutex_unlock(&job->lock);
    return WSI_OK;
}

/* ---- The specification ---- */

/* With a session a job takes its threads, and a share of its memory unless it asks for some. */
static void share_session(const wsi_job *job, wsi_job_spec *spec)
{
    if (!job->session) return;
    spec->team = wsi_session_team(job->session);
    const int threads = wsi_team_threads(spec->team);
    if (spec->threads > threads) spec->threads = threads;
    if (!spec->memory) spec->memory = wsi_session_share(job->session);
}

/* Under lock. */
static wsi_status specify(wsi_job *job, wsi_error *err)
{
    wsi_job_spec *spec = &job->spec;
    WSI_FORWARD(wsi_job_settings_spec(&job->settings, job->log.fn ? &job->log : NULL, spec, err));
    if (job->slide) {
        spec->slide = job->slide;
        spec->input = NULL;
    }
    if (job->chain) spec->chain = job->chain;
    WSI_RETURN_IF(!spec->slide && !spec->input, WSI_ERR_USAGE, "the job has no slide");
    WSI_RETURN_IF(!spec->chain, WSI_ERR_USAGE, "the job has no chain");
    share_session(job, spec);
    wsi_job_attach(job);
    return WSI_OK;
}

wsi_status wsi_job_get_plan(wsi_job *job, char **json, wsi_error *err)
{
    WSI_RETURN_IF(!json, WSI_ERR_USAGE, "no place for the plan");
    *json = NULL;
    WSI_FORWARD(begin_change(job, err));
    wsi_status status = specify(job, err);
    if (status == WSI_OK) status = wsi_job_plan(&job->spec, json, err);
    pthread_mutex_unlock(&job->lock);
    return status;
}

/* ---- Running ---- */

static void set_state(wsi_job *job, wsi_job_state state)
{
    pthread_mutex_lock(&job->lock);
    job->state = state;
    pthread_mutex_unlock(&job->lock);
}

static wsi_status execute(wsi_job *job, wsi_error *err)
{
    WSI_RETURN_IF(atomic_load(&job->cancel), WSI_ERR_CANCELLED, "cancelled");
    set_state(job, WSI_JOB_RUNNING);
    return wsi_job_execute(&job->spec, &job->report, err);
}

/* With the session's memory in hand. */
static wsi_status execute_in_session(wsi_job *job, wsi_error *err)
{
    if (!job->session) return execute(job, err);
    WSI_FORWARD(wsi_session_take(job->session, job->spec.memory, &job->cancel, err));
    const wsi_status status = execute(job, err);
    wsi_session_give(job->session, job->spec.memory);
    return status;
}

static void fill_result(wsi_job *job, wsi_status status)
{
    const wsi_job_report *r = &job->report;
    job->result = (wsi_job_result){.status = status,
                                   .outcome = r->outcome,
                                   .output_count = r->output_count,
                                   .outputs = (const char *const *)r->outputs,
                                   .redone = r->redone,
                                   .params_path = r->params_path,
                                   .stats = r->stats_json,
                                   .pixels = r->pixels,
                                   .bytes_written = r->bytes_written,
                                   .bad_tiles = r->bad_tiles,
                                   .seconds = r->seconds};
}

static void *run(void *job_)
{
    wsi_job *job = job_;
    wsi_error err = {WSI_OK, ""};
    const wsi_status status = execute_in_session(job, &err);
    pthread_mutex_lock(&job->lock);
    job->error = err;
    job->error.code = status;
    fill_result(job, status);
    job->state = WSI_JOB_ENDED;
    atomic_store(&job->cancel, 0);
    pthread_cond_broadcast(&job->ended);
    pthread_mutex_unlock(&job->lock);
    return NULL;
}

/* Under lock: nothing is left of the last run. */
static wsi_status begin_run(wsi_job *job, wsi_error *err)
{
    WSI_FORWARD(specify(job, err));
    const int wanted = job->spec.taker || job->spec.table_taker || job->settings.output || job->settings.format;
    WSI_RETURN_IF(!wanted, WSI_ERR_USAGE, "nothing is to become of the job: it has no output, format or sink");
    wait_for_end(job);
    wsi_job_report_clear(&job->report);
    job->state = job->session ? WSI_JOB_WAITING : WSI_JOB_RUNNING;
    return WSI_OK;
}

static wsi_status check_caller(wsi_error *err)
{
    WSI_RETURN_IF(wsi_job_in_callback(), WSI_ERR_USAGE, "a callback of a job cannot wait for one");
    return WSI_OK;
}

wsi_status wsi_job_run(wsi_job *job, wsi_error *err)
{
    WSI_FORWARD(check_caller(err));
    WSI_FORWARD(begin_change(job, err));
    const wsi_status status = begin_run(job, err);
    pthread_mutex_unlock(&job->lock);
    if (status != WSI_OK) return status;
    run(job);
    return wsi_job_wait(job, err);
}

wsi_status wsi_job_start(wsi_job *job, wsi_error *err)
{
    WSI_FORWARD(begin_change(job, err));
    wsi_status status = begin_run(job, err);
    if (status == WSI_OK) {
        status = wsi_thread_start(&job->thread, "wsi-job", run, job, err);
        job->thread_started = status == WSI_OK;
        if (status != WSI_OK) job->state = WSI_JOB_NEW;
    }
    pthread_mutex_unlock(&job->lock);
    return status;
}

wsi_status wsi_job_wait(wsi_job *job, wsi_error *err)
{
    WSI_RETURN_IF(!job, WSI_ERR_USAGE, "no job");
    WSI_FORWARD(check_caller(err));
    pthread_mutex_lock(&job->lock);
    const int started = job->state != WSI_JOB_NEW;
    wait_for_end(job);
    const wsi_error end = job->error;
    pthread_mutex_unlock(&job->lock);
    WSI_RETURN_IF(!started, WSI_ERR_USAGE, "the job was never started");
    WSI_RETURN_IF(end.code != WSI_OK, end.code, "%s", end.message);
    return WSI_OK;
}

void wsi_job_cancel(wsi_job *job)
{
    if (!job) return;
    atomic_store(&job->cancel, 1);
    if (job->session) wsi_session_wake(job->session);
}

/* ---- Looking ---- */

wsi_job_state wsi_job_get_state(const wsi_job *job_)
{
    wsi_job *job = (wsi_job *)job_; /* the lock alone changes */
    if (!job) return WSI_JOB_NEW;
    pthread_mutex_lock(&job->lock);
    const wsi_job_state state = job->state;
    pthread_mutex_unlock(&job->lock);
    return state;
}

const wsi_job_result *wsi_job_get_result(const wsi_job *job)
{
    return wsi_job_get_state(job) == WSI_JOB_ENDED ? &job->result : NULL;
}
