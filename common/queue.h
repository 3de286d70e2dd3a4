/* Bounded queue of fixed-size items between threads.
 *
 * push blocks while full, pop while empty. close(status) ends both sides: pushes fail at once, pops hand out what
 * is left (WSI_OK close) or fail at once (any other status: the first error drains). Any thread may call anything. */
#ifndef WSI_QUEUE_H
#define WSI_QUEUE_H

#include <stddef.h>

#include "error-private.h"

typedef struct wsi_queue wsi_queue;

typedef struct wsi_queue_stats {
    size_t capacity, high_water;      /* items */
    double push_wait, pop_wait;       /* seconds threads waited, summed */
} wsi_queue_stats;

wsi_status wsi_queue_create(size_t capacity, size_t item_size, wsi_queue **out, wsi_error *err);
/* Items still inside are handed to drop (may be NULL). No thread may be inside a call. */
void wsi_queue_destroy(wsi_queue **queue, void (*drop)(void *user, void *item), void *user);
/* 1: taken in; 0: the queue is closed, the item stays the caller's. */
int wsi_queue_push(wsi_queue *queue, const void *item);
/* 1: *item filled; 0: closed (and, after a WSI_OK close, empty). */
int wsi_queue_pop(wsi_queue *queue, void *item);
void wsi_queue_close(wsi_queue *queue, wsi_status status);
void wsi_queue_get_stats(wsi_queue *queue, wsi_queue_stats *out);

#endif
