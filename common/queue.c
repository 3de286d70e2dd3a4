/* Bounded queue: a ring under one mutex, two conditions. */
#include "queue.h"

#include <pthread.h>
#include <string.h>

#include "mem.h"
#include "thread.h"

struct wsi_queue {
    pthread_mutex_t lock;
    pthread_cond_t not_full, not_empty;
    size_t capacity, item_size;        /* set at creation */
    size_t head, count, high_water;    /* under lock */
    int closed;                        /* under lock */
    wsi_status status;                 /* under lock; of the close */
    double push_wait, pop_wait;        /* under lock */
    char *items;                       /* capacity * item_size; under lock */
};

wsi_status wsi_queue_create(size_t capacity, size_t item_size, wsi_queue **out, wsi_error *err)
{
    wsi_queue *q = wsi_calloc(1, sizeof *q);
    char *items = wsi_calloc(capacity, item_size);
    if (!q || !items) {
        wsi_free(q);
        wsi_free(items);
        return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a queue of %zu items", capacity);
    }
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->not_full, NULL);
    pthread_cond_init(&q->not_empty, NULL);
    q->capacity = capacity;
    q->item_size = item_size;
    q->items = items;
    *out = q;
    return WSI_OK;
}

void wsi_queue_destroy(wsi_queue **queue, void (*drop)(void *user, void *item), void *user)
{
    wsi_queue *q = *queue;
    if (!q) return;
    for (size_t i = 0; drop && i < q->count; i++) drop(user, q->items + (q->head + i) % q->capacity * q->item_size);
    pthread_cond_destroy(&q->not_empty);
    pthread_cond_destroy(&q->not_full);
    pthread_mutex_destroy(&q->lock);
    wsi_free(q->items);
    wsi_free(q);
    *queue = NULL;
}

int wsi_queue_push(wsi_queue *q, const void *item)
{
    pthread_mutex_lock(&q->lock);
    if (q->count == q->capacity && !q->closed) {
        const double start = wsi_now();
        while (q->count == q->capacity && !q->closed) pthread_cond_wait(&q->not_full, &q->lock);
        q->push_wait += wsi_now() - start;
    }
    const int taken = !q->closed;
    if (taken) {
        memcpy(q->items + (q->head + q->count) % q->capacity * q->item_size, item, q->item_size);
        if (++q->count > q->high_water) q->high_water = q->count;
        pthread_cond_signal(&q->not_empty);
    }
    pthread_mutex_unlock(&q->lock);
    return taken;
}

int wsi_queue_pop(wsi_queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    if (!q->count && !q->closed) {
        const double start = wsi_now();
        while (!q->count && !q->closed) pthread_cond_wait(&q->not_empty, &q->lock);
        q->pop_wait += wsi_now() - start;
    }
    const int given = q->count && !(q->closed && q->status != WSI_OK);
    if (given) {
        memcpy(item, q->items + q->head * q->item_size, q->item_size);
        q->head = (q->head + 1) % q->capacity;
        q->count--;
        pthread_cond_signal(&q->not_full);
    }
    pthread_mutex_unlock(&q->lock);
    return given;
}

void wsi_queue_close(wsi_queue *q, wsi_status status)
{
    pthread_mutex_lock(&q->lock);
    if (!q->closed || q->status == WSI_OK) q->status = status;
    q->closed = 1;
    pthread_cond_broadcast(&q->not_full);
    pthread_cond_broadcast(&q->not_empty);
    pthread_mutex_unlock(&q->lock);
}

void wsi_queue_get_stats(wsi_queue *q, wsi_queue_stats *out)
{
    pthread_mutex_lock(&q->lock);
    *out = (wsi_queue_stats){q->capacity, q->high_water, q->push_wait, q->pop_wait};
    pthread_mutex_unlock(&q->lock);
}
