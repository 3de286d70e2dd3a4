/* Choosing the next task: serial, cheap, under the executor's lock.
 *
 * Workers prefer what frees memory: rows of the pyramid, then blocks, or tiles of blocks that a GPU computed, then
 * decoding. */
#include "exec-gpu.h"

/* ---- Admission ---- */

/* May a task start that will leave `bytes` encoded bytes, as expected, the first of them at rank `first`, the last
 * before `end`? Whoever holds the next tile to be written always may: that is what keeps the writers going. */
int wsi_exec_admit(const wsi_exec *x, int64_t first, int64_t end, uint64_t bytes)
{
    const int64_t next = wsi_exec_next_rank(x);
    if (first <= next) return 1;
    return end - next <= x->reorder_ranks && x->encoded_used + bytes <= x->plan->encoded_cap;
}

/* Rows of level k + 1 that tile rows up to `row` of level k are halved into must be free. */
static int room_above(const wsi_exec *x, int l, int k, int64_t row)
{
    const wsi_ladder *ladder = &x->plan->ladders[l];
    if (k + 1 >= ladder->pyramid.levels) return 1;
    return row / 2 - x->ladders[l].tile_rows_done[k + 1] < ladder->slots[k + 1];
}

/* The whole width of block row `by`. */
static wsi_rect block_row(const wsi_plan *p, int64_t by)
{
    return (wsi_rect){0, by * p->block_h, p->w, wsi_min64(p->block_h, p->h - by * p->block_h)};
}

/* A result's share of the level's rows above `bottom`. */
static int64_t rows_of(const wsi_plan *p, const wsi_ladder *l, int64_t bottom)
{
    const wsi_rect level = {0, 0, p->w, p->h}, frame = {0, 0, l->pyramid.w[0], l->pyramid.h[0]};
    return wsi_scale_share(l->scale, (wsi_rect){0, 0, p->w, wsi_min64(bottom, p->h)}, level, frame).h;
}

int wsi_exec_block_has_room(const wsi_exec *x, int64_t by)
{
    const wsi_plan *p = x->plan;
    const wsi_rect rows = block_row(p, by);
    if (p->ladders[0].result_count && !room_above(x, 0, 0, (rows.y + rows.h - 1) / p->out_tile)) return 0;
    for (int l = 1; l < p->ladder_count; l++) {
        const int64_t last = (rows_of(p, &p->ladders[l], rows.y + rows.h) - 1) / p->out_tile;
        if (last - x->ladders[l].tile_rows_done[0] >= p->ladders[l].slots[0]) return 0;
    }
    return 1;
}

/* ---- Rows that are kept ---- */

/* Tile rows of level 0 that are complete: of ladder 0 they are out already. */
static int64_t rows_complete(const wsi_exec *x, int l)
{
    const wsi_plan *p = x->plan;
    const wsi_pyramid *py = &p->ladders[l].pyramid;
    const int64_t rows = rows_of(p, &p->ladders[l], x->block_rows_done * p->block_h);
    return rows == py->h[0] ? py->tiles_y[0] : rows / py->tile;
}

static int row_ready(const wsi_exec *x, int l, int k)
{
    const wsi_pyramid *py = &x->plan->ladders[l].pyramid;
    const wsi_ladder_state *s = &x->ladders[l];
    const int64_t row = s->next_row[k];
    if (row == py->tiles_y[k]) return 0;
    if (k == 0 && row >= rows_complete(x, l)) return 0;
    if (k > 0 && s->tile_rows_done[k - 1] < wsi_min64(2 * row + 2, py->tiles_y[k - 1])) return 0;
    if (!room_above(x, l, k, row)) return 0;
    const int64_t rank = s->rank[k][row] + s->next_col[k];
    return wsi_exec_admit(x, rank, rank + 1, x->expected[l]);
}

static void take_tile(wsi_exec *x, int l, int k, wsi_task *task)
{
    wsi_ladder_state *s = &x->ladders[l];
    task->kind = WSI_TASK_PYRAMID;
    task->ladder = l;
    task->level = k;
    task->tx = s->next_col[k]++;
    task->ty = s->next_row[k];
    task->reserved = wsi_exec_reserve(x, x->expected[l]);
    if (s->next_col[k] == x->plan->ladders[l].pyramid.tiles_x[k]) {
        s->next_col[k] = 0;
        s->next_row[k]++;
    }
}

/* Level 0 of ladder 0 is not kept; without results there it has no rows above it either. */
static int first_level(int l)
{
    return l == 0 ? 1 : 0;
}

/* The ladder, and its level, of which a tile may be made now: the highest level first. */
static int find_kept(const wsi_exec *x, int *ladder, int *level)
{
    const wsi_plan *p = x->plan;
    for (int l = 0; l < p->ladder_count; l++)
        for (int k = p->ladders[l].pyramid.levels - 1; k >= first_level(l) && p->ladders[l].result_count; k--) {
            if (!row_ready(x, l, k)) continue;
            *ladder = l;
            *level = k;
            return 1;
        }
    return 0;
}

int wsi_exec_kept_waits(const wsi_exec *x)
{
    int ladder, level;
    return find_kept(x, &ladder, &level);
}

static int next_kept(wsi_exec *x, wsi_task *task)
{
    int ladder, level;
    if (!find_kept(x, &ladder, &level)) return 0;
    take_tile(x, ladder, level, task);
    return 1;
}

/* ---- Blocks ---- */

int64_t wsi_exec_block_tiles(const wsi_plan *p, wsi_rect block)
{
    if (!p->ladders[0].result_count) return 0;
    return wsi_ceil_div(block.w, p->out_tile) * wsi_ceil_div(block.h, p->out_tile);
}

void wsi_exec_block_ranks(const wsi_exec *x, int64_t bx, int64_t by, int64_t *first, int64_t *end)
{
    const wsi_plan *p = x->plan;
    const wsi_pyramid *py = &p->ladders[0].pyramid;
    *first = *end = 0;
    if (!p->ladders[0].result_count) return;
    const int64_t row0 = by * p->block_rows, row1 = wsi_min64(row0 + p->block_rows, py->tiles_y[0]) - 1;
    const int64_t columns = p->block_w / p->out_tile, tx1 = wsi_min64((bx + 1) * columns, py->tiles_x[0]);
    *first = x->ladders[0].rank[0][row0] + bx * columns;
    *end = x->ladders[0].rank[0][row1] + tx1;
}

/* Source rows decoded from the top. */
static int64_t rows_ready(const wsi_exec *x)
{
    return wsi_min64(x->units_done * x->plan->unit_h, x->plan->h);
}

/* What a whole block is expected to leave encoded. */
static uint64_t block_expected(const wsi_exec *x)
{
    const wsi_rect whole = {0, 0, x->plan->block_w, x->plan->block_h};
    return (uint64_t)wsi_exec_block_tiles(x->plan, whole) * x->expected[0];
}

static int block_ready(const wsi_exec *x)
{
    const wsi_plan *p = x->plan;
    int64_t first, end;
    if (x->next_by == p->blocks_y) return 0;
    if (rows_ready(x) < wsi_min64((x->next_by + 1) * p->block_h + p->halo_y, p->h)) return 0;
    if (!wsi_exec_block_has_room(x, x->next_by)) return 0;
    wsi_exec_block_ranks(x, x->next_bx, x->next_by, &first, &end);
    return wsi_exec_admit(x, first, end, block_expected(x));
}

static int next_block(wsi_exec *x, wsi_task *task)
{
    if (!block_ready(x)) return 0;
    task->kind = WSI_TASK_BLOCK;
    task->bx = x->next_bx++;
    task->by = x->next_by;
    x->blocks_started++;
    task->reserved = wsi_exec_reserve(x, block_expected(x));
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
    int64_t needed_from = x->block_rows_done * p->block_h - p->halo_y;
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
    if (!next_kept(x, task)) {
        if (x->gpu_count && wsi_gpu_next_encode(x, task)) return 1; /* reserved when the block was started */
        if ((x->gpu_count || !next_block(x, task)) && !next_decode(x, task)) return 0;
    }
    return 1;
}

/* ---- Completion ---- */

void wsi_exec_release_raw(wsi_exec *x, wsi_batch *b)
{
    x->raw_used -= b->size; /* a batch without bytes has had its place in the queue all the same */
    b->size = 0;
    pthread_cond_broadcast(&x->raw_room);
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
    x->ladders[0].tile_rows_done[0] = wsi_min64(x->block_rows_done * p->block_rows, p->ladders[0].pyramid.tiles_y[0]);
}

static void finish_pyramid(wsi_exec *x, const wsi_task *task)
{
    const int k = task->level;
    wsi_ladder_state *s = &x->ladders[task->ladder];
    const int64_t rows = x->plan->ladders[task->ladder].pyramid.tiles_y[k];
    s->tiles_left[k][task->ty]--;
    while (s->tile_rows_done[k] < rows && s->tiles_left[k][s->tile_rows_done[k]] == 0) s->tile_rows_done[k]++;
}

void wsi_exec_finished(wsi_worker *w, wsi_task *task)
{
    wsi_exec *x = w->exec;
    wsi_exec_place(w, task);
    x->encoded_used -= task->reserved; /* what submit did not turn into waiting tiles */
    if (task->kind == WSI_TASK_DECODE) finish_decode(x, task);
    if (task->kind == WSI_TASK_BLOCK) wsi_exec_block_done(x, task->bx, task->by);
    if (task->kind == WSI_TASK_PYRAMID) finish_pyramid(x, task);
    if (task->kind == WSI_TASK_ENCODE || task->kind == WSI_TASK_HOST)
        wsi_gpu_encode_done(x, task);
    else if (x->gpu_count)
        wsi_gpu_wake_slots(x); /* there may be rows of the pyramid, or a complete strip */
}
