/* The executor: memory, threads, the first error, and the end. What it does is told in exec.h. */
#include "exec-gpu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/mem.h"
#include "common/scratch.h"

void wsi_exec_fail(wsi_exec *x, const wsi_error *err)
{
    if (!x->failed) {
        x->failed = 1;
        x->error = *err;
    }
    wsi_pool_cancel(x->pool);
    pthread_cond_broadcast(&x->raw_room);
    pthread_cond_broadcast(&x->done);
    for (int i = 0; i < x->lane_count; i++) pthread_cond_broadcast(&x->lanes[i].ready);
    for (int i = 0; i < x->gpu_count; i++) {
        pthread_cond_broadcast(&x->gpus[i]->slot_work);
        pthread_cond_broadcast(&x->gpus[i]->decode_work);
        for (int k = 0; k < x->gpus[i]->slot_count; k++) pthread_cond_broadcast(&x->gpus[i]->slots[k].encoded);
    }
}

/* ---- Workers ---- */

static wsi_status run_task(wsi_worker *w, wsi_task *task, wsi_error *err)
{
    if (task->kind != WSI_TASK_DECODE) WSI_FORWARD(wsi_gpu_settle_upload(w, err));
    switch (task->kind) {
    case WSI_TASK_DECODE:
        return wsi_exec_decode(w, task, err);
    case WSI_TASK_BLOCK:
        return wsi_exec_block(w, task, err);
    case WSI_TASK_PYRAMID:
        return wsi_exec_pyramid(w, task, err);
    case WSI_TASK_ENCODE:
    case WSI_TASK_HOST:
        return wsi_gpu_encode(w, task, err);
    case WSI_TASK_NONE:
    case WSI_TASK_KINDS:
        break;
    }
    return WSI_OK;
}

/* Called and left with the lock held: nobody may wait for what this worker is copying. 1 when there was something, so
 * that there may be more to do now. */
static int settle(wsi_worker *w)
{
    wsi_exec *x = w->exec;
    wsi_error err = {WSI_OK, ""};
    if (!w->upload.queue) return 0;
    pthread_mutex_unlock(&x->lock);
    const wsi_status status = wsi_gpu_settle_upload(w, &err);
    pthread_mutex_lock(&x->lock);
    if (status != WSI_OK) wsi_exec_fail(x, &err);
    return 1;
}

/* Under lock: the next task, if there is one that can be started now. Whoever takes one wakes the next sleeper, who
 * looks too. The time waited counts for the stage whose task ended it. */
static int take_task(wsi_worker *w, wsi_task *task, double waited)
{
    wsi_exec *x = w->exec;
    while (!x->failed && !wsi_exec_next(x, task))
        if (!settle(w)) return 0;
    if (x->failed) return 0;
    w->wait[task->kind] += waited;
    wsi_team_wake(x->in->team);
    return 1;
}

/* Called and left with the lock held: does what there is for this worker, or one task where others wait for the thread.
 * 1 when it did something. */
static int work(wsi_worker *w, double waited)
{
    wsi_exec *x = w->exec;
    wsi_task task;
    int did = 0;
    while (take_task(w, &task, did ? 0 : waited)) {
        did = 1;
        pthread_mutex_unlock(&x->lock);
        wsi_error err = {WSI_OK, ""};
        const wsi_status status = run_task(w, &task, &err);
        pthread_mutex_lock(&x->lock);
        if (status != WSI_OK) wsi_exec_fail(x, &err);
        wsi_exec_finished(w, &task);
        if (!wsi_team_is_shared(x->in->team)) continue;
        if (!x->failed) settle(w); /* nobody knows when this worker is taken again */
        break;
    }
    return did;
}

/* The executor's duty in its team. */
static int serve(void *exec, double waited)
{
    wsi_exec *x = exec;
    int did = 0;
    pthread_mutex_lock(&x->lock);
    wsi_worker *w = x->idle;
    if (w) {
        x->idle = w->next_idle;
        did = work(w, waited);
        w->next_idle = x->idle;
        x->idle = w;
    }
    pthread_mutex_unlock(&x->lock);
    return did;
}

/* ---- Set-up ---- */

static wsi_status no_memory(wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the executor's tables");
}

static void *table(int64_t n, size_t size)
{
    return wsi_calloc((size_t)n, size);
}

/* Counters of tasks left. */
static wsi_status make_counters(wsi_exec *x, wsi_error *err)
{
    const wsi_plan *p = x->plan;
    x->unit_left = table(p->units, sizeof *x->unit_left);
    x->blocks_left = table(p->blocks_y, sizeof *x->blocks_left);
    if (!x->unit_left || !x->blocks_left) return no_memory(err);
    for (int64_t u = 0; u < p->units; u++) {
        int64_t rows = x->source_level->tiles_y - u * p->unit_tiles;
        if (rows > p->unit_tiles) rows = p->unit_tiles;
        x->unit_left[u] = (int32_t)(rows * x->source_level->tiles_x);
    }
    for (int64_t b = 0; b < p->blocks_y; b++) x->blocks_left[b] = (int32_t)p->blocks_x;
    return WSI_OK;
}

static wsi_status make_ladder(wsi_exec *x, int l, wsi_error *err)
{
    const wsi_pyramid *py = &x->plan->ladders[l].pyramid;
    wsi_ladder_state *s = &x->ladders[l];
    for (int k = 0; k < py->levels; k++) {
        s->rank[k] = table(py->tiles_y[k], sizeof *s->rank[k]);
        s->tiles_left[k] = table(py->tiles_y[k], sizeof *s->tiles_left[k]);
        if (!s->rank[k] || !s->tiles_left[k]) return no_memory(err);
        for (int64_t row = 0; row < py->tiles_y[k]; row++) s->tiles_left[k][row] = (int32_t)py->tiles_x[k];
    }
    return WSI_OK;
}

/* Which ladder each rank belongs to, and whether it is of a level above 0. */
static wsi_status mark_ranks(wsi_exec *x, wsi_error *err)
{
    x->rank_ladder = table(x->ranks, 1);
    if (!x->rank_ladder) return no_memory(err);
    for (int l = 0; l < x->plan->ladder_count; l++) {
        const wsi_pyramid *py = &x->plan->ladders[l].pyramid;
        for (int k = 0; k < py->levels && x->plan->ladders[l].result_count; k++)
            for (int64_t row = 0; row < py->tiles_y[k]; row++)
                memset(x->rank_ladder + x->ladders[l].rank[k][row], l | (k ? WSI_RANK_ABOVE : 0),
                       (size_t)py->tiles_x[k]);
    }
    return WSI_OK;
}

static int has_taps(const wsi_graph *g)
{
    for (int r = 0; r < g->result_count; r++)
        if (g->results[r].tapped) return 1;
    return 0;
}

/* The canonical order. */
static wsi_status make_order(wsi_exec *x, wsi_error *err)
{
    const wsi_plan *p = x->plan;
    wsi_ordered ordered[WSI_LADDERS_MAX] = {{0}};
    int count = 0;
    for (int l = 0; l < p->ladder_count; l++) {
        if (!p->ladders[l].result_count) continue;
        WSI_FORWARD(make_ladder(x, l, err));
        ordered[count++] = (wsi_ordered){&p->ladders[l].pyramid, p->ladders[l].scale, x->ladders[l].rank};
        x->ranks += wsi_pyramid_tiles(&p->ladders[l].pyramid);
    }
    wsi_pyramid_order(ordered, count, p->h, p->cell_h);
    return count > 1 || has_taps(x->graph) ? mark_ranks(x, err) : WSI_OK;
}

/* Ranks between the first tile of a block row and its last, at most; the rings hold two such stretches. */
static int64_t longest_stretch(const wsi_exec *x)
{
    const wsi_plan *p = x->plan;
    int64_t longest = 0;
    for (int64_t b = 0; b < p->blocks_y; b++) {
        int64_t first, end, unused;
        wsi_exec_block_ranks(x, 0, b, &first, &unused);
        wsi_exec_block_ranks(x, p->blocks_x - 1, b, &unused, &end);
        longest = wsi_max64(longest, end - first);
    }
    return longest;
}

/* Tiles in one row of everything that is kept. */
static int64_t tiles_kept(const wsi_plan *p)
{
    int64_t tiles = 0;
    for (int l = 0; l < p->ladder_count; l++)
        for (int k = l == 0; k < p->ladders[l].pyramid.levels; k++) tiles += p->ladders[l].pyramid.tiles_x[k];
    return tiles;
}

static wsi_status make_lanes(wsi_exec *x, wsi_error *err)
{
    x->reorder_ranks = (2 + x->plan->gpu.devices) * longest_stretch(x) + 64 + tiles_kept(x->plan);
    if (x->reorder_ranks > x->ranks) x->reorder_ranks = x->ranks;
    for (int i = 0; i < x->in->sink_count; i++) {
        wsi_lane *lane = &x->lanes[i];
        lane->sink = &x->in->sinks[i];
        lane->exec = x;
        lane->total = x->ranks * lane->sink->result_count;
        lane->lane = wsi_trace_lane_add(x->in->spec->trace, "threads", "writer");
        pthread_cond_init(&lane->ready, NULL);
        x->lane_count++;
        lane->slots = table(x->reorder_ranks * lane->sink->result_count, sizeof *lane->slots);
        if (!lane->slots) return no_memory(err);
        wsi_exec_pass_gaps(lane);
        for (int k = 0; k < lane->sink->result_count; k++) {
            const wsi_tap *tap = x->graph->results[lane->sink->results[k]].tap;
            const size_t bound = tap ? tap->bound : wsi_sink_bound(lane->sink->sink, k);
            if (bound > lane->most) lane->most = bound;
        }
        if (lane->most > x->encode_bytes) x->encode_bytes = lane->most;
    }
    wsi_exec_expect(x);
    return WSI_OK;
}

/* Memory of the whole run. It must be there at once: waiting for it would wait for ever. */
static wsi_status reserve(wsi_exec *x, wsi_mem_kind kind, size_t size, char **out, wsi_error *err)
{
    void *p;
    WSI_FORWARD(wsi_pool_try_get(x->pool, kind, size, &p, err));
    *out = p;
    WSI_RETURN_IF(!p, WSI_ERR_NO_MEMORY, "memory: the budget does not hold %zu bytes more for %s buffers", size,
                  wsi_mem_kind_name(kind));
    return WSI_OK;
}

static wsi_status make_kept_rows(wsi_exec *x, int r, wsi_error *err)
{
    const wsi_plan *p = x->plan;
    const wsi_ladder *l = &p->ladders[p->ladder_of[r]];
    const int levels = x->graph->results[r].tapped ? 1 : l->pyramid.levels;
    for (int k = p->ladder_of[r] == 0; k < levels; k++) {
        const size_t row = (size_t)l->pyramid.w[k] * wsi_pixfmt_size(x->graph->results[r].stored);
        x->row_stride[r][k] = (row + 63) & ~(size_t)63;
        const int64_t rows = wsi_min64(l->slots[k] * p->out_tile, l->pyramid.h[k]);
        WSI_FORWARD(reserve(x, WSI_MEM_OUTPUT, x->row_stride[r][k] * (size_t)rows, &x->rows[r][k], err));
    }
    return WSI_OK;
}

static wsi_status make_returned(wsi_exec *x, wsi_error *err)
{
    for (int i = 0; i < x->lane_count; i++)
        WSI_FORWARD(reserve(x, WSI_MEM_SCRATCH, x->lanes[i].most, &x->lanes[i].returned, err));
    return WSI_OK;
}

static wsi_status make_workers(wsi_exec *x, wsi_error *err)
{
    x->workers = table(x->plan->threads, sizeof *x->workers);
    if (!x->workers) return no_memory(err);
    for (int i = 0; i < x->plan->threads; i++) {
        wsi_worker *w = &x->workers[i];
        char name[32];
        w->exec = x;
        w->next_idle = i + 1 < x->plan->threads ? w + 1 : NULL;
        snprintf(name, sizeof name, "worker %d", i);
        w->lane = wsi_trace_lane_add(x->in->spec->trace, "threads", name);
        WSI_FORWARD(reserve(x, WSI_MEM_SCRATCH, x->plan->arena.bytes, &w->arena, err));
        WSI_FORWARD(reserve(x, WSI_MEM_SCRATCH, x->encode_bytes, &w->encode, err));
        WSI_FORWARD(reserve(x, WSI_MEM_SCRATCH, x->plan->gpu.unpacked_bytes, &w->unpacked, err));
        if (x->gpu_count) WSI_FORWARD(wsi_gpu_worker_init(w, NULL, "worker", i, err));
    }
    x->idle = x->workers;
    return WSI_OK;
}

static wsi_status make_gpus(wsi_exec *x, wsi_error *err)
{
    const wsi_plan *p = x->plan;
    x->tiles_unencoded = wsi_exec_block_tiles(p, (wsi_rect){0, 0, p->w, p->h});
    if (!x->tiles_unencoded) x->tiles_unencoded = p->blocks_x * p->blocks_y; /* each is one place */
    for (int i = 0; i < p->gpu.devices; i++) WSI_FORWARD(wsi_gpu_create(x, i, err));
    WSI_FORWARD(wsi_strips_init(x, err));
    wsi_strips_deal(x);
    return wsi_gpu_check_decoder(x, err);
}

/* Batches that the reader may be ahead of the decoders. */
static int64_t batches_ahead(const wsi_plan *p)
{
    const int64_t workers = 4 * (int64_t)p->threads + 4;
    const int64_t tiles = (int64_t)p->gpu.devices * p->gpu.decoders * p->gpu.jpeg.tiles;
    return workers + 2 * wsi_ceil_div(tiles, p->batch_tiles * p->unit_tiles);
}

/* As many as leave the read-ahead several rounds. */
static int batches_a_round(const wsi_plan *p)
{
    const uint64_t fit = p->raw_max ? p->raw_cap / (4 * p->raw_max) : 1;
    return (int)wsi_min64(WSI_READ_ROUND_MAX, wsi_max64((int64_t)fit, 1));
}

static wsi_status make_memory(wsi_exec *x, wsi_error *err)
{
    const wsi_plan *p = x->plan;
    WSI_FORWARD(make_counters(x, err));
    WSI_FORWARD(make_order(x, err));
    WSI_FORWARD(make_lanes(x, err));
    if (p->gpu.devices)
        WSI_FORWARD(make_gpus(x, err));
    else if (p->ring_rows)
        WSI_FORWARD(reserve(x, WSI_MEM_BAND, p->ring_bytes, &x->ring, err));
    else
        x->units_done = p->units; /* nothing to wait for: blocks decode by themselves */
    for (int r = 0; r < x->graph->result_count; r++) WSI_FORWARD(make_kept_rows(x, r, err));
    WSI_FORWARD(make_returned(x, err));
    WSI_FORWARD(make_workers(x, err));
    x->fifo_capacity = batches_ahead(p);
    x->read_round = batches_a_round(p);
    x->reader_count = (int)wsi_min64(WSI_READERS_MAX, wsi_max64(1, x->gpu_count));
    for (int i = 0; i < x->reader_count; i++) {
        x->readers[i].exec = x;
        x->readers[i].lane = wsi_trace_lane_add(x->in->spec->trace, "threads", "reader");
    }
    for (int i = 0; i < x->gpu_count; i++) WSI_FORWARD(wsi_gpu_warmed(x->gpus[i], err));
    x->fifo = table(x->fifo_capacity, sizeof *x->fifo);
    return x->fifo ? WSI_OK : no_memory(err);
}

static void put_memory(wsi_exec *x)
{
    for (int64_t i = 0; i < x->fifo_count; i++)
        wsi_pool_put(x->pool, x->fifo[(x->fifo_head + i) % x->fifo_capacity].bytes);
    wsi_free(x->fifo);
    for (int i = 0; i < x->gpu_count; i++) wsi_gpu_drain(x->gpus[i]);
    for (int i = 0; x->workers && i < x->plan->threads; i++) {
        wsi_gpu_worker_clear(&x->workers[i]);
        wsi_pool_put(x->pool, x->workers[i].arena);
        wsi_pool_put(x->pool, x->workers[i].encode);
        wsi_pool_put(x->pool, x->workers[i].unpacked);
    }
    wsi_free(x->workers);
    for (int i = 0; i < x->lane_count; i++) {
        const int64_t n = x->reorder_ranks * x->lanes[i].sink->result_count;
        for (int64_t s = 0; x->lanes[i].slots && s < n; s++) wsi_pool_put(x->pool, x->lanes[i].slots[s].bytes);
        wsi_free(x->lanes[i].slots);
        wsi_pool_put(x->pool, x->lanes[i].returned);
        pthread_cond_destroy(&x->lanes[i].ready);
    }
    for (int r = 0; r < WSI_JOB_OUTPUTS_MAX; r++)
        for (int k = 0; k < WSI_PYRAMID_MAX; k++) wsi_pool_put(x->pool, x->rows[r][k]);
    for (int l = 0; l < WSI_LADDERS_MAX; l++)
        for (int k = 0; k < WSI_PYRAMID_MAX; k++) {
            wsi_free(x->ladders[l].rank[k]);
            wsi_free(x->ladders[l].tiles_left[k]);
        }
    for (int r = 0; r < WSI_JOB_OUTPUTS_MAX; r++) wsi_pool_put(x->pool, x->blanks[r].bytes);
    wsi_free(x->rank_ladder);
    wsi_strips_clear(x);
    for (int i = x->gpu_count - 1; i >= 0; i--) wsi_gpu_destroy(x->gpus[i]); /* pinned memory belongs to the first */
    wsi_pool_put(x->pool, x->ring);
    wsi_free(x->unit_left);
    wsi_free(x->blocks_left);
}

/* ---- Running ---- */

static wsi_status start_threads(wsi_exec *x, wsi_error *err)
{
    for (; x->lanes_started < x->lane_count; x->lanes_started++) {
        wsi_lane *lane = &x->lanes[x->lanes_started];
        WSI_FORWARD(wsi_thread_start(&lane->thread, "wsi-write", wsi_exec_writer_main, lane, err));
    }
    if (x->source_level->raw && (x->plan->ring_rows || x->gpu_count)) {
        for (; x->readers_started < x->reader_count; x->readers_started++) {
            wsi_reader *reader = &x->readers[x->readers_started];
            WSI_FORWARD(wsi_thread_start(&reader->thread, "wsi-read", wsi_exec_reader_main, reader, err));
        }
    }
    for (int i = 0; i < x->gpu_count; i++) WSI_FORWARD(wsi_gpu_start(x->gpus[i], err));
    WSI_FORWARD(wsi_team_start(x->in->team, x->plan->threads, err));
    /* Workers give way to the few that feed the GPUs: these wait for nobody but them. */
    x->duty = (wsi_duty){.serve = serve, .user = x, .yields = x->gpu_count > 0};
    wsi_team_add(x->in->team, &x->duty);
    return WSI_OK;
}

static void report_progress(wsi_exec *x)
{
    const wsi_job_spec *spec = x->in->spec;
    if (!spec->progress) return;
    const wsi_plan *p = x->plan;
    const uint64_t blocks = (uint64_t)(p->blocks_x * p->blocks_y), passes = (uint64_t)wsi_max64(1, x->in->passes);
    wsi_progress now = {.tiles_done = (uint64_t)x->in->pass * blocks + (uint64_t)x->blocks_started,
                        .tiles_total = passes * blocks};
    now.pixels_total = (uint64_t)p->w * (uint64_t)p->h;
    now.pixels_done = (uint64_t)((double)now.pixels_total * (double)now.tiles_done / (double)now.tiles_total);
    now.seconds = wsi_now() - x->start;
    now.bytes_read = x->stats.bytes_read;
    now.bytes_written = x->stats.bytes_encoded;
    pthread_mutex_unlock(&x->lock);
    spec->progress(spec->progress_user, &now);
    pthread_mutex_lock(&x->lock);
}

/* The caller's thread: progress and cancellation until the writers are through or the run failed. */
static void supervise(wsi_exec *x)
{
    pthread_mutex_lock(&x->lock);
    while (!x->failed && x->lanes_left) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 100000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&x->done, &x->lock, &until);
        if (x->in->spec->cancel && atomic_load(x->in->spec->cancel)) {
            wsi_error err;
            wsi_error_set(&err, WSI_ERR_CANCELLED, "cancelled");
            wsi_exec_fail(x, &err);
        }
        report_progress(x);
    }
    pthread_mutex_unlock(&x->lock);
}

static void join_threads(wsi_exec *x)
{
    if (x->duty.serve) wsi_team_remove(x->in->team, &x->duty);
    for (int i = 0; i < x->gpu_count; i++) wsi_gpu_join(x->gpus[i]);
    for (int i = 0; i < x->readers_started; i++) wsi_thread_join(x->readers[i].thread);
    for (int i = 0; i < x->lanes_started; i++) wsi_thread_join(x->lanes[i].thread);
}

static int compare_bad(const void *a, const void *b)
{
    const wsi_bad_tile *p = a, *q = b;
    if (p->ty != q->ty) return p->ty < q->ty ? -1 : 1;
    return (p->tx > q->tx) - (p->tx < q->tx);
}

/* Sorted, each once: without a ring a tile may have been met several times. */
static void order_bad_tiles(wsi_exec *x)
{
    if (!x->bad_count) return;
    qsort(x->bad, (size_t)x->bad_count, sizeof *x->bad, compare_bad);
    int64_t n = 1;
    for (int64_t i = 1; i < x->bad_count; i++)
        if (compare_bad(&x->bad[i], &x->bad[n - 1]) != 0) x->bad[n++] = x->bad[i];
    x->bad_count = n;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* How much of the time the slowest stage was at work. Stages: the reader, the writers, the workers (each a worker's
 * share), and on each GPU decoding, computing and copying either way. */
static double overlap(const wsi_exec *x)
{
    const wsi_exec_stats *s = &x->stats;
    const double workers = s->decode_busy + s->compute_busy + s->encode_busy + s->pyramid_busy;
    double slowest = larger(s->read_busy / x->reader_count, workers / x->plan->threads);
    for (int i = 0; i < x->lane_count; i++) slowest = larger(slowest, x->lanes[i].busy);
    for (int i = 0; i < s->gpu_count; i++) {
        const wsi_gpu_stats *g = &s->gpus[i];
        slowest = larger(slowest, larger(larger(g->decode_busy, larger(g->compute_busy, g->encode_busy)),
                                         larger(g->upload_busy, g->download_busy)));
    }
    const double ran = s->wall - s->setup;
    return ran > 0 ? slowest / ran : 0;
}

static void collect_stats(wsi_exec *x, wsi_exec_stats *stats)
{
    for (int i = 0; x->workers && i < x->plan->threads; i++) {
        const wsi_worker *w = &x->workers[i];
        x->stats.tiles_decoded += w->tiles_decoded;
        x->stats.pixels_decoded += w->pixels_decoded;
        x->stats.bytes_read += w->bytes_read;
        x->stats.decode_busy += w->decode_busy;
        x->stats.compute_busy += w->compute_busy;
        x->stats.encode_busy += w->encode_busy;
        x->stats.tiles_encoded_gpu += w->tiles_encoded_gpu;
        x->stats.pyramid_busy += w->pyramid_busy;
        x->stats.decode_wait += w->wait[WSI_TASK_DECODE];
        x->stats.compute_wait += w->wait[WSI_TASK_BLOCK] + w->wait[WSI_TASK_ENCODE] + w->wait[WSI_TASK_HOST];
        x->stats.pyramid_wait += w->wait[WSI_TASK_PYRAMID];
    }
    wsi_gpu_collect_stats(x);
    x->stats.tiles_decoded += x->stats.tiles_decoded_gpu;
    x->stats.wall = wsi_now() - x->start;
    x->stats.overlap = overlap(x);
    wsi_pool_stats(x->pool, &x->stats.memory);
    order_bad_tiles(x);
    x->stats.bad = x->bad;
    x->stats.bad_count = x->bad_count;
    *stats = x->stats;
}

static void init_sync(wsi_exec *x)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    wsi_mutex_init(&x->lock);
    wsi_mutex_init(&x->spill_lock);
    pthread_cond_init(&x->raw_room, NULL);
    pthread_cond_init(&x->done, &attr);
    pthread_condattr_destroy(&attr);
}

static void destroy_sync(wsi_exec *x)
{
    pthread_cond_destroy(&x->done);
    pthread_cond_destroy(&x->raw_room);
    pthread_mutex_destroy(&x->spill_lock);
    pthread_mutex_destroy(&x->lock);
}

static wsi_status run_threads(wsi_exec *x, wsi_error *err)
{
    wsi_error start_error = {WSI_OK, ""};
    x->lanes_left = x->lane_count;
    x->stats.setup = wsi_now() - x->start;
    if (start_threads(x, &start_error) == WSI_OK) {
        supervise(x);
    } else {
        pthread_mutex_lock(&x->lock);
        wsi_exec_fail(x, &start_error);
        pthread_mutex_unlock(&x->lock);
    }
    join_threads(x);
    return x->failed ? wsi_error_set(err, x->error.code, "%s", x->error.message) : WSI_OK;
}

wsi_status wsi_exec_run(const wsi_exec_input *in, wsi_exec_stats *stats, wsi_error *err)
{
    memset(stats, 0, sizeof *stats);
    wsi_exec *x = wsi_calloc(1, sizeof *x);
    if (!x) return no_memory(err);
    x->in = in;
    x->graph = in->graph;
    x->plan = in->plan;
    x->info = wsi_slide_get_info(in->slide);
    x->source_level = &x->info->levels[in->plan->level];
    x->start = wsi_now();
    init_sync(x);
    wsi_status status = wsi_pool_create(in->spec->memory, &x->pool, err);
    if (status == WSI_OK) status = make_memory(x, err);
    if (status == WSI_OK) status = run_threads(x, err);
    x->stats.tiles_total = (uint64_t)(x->source_level->tiles_x * x->source_level->tiles_y);
    if (x->pool)
        collect_stats(x, stats);
    else
        wsi_free(x->bad);
    put_memory(x);
    wsi_scratch_close(&x->spill);
    wsi_pool_destroy(&x->pool);
    destroy_sync(x);
    wsi_free(x);
    return status;
}
