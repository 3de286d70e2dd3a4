/* From encoded tile to file: each sink has a reorder ring and one thread that appends in the canonical order. */
#include "exec-gpu.h"

#include <string.h>

int64_t wsi_exec_next_rank(const wsi_exec *x)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < x->lane_count; i++) {
        const int64_t rank = x->lanes[i].next / x->lanes[i].sink->result_count;
        if (rank < least) least = rank;
    }
    return least;
}

/* The lane of a result, and the result's place in it. */
static wsi_lane *lane_of(wsi_exec *x, int result, int *position)
{
    for (int i = 0; i < x->lane_count; i++)
        for (int k = 0; k < x->lanes[i].sink->result_count; k++)
            if (x->lanes[i].sink->results[k] == result) {
                *position = k;
                return &x->lanes[i];
            }
    return NULL;
}

/* Puts a tile into its slot; the reservation of the task shrinks by what the tile takes. */
static void place(wsi_exec *x, wsi_task *task, wsi_lane *lane, int position, const wsi_slot *slot)
{
    const int64_t item = (x->rank[slot->level][slot->ty] + slot->tx) * lane->sink->result_count + position;
    const int64_t capacity = x->reorder_ranks * lane->sink->result_count;
    pthread_mutex_lock(&x->lock);
    const uint64_t taken = slot->size < task->reserved ? slot->size : task->reserved;
    task->reserved -= taken;
    x->encoded_used += slot->size - taken;
    lane->slots[item % capacity] = *slot;
    const uint64_t waiting = (uint64_t)(item - lane->next + 1);
    if (waiting > x->stats.reorder_high) x->stats.reorder_high = waiting;
    if (item == lane->next) pthread_cond_signal(&lane->ready);
    pthread_mutex_unlock(&x->lock);
}

wsi_status wsi_exec_submit(wsi_worker *w, wsi_task *task, int result, int level, int64_t tx, int64_t ty,
                           const wsi_image *tile, wsi_error *err)
{
    wsi_exec *x = w->exec;
    int position = 0;
    wsi_lane *lane = lane_of(x, result, &position);
    WSI_RETURN_IF(!lane, WSI_ERR_INTERNAL, "result %d has no sink", result);
    wsi_slot slot = {.result = position, .level = level, .tx = tx, .ty = ty, .full = 1};
    const double start = wsi_now();
    WSI_FORWARD(wsi_sink_encode(lane->sink->sink, position, level, tile, w->encode, x->encode_bytes, &slot.size, err));
    if (slot.size) {
        WSI_FORWARD(wsi_pool_get(x->pool, WSI_MEM_ENCODED, slot.size, &slot.bytes, err));
        memcpy(slot.bytes, w->encode, slot.size);
    }
    const double end = wsi_now();
    w->encode_busy += end - start;
    wsi_trace_add(w->lane, "encode", start, end, level, tx, ty);
    place(x, task, lane, position, &slot);
    return WSI_OK;
}

/* Waits for the next item; 0 when the run failed. */
static int wait_next(wsi_lane *lane, wsi_slot *slot, int64_t capacity)
{
    wsi_exec *x = lane->exec;
    wsi_slot *at = &lane->slots[lane->next % capacity];
    if (!at->full && !x->failed) {
        const double start = wsi_now();
        while (!at->full && !x->failed) pthread_cond_wait(&lane->ready, &x->lock);
        x->stats.write_wait += wsi_now() - start;
    }
    if (x->failed) return 0;
    *slot = *at;
    return 1;
}

/* Appends one item; called and left with the lock held. */
static int write_one(wsi_lane *lane, int64_t capacity)
{
    wsi_exec *x = lane->exec;
    wsi_slot slot;
    if (lane->next == lane->total || !wait_next(lane, &slot, capacity)) return 0;
    pthread_mutex_unlock(&x->lock);
    wsi_error err = {WSI_OK, ""};
    const double start = wsi_now();
    const wsi_status status =
        wsi_sink_append(lane->sink->sink, slot.result, slot.level, slot.tx, slot.ty, slot.bytes, slot.size, &err);
    const double end = wsi_now(), busy = end - start;
    wsi_trace_add(lane->lane, "write", start, end, slot.level, slot.tx, slot.ty);
    wsi_pool_put(x->pool, slot.bytes);
    pthread_mutex_lock(&x->lock);
    wsi_slot *at = &lane->slots[lane->next % capacity];
    at->full = 0;
    at->bytes = NULL;
    lane->next++;
    x->encoded_used -= slot.size;
    x->stats.write_busy += busy;
    lane->busy += busy;
    x->stats.bytes_encoded += slot.size;
    x->stats.tiles_written++;
    if (status != WSI_OK) wsi_exec_fail(x, &err);
    if (x->workers_waiting) pthread_cond_signal(&x->work);
    if (x->gpu_count) wsi_gpu_wake(x);
    return status == WSI_OK;
}

void *wsi_exec_writer_main(void *arg)
{
    wsi_lane *lane = arg;
    wsi_exec *x = lane->exec;
    const int64_t capacity = x->reorder_ranks * lane->sink->result_count;
    pthread_mutex_lock(&x->lock);
    while (write_one(lane, capacity)) continue;
    x->lanes_left--;
    pthread_cond_broadcast(&x->done);
    pthread_mutex_unlock(&x->lock);
    return NULL;
}
