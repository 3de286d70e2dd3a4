/* Jobs: one slide through one chain, into files, into functions of the caller, or both.
 *
 *     wsi_job_create -> wsi_job_set..., any number -> wsi_job_run, or wsi_job_start and wsi_job_wait
 *                    -> wsi_job_get_result -> wsi_job_destroy
 *
 * A job that has ended may be changed and run again. Functions may be called from any thread, and are safe against each
 * other but for wsi_job_destroy, which must come last and alone. */
#ifndef WSIPROC_JOB_H
#define WSIPROC_JOB_H

#include <wsiproc/chain.h>
#include <wsiproc/session.h>
#include <wsiproc/sink.h>
#include <wsiproc/slide.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wsi_job wsi_job;

/* session: whose threads and memory the job uses, kept alive by it; NULL: its own. On success the caller owns *out; on
 * failure *out is NULL. Errors: USAGE (no place for the answer), NO_MEMORY. */
WSI_API wsi_status wsi_job_create(wsi_session *session, wsi_job **out, wsi_error *err);
/* Cancels *job and waits for its end where it is running, frees it and sets it to NULL; NULL is accepted, twice over.
 * From a callback of any job it only cancels a job that is running, and leaves *job as it is. */
WSI_API void wsi_job_destroy(wsi_job **job);

/* ---- What is to be done ----
 *
 * All of these fail with USAGE while the job is running. */

/* An option by name, as text: the options of `wsiproc run`, listed by wsi_job_get_option and in docs/library.md. Sizes
 * are in bytes. value NULL: back to the default. Text is copied. Errors: USAGE (no such option, value out of range; the
 * message says which values there are), CHAIN (option "chain"), NO_MEMORY. */
WSI_API wsi_status wsi_job_set(wsi_job *job, const char *option, const char *value, wsi_error *err);
/* The same for numbers. */
WSI_API wsi_status wsi_job_set_int(wsi_job *job, const char *option, int64_t value, wsi_error *err);
WSI_API wsi_status wsi_job_set_float(wsi_job *job, const char *option, double value, wsi_error *err);

/* A slide that is open, of whatever kind, instead of option "input"; NULL: none. It is lent: it must stay open until
 * the job has ended, and may be used by others meanwhile. */
WSI_API wsi_status wsi_job_set_slide(wsi_job *job, wsi_slide *slide, wsi_error *err);
/* A parsed chain instead of option "chain"; NULL: none. Lent likewise. */
WSI_API wsi_status wsi_job_set_chain(wsi_job *job, const wsi_chain *chain, wsi_error *err);

/* Who gets the tiles of the images, and the rows of the tables, that `write` names: each once, whatever the number of
 * passes. With option "output" they go to files as well, and are made anew even if those are up to date. sink is
 * copied; NULL: nobody. Errors: USAGE (bad options). */
WSI_API wsi_status wsi_job_set_tile_sink(wsi_job *job, const wsi_tile_sink *sink, wsi_error *err);
WSI_API wsi_status wsi_job_set_table_sink(wsi_job *job, const wsi_table_sink *sink, wsi_error *err);

typedef struct wsi_progress {
    uint64_t tiles_done, tiles_total;   /* level-0 work tiles */
    uint64_t pixels_done, pixels_total; /* level-0 pixels computed */
    double seconds;                     /* since the job started */
    uint64_t bytes_read, bytes_written;
} wsi_progress;

/* Called from one thread of the job a few times a second; must return quickly. */
typedef void (*wsi_progress_fn)(void *user, const wsi_progress *progress);

/* fn NULL: none. */
WSI_API wsi_status wsi_job_set_progress(wsi_job *job, wsi_progress_fn fn, void *user, wsi_error *err);
/* Where the job's messages go; copied; NULL: nowhere. */
WSI_API wsi_status wsi_job_set_log(wsi_job *job, const wsi_log *log, wsi_error *err);

typedef struct wsi_job_option {
    const char *name, *help; /* static */
    const char *def;         /* the default as text, or what it is worked out from, or "" */
} wsi_job_option;

WSI_API int wsi_job_option_count(void);
/* Errors: USAGE (no such option, no place for the answer). */
WSI_API wsi_status wsi_job_get_option(int index, wsi_job_option *out, wsi_error *err);

/* ---- Doing it ---- */

/* What a run would do, as a JSON object that is freed with wsi_free: slide, levels, steps with formats and halos,
 * passes, tiles, memory, outputs. Opens the slide, writes nothing. Errors: as wsi_job_run. */
WSI_API wsi_status wsi_job_get_plan(wsi_job *job, char **json, wsi_error *err);

/* Runs the job and waits for its end. Outputs appear whole under their final names, or not at all.
 * Errors: USAGE (no slide, no chain, nothing that is to become of it, running already, called from a callback),
 * NO_MEMORY (also: the session can never give it what it asks for), CANCELLED, and those of reading, chains and
 * writing. */
WSI_API wsi_status wsi_job_run(wsi_job *job, wsi_error *err);
/* Starts it and returns. Errors: USAGE, CHAIN, NO_MEMORY: it has not been started; all others come from wsi_job_wait.
 */
WSI_API wsi_status wsi_job_start(wsi_job *job, wsi_error *err);
/* Waits for the end of the last run and gives its status; any number of threads, any number of times.
 * Errors: those of the run; USAGE (never started, called from a callback). */
WSI_API wsi_status wsi_job_wait(wsi_job *job, wsi_error *err);
/* Asks the run that is going on, or the next one, to end with CANCELLED. Returns at once; any thread, callbacks too.
 * NULL is accepted. */
WSI_API void wsi_job_cancel(wsi_job *job);

typedef enum wsi_job_state {
    WSI_JOB_NEW = 0, /* never started; also of NULL */
    WSI_JOB_WAITING, /* for the session's memory */
    WSI_JOB_RUNNING,
    WSI_JOB_ENDED
} wsi_job_state;

WSI_API wsi_job_state wsi_job_get_state(const wsi_job *job);

typedef enum wsi_job_outcome {
    WSI_JOB_DONE = 0,
    WSI_JOB_SKIPPED /* every output was there, made the same way from the same source */
} wsi_job_outcome;

/* What has come of a run. More members may be added at the end. */
typedef struct wsi_job_result {
    wsi_status status; /* of wsi_job_wait; after an error the rest may be missing */
    wsi_job_outcome outcome;
    int output_count;
    const char *const *outputs; /* paths of files */
    const char *redone;         /* NULL, or why an existing output was made anew */
    const char *params_path;    /* where what steps learned of the slide was saved, or NULL */
    const char *stats;          /* JSON object: times, stages, memory, passes; NULL when skipped */
    uint64_t pixels;            /* level-0 pixels processed */
    uint64_t bytes_written;
    uint64_t bad_tiles; /* that were filled */
    double seconds;     /* waiting for memory not counted */
} wsi_job_result;

/* NULL unless the job has ended. Owned by the job; valid until it is started again or destroyed. */
WSI_API const wsi_job_result *wsi_job_get_result(const wsi_job *job);

#ifdef __cplusplus
}
#endif
#endif
