/* The handle of a job, and the way from the executor to its owner's functions. */
#ifndef WSI_LIBRARY_JOB_HANDLE_H
#define WSI_LIBRARY_JOB_HANDLE_H

#include "common/thread.h"
#include "job-settings.h"
#include "session-private.h"

struct wsi_job {
    wsi_session *session; /* a reference; NULL: none */
    atomic_int cancel;
    pthread_mutex_t tiles; /* held during calls of a tile sink that is in order */
    pthread_mutex_t lock;
    pthread_cond_t ended;
    /* lock; what is above `state` does not change from start to end */
    wsi_job_settings settings;
    wsi_slide *slide;       /* lent; NULL: settings.input */
    const wsi_chain *chain; /* lent; NULL: settings.chain */
    wsi_tile_sink tile_sink;
    wsi_table_sink table_sink;
    wsi_progress_fn progress;
    void *progress_user;
    wsi_log log;
    wsi_job_spec spec;
    wsi_taker taker;
    wsi_table_taker table_taker;
    const char *table_name; /* of the last batch of rows; the job's own thread */
    int table_index;
    int64_t table_rows;
    wsi_job_state state;
    int thread_started; /* and not joined */
    wsi_thread thread;
    wsi_job_report report;
    wsi_job_result result; /* points into report */
    wsi_error error;       /* of the last run */
};

/* job-callbacks.c */
/* Puts the owner's functions into job->spec. */
void wsi_job_attach(wsi_job *job);
/* 1 when the calling thread is in a callback of a job. */
int wsi_job_in_callback(void);

#endif
