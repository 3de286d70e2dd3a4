/* Sessions: the threads and the memory that several jobs of one process share.
 *
 * All work of a session's jobs is done by its threads, however many jobs run at once: they take turns, a piece of work
 * at a time. Each job has besides a few threads that read, write and wait, and use next to no processor time. Memory is
 * given out in the order in which jobs ask: a job waits until its budget is free, and gives it back at its end.
 *
 * A job without a session has threads and memory of its own for each run. */
#ifndef WSIPROC_SESSION_H
#define WSIPROC_SESSION_H

#include <stdint.h>

#include <wsiproc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wsi_session wsi_session;

/* Zero it before filling it in: what is added later means nothing when it is 0. */
typedef struct wsi_session_options {
    int threads;          /* 0 = the CPUs that this process may use; at most 1024 */
    int jobs;             /* a job that asks for no memory of its own gets memory / jobs; 0 = 2 */
    uint64_t memory;      /* bytes for pixels in flight; 0 = a share of what the machine leaves, at most 1 GiB */
    uint64_t reserved[6]; /* must be 0 */
} wsi_session_options;

/* Starts the threads. options may be NULL. On success the caller owns *out and gives it back with wsi_session_destroy;
 * on failure *out is NULL. Errors: USAGE (bad options, no place for the answer), NO_MEMORY. */
WSI_API wsi_status wsi_session_create(const wsi_session_options *options, wsi_session **out, wsi_error *err);

/* Gives *session back and sets it to NULL; NULL is accepted, twice over. Jobs that were created with it keep it alive:
 * threads end and memory is freed when the last of them is destroyed, so that any order does. */
WSI_API void wsi_session_destroy(wsi_session **session);

/* What a session is doing at the moment. */
typedef struct wsi_session_info {
    int threads;
    uint64_t memory, memory_free; /* bytes: in all, and not given to a job now */
    uint64_t memory_peak;         /* given to jobs at the same time, at most */
    int running, waiting;         /* jobs that run, and that wait for memory */
    uint64_t reserved[6];         /* 0 */
} wsi_session_info;

/* Any thread. Errors: USAGE (no session, no place for the answer). */
WSI_API wsi_status wsi_session_get_info(const wsi_session *session, wsi_session_info *out, wsi_error *err);

#ifdef __cplusplus
}
#endif
#endif
