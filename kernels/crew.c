/* A crew: whoever of the team is free takes the next item until there is none, or somebody has failed. */
#include "crew.h"

#include <pthread.h>

#include "common/image.h"

typedef struct work {
    const wsi_crew *crew;
    wsi_team *team;
    wsi_duty duty;
    pthread_mutex_t lock;
    pthread_cond_t done; /* nothing is left to begin, and nobody is at it */
    /* lock */
    int64_t next; /* item */
    int running;
    wsi_error error; /* the first one; code 0 = none */
    int idle_count;
    int idle[WSI_CREW_MAX]; /* numbers nobody has */
} work;

static int cancelled(const wsi_crew *crew)
{
    return crew->cancel && atomic_load_explicit(crew->cancel, memory_order_relaxed);
}

/* Under lock: an item may be begun. */
static int has_item(const work *w)
{
    return w->next < w->crew->count && w->error.code == WSI_OK;
}

/* Called and left with the lock held. */
static void do_item(work *w, int worker)
{
    const wsi_crew *crew = w->crew;
    const int64_t i = w->next++;
    wsi_error err = {0};
    pthread_mutex_unlock(&w->lock);
    if (cancelled(crew))
        wsi_error_set(&err, WSI_ERR_CANCELLED, "cancelled");
    else
        crew->item(crew->user, worker, i, &err);
    pthread_mutex_lock(&w->lock);
    if (err.code != WSI_OK && w->error.code == WSI_OK) w->error = err;
}

/* The crew's duty: items as long as there are any, or one where others wait for the thread. */
static int serve(void *work_, double waited)
{
    work *w = (work *)work_;
    int did = 0;
    (void)waited;
    pthread_mutex_lock(&w->lock);
    if (w->idle_count > 0 && has_item(w)) {
        const int worker = w->idle[--w->idle_count];
        w->running++;
        do {
            wsi_team_wake(w->team); /* there may be more */
            do_item(w, worker);
            did = 1;
        } while (has_item(w) && !wsi_team_is_shared(w->team));
        w->running--;
        w->idle[w->idle_count++] = worker;
        if (!w->running && !has_item(w)) pthread_cond_signal(&w->done);
    }
    pthread_mutex_unlock(&w->lock);
    return did;
}

static void run(work *w)
{
    wsi_team_add(w->team, &w->duty);
    pthread_mutex_lock(&w->lock);
    while (w->running || has_item(w)) pthread_cond_wait(&w->done, &w->lock);
    pthread_mutex_unlock(&w->lock);
    wsi_team_remove(w->team, &w->duty);
}

wsi_status wsi_crew_run(const wsi_crew *crew, wsi_error *err)
{
    work w = {.crew = crew, .team = crew->team, .duty = {.serve = serve, .user = &w}};
    wsi_team *own = NULL;
    w.idle_count = (int)wsi_max64(1, wsi_min64(wsi_min64(crew->threads, WSI_CREW_MAX), crew->count));
    for (int i = 0; i < w.idle_count; i++) w.idle[i] = i;
    if (!w.team) WSI_FORWARD(wsi_team_create(w.idle_count, &own, err));
    if (own) w.team = own;
    const wsi_status status = wsi_team_start(w.team, w.idle_count, err);
    if (status != WSI_OK) {
        wsi_team_destroy(&own);
        return status;
    }
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.done, NULL);
    run(&w);
    pthread_cond_destroy(&w.done);
    pthread_mutex_destroy(&w.lock);
    wsi_team_destroy(&own);
    if (w.error.code != WSI_OK && err) *err = w.error;
    return w.error.code;
}

wsi_status wsi_crew_afford(const char *what, int threads, uint64_t each, uint64_t memory, int *affords, wsi_error *err)
{
    const uint64_t n = memory / (each ? each : 1);
    WSI_RETURN_IF(n == 0, WSI_ERR_NO_MEMORY, "%s needs %.1f MiB beside its scratch file, and has %.1f MiB", what,
                  (double)each / 1048576, (double)memory / 1048576);
    const uint64_t most = (uint64_t)(threads < 1 ? 1 : threads < WSI_CREW_MAX ? threads : WSI_CREW_MAX);
    *affords = (int)(n < most ? n : most);
    return WSI_OK;
}
