/* How much memory encoded tiles are expected to take, and where those wait that take more than there is.
 *
 * At their worst tiles take many times what they take as a rule: a table's part where every pixel is an object of its
 * own. Blocks that start with room for the worst would be few. So a task reserves what tiles take as a rule, and once
 * some of a result are known, twice what the largest of them took. What turns out larger takes from what is left of
 * plan->encoded_cap, and where nothing is left waits in a scratch file: nobody waits for memory that only others could
 * free, and encoded_used is never more than the cap. */
#include "exec-private.h"

#include "common/scratch.h"

enum { KNOWN_TILES = 32, SLACK = 4096 };

static uint64_t expected_of(const wsi_exec *x, int result)
{
    const uint64_t bound = x->plan->result_bound[result], twice = 2 * x->seen[result].largest + SLACK;
    if (x->seen[result].tiles < KNOWN_TILES) return x->plan->result_rule[result];
    return twice > bound ? bound : twice;
}

uint64_t wsi_exec_reserve(wsi_exec *x, uint64_t bytes)
{
    const uint64_t left = x->plan->encoded_cap - x->encoded_used;
    const uint64_t reserved = bytes < left ? bytes : left;
    x->encoded_used += reserved;
    if (x->encoded_used > x->stats.encoded_high) x->stats.encoded_high = x->encoded_used;
    return reserved;
}

void wsi_exec_expect(wsi_exec *x)
{
    for (int l = 0; l < x->plan->ladder_count; l++) {
        const wsi_ladder *ladder = &x->plan->ladders[l];
        x->expected[l] = 0;
        for (int i = 0; i < ladder->result_count; i++) x->expected[l] += expected_of(x, ladder->results[i]);
    }
}

void wsi_exec_note_size(wsi_exec *x, int result, uint64_t size)
{
    wsi_seen *s = &x->seen[result];
    const int larger = size > s->largest, last_needed = s->tiles + 1 == KNOWN_TILES;
    if (larger) s->largest = size;
    if (s->tiles < KNOWN_TILES) s->tiles++;
    if (larger || last_needed) wsi_exec_expect(x);
}

int wsi_exec_claim(wsi_worker *w, wsi_task *task, uint64_t size)
{
    wsi_exec *x = w->exec;
    const uint64_t all = w->placed_bytes + size;
    if (all > task->reserved) {
        const uint64_t more = all - task->reserved;
        pthread_mutex_lock(&x->lock);
        if (x->encoded_used + more <= x->plan->encoded_cap) task->reserved += wsi_exec_reserve(x, more);
        pthread_mutex_unlock(&x->lock);
    }
    if (all > task->reserved) return 0;
    w->placed_bytes = all;
    return 1;
}

wsi_status wsi_exec_spill(wsi_exec *x, const void *bytes, size_t size, uint64_t *at, wsi_error *err)
{
    wsi_status status = WSI_OK;
    pthread_mutex_lock(&x->spill_lock);
    if (!x->spill) status = wsi_scratch_open(x->in->scratch, &x->spill, err);
    if (status == WSI_OK) status = wsi_scratch_append(x->spill, bytes, size, at, err);
    pthread_mutex_unlock(&x->spill_lock);
    return status;
}
