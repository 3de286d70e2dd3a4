/* Choosing the next task: serial, cheap, under the executor's lock.
 *
 * Workers prefer what frees memory: rows of the pyramid, then blocks, or tiles of blocks that a GPU computed, then
 * decoding. */
#include "exec-gpu.h"

/* ---- Admission ---- */

/* May a task start that will leave at most `bound` encoded bytes, the first of them at rank `first`, the last before
 * `end`? Whoever holds the next tile to be written always may: that is what keeps the writers going. */
int wsi_exec_admit(const wsi_exec *x, int64_t first, int64_t end, uint64_t bound)
{
    const int64_t next = wsi_exec_next_rank(x);
    if (first <= next) return 1;
    return end - next <= x->reorder_ranks && x->encoded_used + bound <= x->plan->encoded_cap;
}

/* Rows of level k + 1 that tile rows up to `row` of level k are halved into must be free. */
int wsi_exec_room_above(const wsi_exec *x, int k, int64_t row)
{
    const wsi_plan *p = x->plan;
    if (k + 1 >= p->pyramid.levels) return 1;
    return row / 2 - x->tile_rows_done[k + 1] < p->slots[k + 1];
}

/* ---- Pyramid ---- */

static int pyramid_ready(const wsi_exec *x, int k)
{
    const wsi_pyramid *py = &x->plan->pyramid;
    const int64_t row = x->next_row[k];
    if (row == py->tiles_y[k]) return 0;
    const int64_t below = 2 * row + 2 < py->tiles_y[k - 1] ? 2 * row + 2 : py->tiles_y[k - 1];
    if (x->tile_rows_done[k - 1] < below || !wsi_exec_room_above(x, k, row)) return 0;
    const int64_t rank = x->rank[k][row] + x->next_col[k];
    return wsi_exec_admit(x, rank, rank + 1, x->plan->tile_bound);
}

static int next_pyramid(wsi_exec *x, wsi_task *task)
{
    for (int k = x->plan->pyramid.levels - 1; k >= 1; k--) {
        if (!pyramid_ready(x, k)) continue;
        task->kind = WSI_TASK_PYRAMID;
        task->level = k;
        task->tx = x->next_col[k]++;
        task->ty = x->next_row[k];
        task->reserved = x->plan->tile_bound;
        if (x->next_col[k] == x->plan->pyramid.tiles_x[k]) {
            x->next_col[k] = 0;
            x->next_row[k]++;
        }
        return 1;
    }
    return 0;
}

/* ---- Blocks ---- */

/* Source rows decoded from the top. */
static int64_t rows_ready(const wsi_exec *x)
{
    return wsi_min64(x->units_done * x->plan->unit_h, x->plan->h);
}

static int block_ready(const wsi_exec *x)
{
    const wsi_plan *p = x->plan;
    if (x->next_by == p->blocks_y) return 0;
    const int64_t bottom = wsi_min64((x->next_by + 1) * p->block_h + x->graph->halo_y, p->h);
    if (rows_ready(x) < bottom) return 0;
    const int64_t t = p->pyramid.tile;
    const int64_t row0 = x->next_by * p->block_rows;
    const int64_t row1 = wsi_min64(row0 + p->block_rows, p->pyramid.tiles_y[0]) - 1;
    if (!wsi_exec_room_above(x, 0, row1)) return 0;
    const int64_t tx0 = x->next_bx * (p->block_w / t);
    const int64_t tx1 = wsi_min64(tx0 + p->block_w / t, p->pyramid.tiles_x[0]);
    return wsi_exec_admit(x, x->rank[0][row0] + tx0, x->rank[0][row1] + tx1, p->block_bound);
}

static int next_block(wsi_exec *x, wsi_task *task)
{
    if (!block_ready(x)) return 0;
    task->kind = WSI_TASK_BLOCK;
    task->bx = x->next_bx++;
    task->by = x->next_by;
    x->blocks_started++;
    task->reserved = x->plan->block_bound;
    if (x->next_bx == x->plan->blocks_x) {
        x->next_bx = 0;
        x->next_by++;
    }
    return 1;
}

/* ---- Decoding ---- */

/* A unit may be decoded when the ring rows it takes belong to no row that an unfinished block reads. */
static int unit_has_room(const wsi_exec *x, int64_t unit)
{
    const wsi_plan *p = x->plan;
    const int64_t end = wsi_min64((unit + 1) * p->unit_h, p->h);
    int64_t needed_from = x->block_rows_done * p->block_h - x->graph->halo_y;
    if (needed_from < 0) needed_from = 0;
    return end - p->ring_rows <= needed_from;
}

/* Is there memory to decode a unit into? */
static int unit_has_place(wsi_exec *x, int64_t unit)
{
    return x->gpu_count ? wsi_strip_of_unit(x, unit) != NULL : unit_has_room(x, unit);
}

static int next_decode(wsi_exec *x, wsi_task *task)
{
    if (x->source_level->sequential && x->sequential_busy) return 0;
    if (!x->gpu_count && !x->plan->ring_rows) return 0;
    if (x->source_level->raw) {
        if (!x->fifo_count || !unit_has_place(x, x->fifo[x->fifo_head].unit)) return 0;
        if (x->gpu_count && !wsi_gpu_leaves_batch(x)) return 0;
        wsi_exec_pop_batch(x, &task->batch);
    } else {
        if (x->next_batch_unit == x->plan->units || !unit_has_place(x, x->next_batch_unit)) return 0;
        wsi_exec_take_batch(x, &task->batch);
    }
    task->kind = WSI_TASK_DECODE;
    task->uploading = 0;
    task->reserved = 0;
    x->sequential_busy = 1;
    if (x->gpu_count) return 1;
    const int64_t high = task->batch.unit * x->plan->unit_h + x->plan->unit_h - x->block_rows_done * x->plan->block_h;
    if (high > (int64_t)x->stats.band_rows_high) x->stats.band_rows_high = (uint64_t)high;
    return 1;
}

int wsi_exec_next(wsi_exec *x, wsi_task *task)
{
    task->kind = WSI_TASK_NONE;
    if (!next_pyramid(x, task)) {
        if (x->gpu_count && wsi_gpu_next_encode(x, task)) return 1; /* reserved when the block was started */
        if ((x->gpu_count || !next_block(x, task)) && !next_decode(x, task)) return 0;
    }
    x->encoded_used += task->reserved;
    if (x->encoded_used > x->stats.encoded_high) x->stats.encoded_high = x->encoded_used;
    return 1;
}

int wsi_exec_all_started(const wsi_exec *x)
{
    if (x->gpu_count ? x->tiles_unencoded > 0 : x->next_by < x->plan->blocks_y) return 0;
    for (int k = 1; k < x->plan->pyramid.levels; k++)
        if (x->next_row[k] < x->plan->pyramid.tiles_y[k]) return 0;
    return 1;
}

/* ---- Completion ---- */

void wsi_exec_release_raw(wsi_exec *x, wsi_batch *b)
{
    if (!b->size) return;
    x->raw_used -= b->size;
    b->size = 0;
    pthread_cond_signal(&x->raw_room);
}

void wsi_exec_batch_done(wsi_exec *x, const wsi_batch *b)
{
    const wsi_plan *p = x->plan;
    x->unit_left[b->unit] -= (int32_t)(b->nx * wsi_exec_unit_rows(x, b->unit));
    if (x->gpu_count && x->unit_left[b->unit] == 0) wsi_strip_unit_done(x, b->unit);
    while (x->units_done < p->units && x->unit_left[x->units_done] == 0) x->units_done++;
}

static void finish_decode(wsi_exec *x, wsi_task *task)
{
    x->sequential_busy = 0;
    wsi_exec_release_raw(x, &task->batch);
    if (!task->uploading) wsi_exec_batch_done(x, &task->batch);
}

void wsi_exec_block_done(wsi_exec *x, int64_t bx, int64_t by)
{
    const wsi_plan *p = x->plan;
    const wsi_rect r = wsi_exec_block_rect(p, bx, by);
    x->stats.pixels_computed += (uint64_t)r.w * (uint64_t)r.h;
    x->blocks_left[by]--;
    while (x->block_rows_done < p->blocks_y && x->blocks_left[x->block_rows_done] == 0) x->block_rows_done++;
    x->tile_rows_done[0] = wsi_min64(x->block_rows_done * p->block_rows, p->pyramid.tiles_y[0]);
}

static void finish_pyramid(wsi_exec *x, const wsi_task *task)
{
    const int k = task->level;
    x->tiles_left[k][task->ty]--;
    while (x->tile_rows_done[k] < x->plan->pyramid.tiles_y[k] && x->tiles_left[k][x->tile_rows_done[k]] == 0)
        x->tile_rows_done[k]++;
}

void wsi_exec_finished(wsi_exec *x, wsi_task *task)
{
    x->encoded_used -= task->reserved; /* what submit did not turn into waiting tiles */
    if (task->kind == WSI_TASK_DECODE) finish_decode(x, task);
    if (task->kind == WSI_TASK_BLOCK) wsi_exec_block_done(x, task->bx, task->by);
    if (task->kind == WSI_TASK_PYRAMID) finish_pyramid(x, task);
    if (task->kind == WSI_TASK_ENCODE || task->kind == WSI_TASK_HOST)
        wsi_gpu_encode_done(x, task);
    else if (x->gpu_count)
        wsi_gpu_wake_slots(x); /* there may be rows of the pyramid, or a complete strip */
}
