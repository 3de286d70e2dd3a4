/* Objects of libraries that one thread at a time may use, lent for the length of a call. The list grows to the number
 * of concurrent calls and no further. */
#include "reader-private.h"

#include "common/mem.h"

void wsi_lender_init(wsi_lender *lender, void *owner, void *(*make)(void *, wsi_error *), void (*destroy)(void *))
{
    *lender = (wsi_lender){.make = make, .destroy = destroy, .owner = owner, .ready = 1};
    pthread_mutex_init(&lender->lock, NULL);
}

void *wsi_lender_take(wsi_lender *lender, wsi_error *err)
{
    void *object = NULL;
    pthread_mutex_lock(&lender->lock);
    if (lender->idle_count > 0) object = lender->idle[--lender->idle_count];
    pthread_mutex_unlock(&lender->lock);
    return object ? object : lender->make(lender->owner, err);
}

void wsi_lender_give(wsi_lender *lender, void *object)
{
    pthread_mutex_lock(&lender->lock);
    if (lender->idle_count == lender->idle_room) {
        const size_t room = lender->idle_room ? 2 * lender->idle_room : 8;
        void **grown = wsi_realloc_array(lender->idle, room, sizeof *grown);
        if (grown) {
            lender->idle = grown;
            lender->idle_room = room;
        }
    }
    const int kept = lender->idle_count < lender->idle_room;
    if (kept) lender->idle[lender->idle_count++] = object;
    pthread_mutex_unlock(&lender->lock);
    if (!kept) lender->destroy(object);
}

void wsi_lender_close(wsi_lender *lender)
{
    if (!lender->ready) return;
    for (size_t i = 0; i < lender->idle_count; i++) lender->destroy(lender->idle[i]);
    wsi_free(lender->idle);
    pthread_mutex_destroy(&lender->lock);
    *lender = (wsi_lender){0};
}
