/* Sessions: a team of threads, and a budget that is handed out first come, first served: a job that needs much is not
 * passed by for ever by jobs that need little. */
#include "session-private.h"

#include <pthread.h>

#include "common/mem.h"
#include "scheduler/scheduler.h"

enum { JOBS_DEFAULT = 2, RESERVED = 6 };

/* A job that waits, on its own stack. */
typedef struct waiter {
    struct waiter *next;
} waiter;

struct wsi_session {
    atomic_int references;
    wsi_team *team;
    uint64_t memory;
    int jobs;
    pthread_mutex_t lock;
    pthread_cond_t change;
    /* lock */
    uint64_t free, least_free;
    int running, waiting;
    waiter *first, *last;
};

/* ---- Life ---- */

static wsi_status check(const wsi_session_options *o, wsi_error *err)
{
    WSI_RETURN_IF(o->threads < 0 || o->threads > WSI_TEAM_MAX, WSI_ERR_USAGE, "%d threads is not in 0..%d", o->threads,
                  WSI_TEAM_MAX);
    WSI_RETURN_IF(o->jobs < 0, WSI_ERR_USAGE, "%d jobs at a time is not possible", o->jobs);
    for (int i = 0; i < RESERVED; i++)
        WSI_RETURN_IF(o->reserved[i], WSI_ERR_USAGE, "the options of a session were not zeroed");
    return WSI_OK;
}

wsi_status wsi_session_create(const wsi_session_options *options, wsi_session **out, wsi_error *err)
{
    static const wsi_session_options defaults = {0};
    const wsi_session_options *o = options ? options : &defaults;
    WSI_RETURN_IF(!out, WSI_ERR_USAGE, "no place for the session");
    *out = NULL;
    WSI_FORWARD(check(o, err));
    wsi_session *s = wsi_calloc(1, sizeof *s);
    WSI_RETURN_IF(!s, WSI_ERR_NO_MEMORY, "no memory for a session");
    atomic_init(&s->references, 1);
    s->memory = s->free = s->least_free = o->memory ? o->memory : wsi_default_memory();
    s->jobs = o->jobs ? o->jobs : JOBS_DEFAULT;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->change, NULL);
    wsi_status status = wsi_team_create(o->threads ? o->threads : wsi_default_threads(), &s->team, err);
    if (status == WSI_OK) status = wsi_team_start(s->team, WSI_TEAM_MAX, err);
    if (status == WSI_OK)
        *out = s;
    else
        wsi_session_unref(s);
    return status;
}

void wsi_session_ref(wsi_session *s)
{
    if (s) atomic_fetch_add(&s->references, 1);
}

void wsi_session_unref(wsi_session *s)
{
    if (!s || atomic_fetch_sub(&s->references, 1) > 1) return;
    wsi_team_destroy(&s->team);
    pthread_cond_destroy(&s->change);
    pthread_mutex_destroy(&s->lock);
    wsi_free(s);
}

void wsi_session_destroy(wsi_session **session)
{
    if (!session) return;
    wsi_session_unref(*session);
    *session = NULL;
}

wsi_team *wsi_session_team(const wsi_session *session)
{
    return session->team;
}

wsi_status wsi_session_get_info(const wsi_session *session, wsi_session_info *out, wsi_error *err)
{
    WSI_RETURN_IF(!session || !out, WSI_ERR_USAGE, "no session, or no place for what is known of it");
    wsi_session *s = (wsi_session *)session; /* the lock alone changes */
    pthread_mutex_lock(&s->lock);
    *out = (wsi_session_info){.threads = wsi_team_threads(s->team),
                              .memory = s->memory,
                              .memory_free = s->free,
                              .memory_peak = s->memory - s->least_free,
                              .running = s->running,
                              .waiting = s->waiting};
    pthread_mutex_unlock(&s->lock);
    return WSI_OK;
}

/* ---- Memory ---- */

uint64_t wsi_session_share(const wsi_session *session)
{
    return session->memory / (uint64_t)session->jobs;
}

static void enqueue(wsi_session *s, waiter *w)
{
    if (s->last)
        s->last->next = w;
    else
        s->first = w;
    s->last = w;
    s->waiting++;
}

static void dequeue(wsi_session *s, const waiter *w)
{
    waiter **at = &s->first, *before = NULL;
    while (*at != w) {
        before = *at;
        at = &(*at)->next;
    }
    *at = w->next;
    if (s->last == w) s->last = before;
    s->waiting--;
    pthread_cond_broadcast(&s->change); /* who is first now may go on */
}

wsi_status wsi_session_take(wsi_session *s, uint64_t bytes, const atomic_int *cancel, wsi_error *err)
{
    waiter me = {NULL};
    WSI_RETURN_IF(bytes > s->memory, WSI_ERR_NO_MEMORY, "the job asks for %.1f MiB, and its session has %.1f MiB",
                  (double)bytes / 1048576, (double)s->memory / 1048576);
    pthread_mutex_lock(&s->lock);
    enqueue(s, &me);
    while ((s->first != &me || s->free < bytes) && !atomic_load(cancel)) pthread_cond_wait(&s->change, &s->lock);
    const int taken = s->first == &me && s->free >= bytes && !atomic_load(cancel);
    dequeue(s, &me);
    if (taken) {
        s->free -= bytes;
        if (s->free < s->least_free) s->least_free = s->free;
        s->running++;
    }
    pthread_mutex_unlock(&s->lock);
    WSI_RETURN_IF(!taken, WSI_ERR_CANCELLED, "cancelled");
    return WSI_OK;
}

void wsi_session_give(wsi_session *s, uint64_t bytes)
{
    pthread_mutex_lock(&s->lock);
    s->free += bytes;
    s->running--;
    pthread_cond_broadcast(&s->change);
    pthread_mutex_unlock(&s->lock);
}

void wsi_session_wake(wsi_session *s)
{
    pthread_mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->change);
    pthread_mutex_unlock(&s->lock);
}
