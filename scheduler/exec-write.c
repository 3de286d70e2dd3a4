/* From encoded tile to file: each sink has a reorder ring and one thread that appends in the canonical order. */
#include "exec-gpu.h"

#include <string.h>

#include "common/scratch.h"
#include "kernels/device-range.h"

enum { RUN_MAX = 32 }; /* tiles written for one round of the lock */

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
wsi_lane *wsi_exec_lane_of(wsi_exec *x, int result, int *position)
{
    for (int i = 0; i < x->lane_count; i++)
        for (int k = 0; k < x->lanes[i].sink->result_count; k++)
            if (x->lanes[i].sink->results[k] == result) {
                *position = k;
                return &x->lanes[i];
            }
    return NULL;
}

/* Items of results that are in other ladders than the rank's are not written, nor the pyramids of what is tapped. */
static int is_gap(const wsi_lane *lane, int64_t item)
{
    const wsi_exec *x = lane->exec;
    const int64_t rank = item / lane->sink->result_count;
    const int result = lane->sink->results[item % lane->sink->result_count];
    const int ladder = x->rank_ladder[rank];
    if (x->graph->results[result].tapped) return ladder != x->plan->ladder_of[result]; /* level 0 alone */
    return (ladder & ~WSI_RANK_ABOVE) != x->plan->ladder_of[result];
}

void wsi_exec_pass_gaps(wsi_lane *lane)
{
    while (lane->exec->rank_ladder && lane->next < lane->total && is_gap(lane, lane->next)) lane->next++;
}

/* Puts a tile into its slot; the reservation of the task shrinks by what the tile takes. */
static void place(wsi_exec *x, wsi_task *task, const wsi_placed *p)
{
    wsi_lane *lane = p->lane;
    if (p->slot.spilled)
        x->stats.tiles_spilled++;
    else
        task->reserved -= p->slot.size; /* claimed */
    wsi_exec_note_size(x, lane->sink->results[p->slot.result], p->slot.size);
    lane->slots[p->item % (x->reorder_ranks * lane->sink->result_count)] = p->slot;
    const uint64_t waiting = (uint64_t)(p->item - lane->next + 1);
    if (waiting > x->stats.reorder_high) x->stats.reorder_high = waiting;
    if (p->item == lane->next) pthread_cond_signal(&lane->ready);
}

void wsi_exec_place(wsi_worker *w, wsi_task *task)
{
    for (int i = 0; i < w->placed_count; i++) place(w->exec, task, &w->placed[i]);
    w->placed_count = 0;
    w->placed_bytes = 0;
}

static void place_now(wsi_worker *w, wsi_task *task)
{
    pthread_mutex_lock(&w->exec->lock);
    wsi_exec_place(w, task);
    pthread_mutex_unlock(&w->exec->lock);
}

/* Memory for an encoded tile. Nobody may wait for memory with tiles in hand that the writer could free. */
static wsi_status encoded_memory(wsi_worker *w, wsi_task *task, size_t size, void **out, wsi_error *err)
{
    WSI_FORWARD(wsi_pool_try_get(w->exec->pool, WSI_MEM_ENCODED, size, out, err));
    if (*out) return WSI_OK;
    place_now(w, task);
    w->placed_bytes = size; /* claimed, and yet to be placed */
    return wsi_pool_get(w->exec->pool, WSI_MEM_ENCODED, size, out, err);
}

/* Into memory, or where there is none for it into the scratch file. */
static wsi_status put_away(wsi_worker *w, wsi_task *task, wsi_slot *slot, wsi_error *err)
{
    slot->spilled = !wsi_exec_claim(w, task, slot->size);
    if (slot->spilled) return wsi_exec_spill(w->exec, w->encode, slot->size, &slot->at, err);
    WSI_FORWARD(encoded_memory(w, task, slot->size, &slot->bytes, err));
    memcpy(slot->bytes, w->encode, slot->size);
    return WSI_OK;
}

wsi_status wsi_exec_submit_encoded(wsi_worker *w, wsi_task *task, int result, int level, int64_t tx, int64_t ty,
                                   size_t size, wsi_error *err)
{
    wsi_exec *x = w->exec;
    int position = 0;
    wsi_lane *lane = wsi_exec_lane_of(x, result, &position);
    const int64_t rank = x->ladders[x->plan->ladder_of[result]].rank[level][ty] + tx;
    const int64_t item = rank * lane->sink->result_count + position;
    wsi_slot slot = {.result = position, .level = level, .tx = tx, .ty = ty, .full = 1, .size = size};
    if (w->placed_count == WSI_PLACED_MAX) place_now(w, task);
    if (size) WSI_FORWARD(put_away(w, task, &slot, err));
    w->placed[w->placed_count++] = (wsi_placed){lane, item, slot};
    return WSI_OK;
}

/* Notes the time since start as encoding, and hands over what is in w->encode. */
static wsi_status submit_since(wsi_worker *w, wsi_task *task, double start, int result, int level, int64_t tx,
                               int64_t ty, size_t size, wsi_error *err)
{
    const double end = wsi_now();
    w->encode_busy += end - start;
    wsi_trace_add(w->lane, "encode", start, end, level, tx, ty);
    return wsi_exec_submit_encoded(w, task, result, level, tx, ty, size, err);
}

/* Into w->encode. Whole tiles of background are encoded once. */
static wsi_status encode(wsi_worker *w, int result, int level, const wsi_image *tile, int blank, size_t *size,
                         wsi_error *err)
{
    wsi_exec *x = w->exec;
    int position = 0;
    const int same = blank && tile->w == x->plan->out_tile && tile->h == x->plan->out_tile;
    const wsi_lane *lane = wsi_exec_lane_of(x, result, &position);
    WSI_RETURN_IF(!lane, WSI_ERR_INTERNAL, "result %d has no sink", result);
    if (same && wsi_exec_take_blank(w, result, size)) return WSI_OK;
    if (blank) wsi_exec_fill_blank(x, result, tile);
    WSI_FORWARD(wsi_sink_encode(lane->sink->sink, position, level, tile, w->encode, x->encode_bytes, size, err));
    if (same) wsi_exec_keep_blank(w, result, *size);
    return WSI_OK;
}

wsi_status wsi_exec_submit(wsi_worker *w, wsi_task *task, int result, int level, int64_t tx, int64_t ty,
                           const wsi_image *tile, int blank, wsi_error *err)
{
    size_t size = 0;
    const double start = wsi_now();
    wsi_range_begin("encode");
    const wsi_status status = encode(w, result, level, tile, blank, &size, err);
    wsi_range_end();
    WSI_FORWARD(status);
    return submit_since(w, task, start, result, level, tx, ty, size, err);
}

wsi_rect wsi_exec_tile_rect(const wsi_exec *x, int result, int level, int64_t tx, int64_t ty)
{
    const wsi_pyramid *py = &x->plan->ladders[x->plan->ladder_of[result]].pyramid;
    return wsi_grid_rect(py->w[level], py->h[level], py->tile, py->tile, tx, ty);
}

wsi_status wsi_exec_submit_tap(wsi_worker *w, wsi_task *task, int result, int64_t tx, int64_t ty, const wsi_image *im,
                               wsi_error *err)
{
    const wsi_exec *x = w->exec;
    const wsi_tap *tap = x->graph->results[result].tap;
    size_t size = 0;
    const double start = wsi_now();
    const wsi_rect at = wsi_exec_tile_rect(x, result, 0, tx, ty);
    if (x->in->within && tap->parts)
        WSI_FORWARD(wsi_exec_tap_shown(x, result, at, im, err));
    else
        WSI_FORWARD(tap->tile(tap->user, im, at, w->encode, x->encode_bytes, &size, err));
    return submit_since(w, task, start, result, 0, tx, ty, size, err);
}

wsi_status wsi_exec_submit_bits(wsi_worker *w, wsi_task *task, int result, int level, int64_t tx, int64_t ty,
                                const uint8_t *bits, int *taken, wsi_error *err)
{
    wsi_exec *x = w->exec;
    int position = 0;
    size_t size = 0;
    wsi_lane *lane = wsi_exec_lane_of(x, result, &position);
    WSI_RETURN_IF(!lane, WSI_ERR_INTERNAL, "result %d has no sink", result);
    const double start = wsi_now();
    wsi_range_begin("encode");
    const wsi_status status =
        wsi_sink_encode_bits(lane->sink->sink, position, level, bits, w->encode, x->encode_bytes, &size, err);
    wsi_range_end();
    WSI_FORWARD(status);
    *taken = size > 0;
    return *taken ? submit_since(w, task, start, result, level, tx, ty, size, err) : WSI_OK;
}

/* Waits for the next item, then takes it and those that follow without a gap: their number, 0 when the run failed. */
static int64_t wait_next(wsi_lane *lane, wsi_slot *taken, int64_t capacity)
{
    wsi_exec *x = lane->exec;
    const wsi_slot *first = &lane->slots[lane->next % capacity];
    if (!first->full && !x->failed) {
        const double start = wsi_now();
        while (!first->full && !x->failed) pthread_cond_wait(&lane->ready, &x->lock);
        x->stats.write_wait += wsi_now() - start;
    }
    int64_t n = 0;
    while (!x->failed && n < RUN_MAX && lane->next + n < lane->total) {
        const wsi_slot *at = &lane->slots[(lane->next + n) % capacity];
        if (!at->full) break;
        taken[n++] = *at;
    }
    return n;
}

static wsi_status append(const wsi_lane *lane, const wsi_slot *s, wsi_error *err)
{
    const wsi_exec *x = lane->exec;
    const int result = lane->sink->results[0];
    const wsi_tap *tap = x->graph->results[result].tap;
    if (s->spilled) WSI_FORWARD(wsi_scratch_read(x->spill, s->at, lane->returned, s->size, err));
    const void *bytes = s->spilled ? lane->returned : s->bytes;
    if (!tap) return wsi_sink_append(lane->sink->sink, s->result, s->level, s->tx, s->ty, bytes, s->size, err);
    return tap->append(tap->user, wsi_exec_tile_rect(x, result, 0, s->tx, s->ty), bytes, s->size, err);
}

/* Appends a run of items, without the lock. */
static wsi_status write_run(wsi_lane *lane, wsi_slot *slots, int64_t count, wsi_error *err)
{
    wsi_status status = WSI_OK;
    wsi_range_begin("write");
    for (int64_t i = 0; i < count; i++) {
        wsi_slot *s = &slots[i];
        const double start = wsi_now();
        if (status == WSI_OK) status = append(lane, s, err);
        wsi_trace_add(lane->lane, "write", start, wsi_now(), s->level, s->tx, s->ty);
        wsi_pool_put(lane->exec->pool, s->bytes);
    }
    wsi_range_end();
    return status;
}

/* Under lock: the items' places are free again. */
static void give_back(wsi_lane *lane, const wsi_slot *slots, int64_t count, int64_t capacity)
{
    wsi_exec *x = lane->exec;
    for (int64_t i = 0; i < count; i++) {
        wsi_slot *at = &lane->slots[lane->next % capacity];
        at->full = 0;
        at->bytes = NULL;
        lane->next++;
        if (!slots[i].spilled) x->encoded_used -= slots[i].size;
        x->stats.bytes_encoded += slots[i].size;
    }
    x->stats.tiles_written += (uint64_t)count;
    wsi_exec_pass_gaps(lane);
}

/* Appends what is there; called and left with the lock held. */
static int write_some(wsi_lane *lane, int64_t capacity)
{
    wsi_exec *x = lane->exec;
    wsi_slot run[RUN_MAX];
    const int64_t count = lane->next == lane->total ? 0 : wait_next(lane, run, capacity);
    if (!count) return 0;
    for (int64_t i = 0; i < count; i++) lane->slots[(lane->next + i) % capacity].bytes = NULL;
    pthread_mutex_unlock(&x->lock);
    wsi_error err = {WSI_OK, ""};
    const double start = wsi_now();
    const wsi_status status = write_run(lane, run, count, &err);
    const double busy = wsi_now() - start;
    pthread_mutex_lock(&x->lock);
    give_back(lane, run, count, capacity);
    x->stats.write_busy += busy;
    lane->busy += busy;
    if (status != WSI_OK) wsi_exec_fail(x, &err);
    if (!x->gpu_count || wsi_exec_kept_waits(x)) wsi_team_wake(x->in->team);
    if (x->gpu_count) wsi_gpu_wake_slots(x);
    return status == WSI_OK;
}

void *wsi_exec_writer_main(void *arg)
{
    wsi_lane *lane = arg;
    wsi_exec *x = lane->exec;
    const int64_t capacity = x->reorder_ranks * lane->sink->result_count;
    pthread_mutex_lock(&x->lock);
    while (write_some(lane, capacity)) continue;
    x->lanes_left--;
    pthread_cond_broadcast(&x->done);
    pthread_mutex_unlock(&x->lock);
    return NULL;
}
