/* How no wake is lost: a thread reads the count of wakes, looks at all duties, and sleeps only if the count is the same
 * once it is counted among the sleepers. Whoever wakes raises the first count, then reads the second. Both are
 * sequentially consistent, so one of the two sees the other. */
#include "team.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "mem.h"
#include "thread.h"

struct wsi_team {
    atomic_uint_fast64_t wakes;
    atomic_int sleepers;   /* written under lock */
    atomic_int duty_count; /* written under lock */
    pthread_mutex_t lock;
    pthread_cond_t work; /* a wake */
    pthread_cond_t left; /* a thread has left a duty */
    wsi_duty *duties;    /* lock */
    int over;            /* lock */
    int most;            /* threads at most; set before anybody else sees the team */
    pthread_mutex_t starting;
    int started; /* lock: starting */
    wsi_thread threads[];
};

/* ---- Threads ---- */

/* Under lock: the duty that comes `place` places after the first, round and round; there is one. */
static wsi_duty *duty_at(const wsi_team *t, unsigned place)
{
    wsi_duty *d = t->duties;
    for (unsigned i = place % (unsigned)atomic_load(&t->duty_count); i > 0; i--) d = d->next;
    return d;
}

/* Called and left with the lock held, which serve() runs without. */
static int serve(wsi_team *t, wsi_duty *d, double waited, int *yields)
{
    d->inside++;
    pthread_mutex_unlock(&t->lock);
    if (d->yields && !*yields) {
        wsi_thread_yields();
        *yields = 1;
    }
    const int did = d->serve(d->user, waited);
    pthread_mutex_lock(&t->lock);
    if (--d->inside == 0) pthread_cond_broadcast(&t->left);
    return did;
}

/* Sleeps until somebody wakes, unless that has happened since `seen` was read. Seconds asleep. */
static double sleep_since(wsi_team *t, uint_fast64_t seen)
{
    const double start = wsi_now();
    atomic_fetch_add(&t->sleepers, 1);
    if (atomic_load(&t->wakes) == seen && !t->over) pthread_cond_wait(&t->work, &t->lock);
    atomic_fetch_sub(&t->sleepers, 1);
    return wsi_now() - start;
}

static void *thread_main(void *team)
{
    wsi_team *t = team;
    unsigned place = 0;
    double waited = 0;
    int yields = 0;
    pthread_mutex_lock(&t->lock);
    while (!t->over) {
        const uint_fast64_t seen = atomic_load(&t->wakes);
        int did = 0;
        for (int left = atomic_load(&t->duty_count); left > 0 && !did && t->duties; left--)
            did = serve(t, duty_at(t, ++place), waited, &yields);
        waited = did ? 0 : waited + sleep_since(t, seen);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

/* ---- Life ---- */

wsi_status wsi_team_create(int threads, wsi_team **out, wsi_error *err)
{
    *out = NULL;
    WSI_RETURN_IF(threads < 1 || threads > WSI_TEAM_MAX, WSI_ERR_USAGE, "%d threads is not in 1..%d", threads,
                  WSI_TEAM_MAX);
    wsi_team *t = wsi_calloc(1, sizeof *t + (size_t)threads * sizeof t->threads[0]);
    WSI_RETURN_IF(!t, WSI_ERR_NO_MEMORY, "no memory for %d threads", threads);
    wsi_mutex_init(&t->lock);
    pthread_cond_init(&t->work, NULL);
    pthread_cond_init(&t->left, NULL);
    pthread_mutex_init(&t->starting, NULL);
    t->most = threads;
    *out = t;
    return WSI_OK;
}

wsi_status wsi_team_start(wsi_team *t, int threads, wsi_error *err)
{
    wsi_status status = WSI_OK;
    const int wanted = threads < t->most ? threads : t->most;
    pthread_mutex_lock(&t->starting);
    while (status == WSI_OK && t->started < wanted) {
        status = wsi_thread_start(&t->threads[t->started], "wsi-work", thread_main, t, err);
        if (status == WSI_OK) t->started++;
    }
    pthread_mutex_unlock(&t->starting);
    return status;
}

void wsi_team_destroy(wsi_team **team)
{
    wsi_team *t = team ? *team : NULL;
    if (!t) return;
    pthread_mutex_lock(&t->lock);
    t->over = 1;
    pthread_cond_broadcast(&t->work);
    pthread_mutex_unlock(&t->lock);
    for (int i = 0; i < t->started; i++) wsi_thread_join(t->threads[i]);
    pthread_mutex_destroy(&t->starting);
    pthread_cond_destroy(&t->left);
    pthread_cond_destroy(&t->work);
    pthread_mutex_destroy(&t->lock);
    wsi_free(t);
    *team = NULL;
}

int wsi_team_threads(const wsi_team *team)
{
    return team->most;
}

/* ---- Duties ---- */

void wsi_team_add(wsi_team *t, wsi_duty *duty)
{
    duty->inside = 0;
    pthread_mutex_lock(&t->lock);
    duty->next = t->duties;
    t->duties = duty;
    atomic_fetch_add(&t->duty_count, 1);
    pthread_mutex_unlock(&t->lock);
    wsi_team_wake_all(t);
}

void wsi_team_remove(wsi_team *t, wsi_duty *duty)
{
    pthread_mutex_lock(&t->lock);
    wsi_duty **at = &t->duties;
    while (*at != duty) at = &(*at)->next;
    *at = duty->next;
    atomic_fetch_sub(&t->duty_count, 1);
    while (duty->inside) pthread_cond_wait(&t->left, &t->lock);
    pthread_mutex_unlock(&t->lock);
    wsi_team_wake(t); /* who was looking at the list may have passed over one */
}

/* wake is pthread_cond_signal or pthread_cond_broadcast. */
static void wake(wsi_team *t, int (*wake_sleepers)(pthread_cond_t *))
{
    atomic_fetch_add(&t->wakes, 1);
    if (!atomic_load(&t->sleepers)) return;
    pthread_mutex_lock(&t->lock);
    wake_sleepers(&t->work);
    pthread_mutex_unlock(&t->lock);
}

void wsi_team_wake(wsi_team *team)
{
    wake(team, pthread_cond_signal);
}

void wsi_team_wake_all(wsi_team *team)
{
    wake(team, pthread_cond_broadcast);
}

int wsi_team_is_shared(const wsi_team *team)
{
    return atomic_load_explicit(&team->duty_count, memory_order_relaxed) > 1;
}
