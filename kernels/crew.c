/* A crew: every thread takes the next item until there is none, or somebody has failed. */
#include "crew.h"

#include <pthread.h>

#include "common/image.h"
#include "common/thread.h"

typedef struct work {
    const wsi_crew *crew;
    atomic_int_fast64_t next;
    atomic_int stop;
    pthread_mutex_t lock; /* of error */
    wsi_error error;      /* the first one; code 0 = none */
} work;

typedef struct member {
    work *w;
    int index;
    wsi_thread thread;
} member;

static void note(work *w, const wsi_error *err)
{
    pthread_mutex_lock(&w->lock);
    if (w->error.code == WSI_OK) w->error = *err;
    pthread_mutex_unlock(&w->lock);
    atomic_store(&w->stop, 1);
}

static int cancelled(const wsi_crew *crew)
{
    return crew->cancel && atomic_load_explicit(crew->cancel, memory_order_relaxed);
}

static void *member_main(void *member_)
{
    const member *m = (const member *)member_;
    work *w = m->w;
    const wsi_crew *crew = w->crew;
    while (!atomic_load(&w->stop)) {
        const int64_t i = atomic_fetch_add(&w->next, 1);
        wsi_error err = {0};
        if (i >= crew->count) break;
        if (cancelled(crew))
            wsi_error_set(&err, WSI_ERR_CANCELLED, "cancelled");
        else
            crew->item(crew->user, m->index, i, &err);
        if (err.code != WSI_OK) note(w, &err);
    }
    return NULL;
}

wsi_status wsi_crew_run(const wsi_crew *crew, wsi_error *err)
{
    work w = {.crew = crew};
    member members[WSI_CREW_MAX] = {{.w = &w, .index = 0}};
    const int wanted = (int)wsi_min64(wsi_min64(crew->threads, WSI_CREW_MAX), crew->count);
    int n = 1;
    pthread_mutex_init(&w.lock, NULL);
    for (; n < wanted; n++) {
        wsi_error refused = {0};
        members[n] = (member){.w = &w, .index = n};
        if (wsi_thread_start(&members[n].thread, "wsi-whole", member_main, &members[n], &refused) == WSI_OK) continue;
        note(&w, &refused);
        break;
    }
    member_main(&members[0]);
    for (int i = 1; i < n; i++) wsi_thread_join(members[i].thread);
    pthread_mutex_destroy(&w.lock);
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
