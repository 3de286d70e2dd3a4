/* Computing blocks on a device: a slot takes the next block of a complete strip, queues copies and kernels on its
 * stream, waits, and leaves the results to the CPU workers. Slots also carry rows from strip to strip. */
#include "exec-gpu.h"

#include <string.h>

#include "kernels/device-range.h"

/* ---- Choosing, under lock ---- */

/* A strip on this device that may take over rows of the strip above it. */
static wsi_strip *next_carry(wsi_gpu *gpu)
{
    wsi_exec *x = gpu->exec;
    for (int i = 0; i < gpu->strip_count; i++) {
        wsi_strip *s = &gpu->strips[i];
        if (s->by > 0 && s->carry == WSI_CARRY_WAITING && wsi_strip_complete(x->strip_of[s->by - 1])) return s;
    }
    return NULL;
}

/* The uppermost strip on this device with blocks to start. */
static wsi_strip *next_strip(wsi_gpu *gpu)
{
    wsi_strip *best = NULL;
    for (int i = 0; i < gpu->strip_count; i++) {
        wsi_strip *s = &gpu->strips[i];
        if (s->by < 0 || s->next_bx == gpu->exec->plan->blocks_x || !wsi_strip_complete(s)) continue;
        if (!best || s->by < best->by) best = s;
    }
    return best;
}

/* What is handed to CPU workers of a block: its tiles of ladder 0; without results there, the block as one. */
static int64_t places_of(const wsi_plan *p, wsi_rect block)
{
    return wsi_max64(1, wsi_exec_block_tiles(p, block));
}

/* May the strip's next block start? */
static int block_admitted(const wsi_exec *x, const wsi_strip *strip, uint64_t bytes)
{
    if (!wsi_exec_block_has_room(x, strip->by)) return 0;
    int64_t first, end;
    wsi_exec_block_ranks(x, strip->next_bx, strip->by, &first, &end);
    return wsi_exec_admit(x, first, end, bytes);
}

/* The strip whose next block may start, with what it is expected to leave encoded. */
static wsi_strip *strip_with_block(wsi_gpu *gpu, uint64_t *bytes)
{
    const wsi_plan *p = gpu->exec->plan;
    wsi_strip *strip = next_strip(gpu);
    if (!strip) return NULL;
    const wsi_rect block = wsi_exec_block_rect(p, strip->next_bx, strip->by);
    *bytes = (uint64_t)wsi_exec_block_tiles(p, block) * gpu->exec->expected[0];
    return block_admitted(gpu->exec, strip, *bytes) ? strip : NULL;
}

static int next_block(wsi_gpu_slot *s)
{
    wsi_exec *x = s->gpu->exec;
    uint64_t bytes;
    wsi_strip *strip = strip_with_block(s->gpu, &bytes);
    if (!strip) return 0;
    const wsi_rect block = wsi_exec_block_rect(x->plan, strip->next_bx, strip->by);
    s->task = (wsi_task){
        .kind = WSI_TASK_BLOCK, .bx = strip->next_bx++, .by = strip->by, .reserved = wsi_exec_reserve(x, bytes)};
    s->tiles = s->tiles_left = places_of(x->plan, block);
    s->tiles_next = 0;
    s->state = WSI_SLOT_RUNNING;
    x->blocks_started++;
    return 1;
}

static int all_blocks_started(const wsi_exec *x)
{
    return x->blocks_started == x->plan->blocks_x * x->plan->blocks_y;
}

/* Threads that would find nothing stay asleep: waking them costs the lock more than this look. */
void wsi_gpu_wake_slots(wsi_exec *x)
{
    uint64_t bytes;
    for (int i = 0; i < x->gpu_count; i++) {
        wsi_gpu *gpu = x->gpus[i];
        if (gpu->slots_waiting && (all_blocks_started(x) || next_carry(gpu) || strip_with_block(gpu, &bytes)))
            pthread_cond_signal(&gpu->slot_work);
    }
}

/* Waits for a strip to carry to (*carry) or a block (s->task); 0 when there will be none. Whoever found something
 * wakes the next. */
static int next_job(wsi_gpu_slot *s, wsi_strip **carry)
{
    wsi_gpu *gpu = s->gpu;
    wsi_exec *x = gpu->exec;
    for (;;) {
        if (x->failed || all_blocks_started(x)) return 0;
        *carry = next_carry(gpu);
        if (*carry) (*carry)->carry = WSI_CARRY_RUNNING;
        if (*carry || next_block(s)) break;
        gpu->slots_waiting++;
        pthread_cond_wait(&gpu->slot_work, &x->lock);
        gpu->slots_waiting--;
    }
    if (gpu->slots_waiting) pthread_cond_signal(&gpu->slot_work);
    return 1;
}

/* ---- Carrying ---- */

static wsi_status carry_rows(wsi_gpu_slot *s, wsi_strip *to, wsi_error *err)
{
    const wsi_exec *x = s->gpu->exec;
    const wsi_strip *from = x->strip_of[to->by - 1]; /* stays there until the carry is done */
    const wsi_rect rows = {0, to->y0, x->plan->w, wsi_min64(to->first_unit * x->plan->unit_h, x->plan->h) - to->y0};
    const wsi_image src = wsi_strip_view(from, rows), dst = wsi_strip_view(to, rows);
    const size_t bytes = (size_t)rows.h * x->plan->gpu.strip_stride;
    WSI_FORWARD(wsi_queue_mark(&s->queue, 0, err));
    if (from->gpu == to->gpu)
        WSI_FORWARD(wsi_copy_on_device(s->queue.stream, dst.data, src.data, bytes, err));
    else
        WSI_FORWARD(wsi_copy_between_devices(s->queue.stream, dst.data, to->gpu->device, src.data, from->gpu->device,
                                             bytes, err));
    WSI_FORWARD(wsi_queue_mark(&s->queue, 1, err));
    WSI_FORWARD(wsi_queue_wait(&s->queue, 1, err));
    return wsi_queue_note(&s->queue, WSI_GPU_COMPUTE, 0, 1, &s->busy, err);
}

/* ---- The graph ---- */

/* Result r's share of the block, in the slot's arena or its pinned memory. */
static wsi_image result_image(const wsi_gpu_slot *s, int r, wsi_rect block, int pinned)
{
    const wsi_exec *x = s->gpu->exec;
    const wsi_arena *a = &x->plan->gpu.arena;
    const wsi_rect share = wsi_graph_share(x->graph, r, block);
    char *at = pinned ? s->pinned + x->plan->gpu.pinned_offset[r] : s->arena + a->result_offset[r];
    return (wsi_image){at, (ptrdiff_t)a->result_stride[r], share.w, share.h, x->graph->results[r].stored};
}

static wsi_cuda_args node_args(const wsi_gpu_slot *s, int i, const wsi_view *views, const wsi_view *source)
{
    const wsi_exec *x = s->gpu->exec;
    const wsi_node *n = &x->graph->nodes[i];
    wsi_cuda_args args = {.call = {.params = n->params, .state = n->state, .inputs = n->inputs, .dst = views[i].im},
                          .device_state = s->gpu->state[i]};
    wsi_exec_place_inputs(x->graph, i, views, source, &args.call);
    args.call.scratch = s->arena + x->plan->gpu.arena.scratch_offset;
    return args;
}

/* Queues the steps from node i on that run as one kernel: plan->gpu.group[i] of them. */
static wsi_status run_group(wsi_gpu_slot *s, int i, const wsi_view *views, const wsi_view *source, wsi_error *err)
{
    const wsi_exec *x = s->gpu->exec;
    const int count = x->plan->gpu.group[i];
    if (wsi_rect_empty(views[i + count - 1].rect)) return WSI_OK; /* nothing of its result begins here */
    const wsi_op *ops[WSI_GROUP_STEPS_MAX];
    wsi_cuda_args args[WSI_GROUP_STEPS_MAX];
    for (int k = 0; k < count; k++) {
        ops[k] = x->graph->nodes[i + k].op;
        args[k] = node_args(s, i + k, views, source);
    }
    if (count == 1) return wsi_device_run(s->queue.stream, ops[0], &args[0], err);
    return wsi_device_run_group(s->queue.stream, ops, args, count, err);
}

static wsi_status copy_rows(wsi_gpu_slot *s, const wsi_image *dst, const wsi_image *src, int to_host, wsi_error *err)
{
    const size_t row = (size_t)src->w * wsi_pixfmt_size(src->fmt);
    return (to_host ? wsi_copy_rows_to_host : wsi_copy_rows_on_device)(
        s->queue.stream, dst->data, (size_t)dst->stride, src->data, (size_t)src->stride, row, (size_t)src->h, err);
}

/* Queues the device's steps for one piece. */
static wsi_status run_piece(wsi_gpu_slot *s, const wsi_strip *strip, wsi_rect block, wsi_rect core, wsi_view *views,
                            wsi_error *err)
{
    const wsi_exec *x = s->gpu->exec;
    const wsi_graph *g = x->graph;
    const wsi_plan *p = x->plan;
    wsi_rect rects[WSI_NODES_MAX], source_rect;
    wsi_tiler_backward_aligned(g->tiler, g->node_count, g->written, core, (wsi_rect){0, 0, p->w, p->h}, WSI_GPU_ALIGN,
                               rects, &source_rect);
    if (wsi_rect_empty(source_rect)) source_rect.y = strip->y0; /* a view of nothing */
    const wsi_view source = {wsi_strip_view(strip, source_rect), source_rect};
    for (int i = 0; i < g->node_count; i++) {
        const int r = wsi_exec_result_of(g, i, rects[i], core);
        char *buffer = p->gpu.no_buffer[i] ? NULL : s->arena + p->gpu.arena.node_offset[i];
        views[i].rect = rects[i];
        views[i].im =
            (wsi_image){buffer, (ptrdiff_t)p->gpu.arena.node_stride[i], rects[i].w, rects[i].h, g->nodes[i].fmt};
        if (r >= 0) {
            const wsi_image whole = result_image(s, r, block, 0);
            views[i].im = wsi_exec_result_part(g, r, &whole, block, core);
        }
    }
    for (int i = 0; i < g->node_count; i++)
        if (p->gpu.group[i]) WSI_FORWARD(run_group(s, i, views, &source, err));
    for (int r = 0; r < g->result_count; r++) {
        const int node = g->results[r].node;
        if (node == WSI_TILER_SOURCE || p->gpu.on_host[node]) continue;
        const wsi_rect share = wsi_graph_share(g, r, core);
        if (wsi_rect_empty(share)) continue;
        const wsi_image whole = result_image(s, r, block, 0), to = wsi_exec_result_part(g, r, &whole, block, core);
        const wsi_image from = wsi_image_crop(
            &views[node].im, (wsi_rect){share.x - rects[node].x, share.y - rects[node].y, share.w, share.h});
        if (from.data != to.data) WSI_FORWARD(copy_rows(s, &to, &from, 0, err));
    }
    return WSI_OK;
}

/* ---- Back to the host ---- */

static int computed_here(const wsi_exec *x, int r)
{
    const int node = x->graph->results[r].node;
    return node == WSI_TILER_SOURCE || !x->plan->gpu.on_host[node];
}

/* The block's pixels of a result in device memory. */
static wsi_image pixels_of(const wsi_gpu_slot *s, const wsi_strip *strip, wsi_rect block, int r)
{
    const int is_source = s->gpu->exec->graph->results[r].node == WSI_TILER_SOURCE;
    return is_source ? wsi_strip_view(strip, block) : result_image(s, r, block, 0);
}

static wsi_status cut_masks(wsi_gpu_slot *s, wsi_rect block, wsi_error *err)
{
    const wsi_exec *x = s->gpu->exec;
    const wsi_gpu_plan *p = &x->plan->gpu;
    for (int r = 0; r < x->graph->result_count; r++) {
        if (!p->as_bits[r]) continue;
        const wsi_image mask = result_image(s, r, block, 0);
        WSI_FORWARD(
            wsi_device_mask_tiles(s->queue.stream, &mask, x->plan->out_tile, s->arena + p->tiles_offset[r], err));
    }
    return WSI_OK;
}

static wsi_status download_results(wsi_gpu_slot *s, const wsi_strip *strip, wsi_rect block, uint64_t *bytes,
                                   wsi_error *err)
{
    const wsi_exec *x = s->gpu->exec;
    const wsi_gpu_plan *p = &x->plan->gpu;
    for (int r = 0; r < x->graph->result_count; r++) {
        if (!computed_here(x, r) || x->graph->results[r].same_as >= 0 || wsi_exec_stays_on_device(x, r)) continue;
        const size_t tiles = p->as_bits[r] ? wsi_mask_tile_bytes(x->plan->out_tile) * (size_t)s->tiles : 0;
        const wsi_image src = pixels_of(s, strip, block, r), dst = result_image(s, r, block, 1);
        if (src.w <= 0 || src.h <= 0) continue;
        if (tiles)
            WSI_FORWARD(wsi_copy_to_host(s->queue.stream, dst.data, s->arena + p->tiles_offset[r], tiles, err));
        else
            WSI_FORWARD(copy_rows(s, &dst, &src, 1, err));
        *bytes += tiles ? tiles : (uint64_t)src.w * (uint64_t)src.h * wsi_pixfmt_size(src.fmt);
    }
    return WSI_OK;
}

/* Queues the encoding of results that become JPEG; the pixels go to the host as well, for the pyramid. */
static wsi_status encode_results(wsi_gpu_slot *s, const wsi_strip *strip, wsi_rect block, wsi_error *err)
{
    const wsi_exec *x = s->gpu->exec;
    for (int r = 0; r < x->graph->result_count; r++) {
        if (!s->jpeg[r]) continue;
        s->encodes = 1;
        const wsi_image pixels = pixels_of(s, strip, block, r);
        WSI_FORWARD(wsi_device_jpeg_encode(s->jpeg[r], s->queue.stream, &pixels, err));
    }
    return WSI_OK;
}

/* A view of what steps on the host read, in pinned memory. */
static wsi_view export_view(const wsi_gpu_slot *s, int i)
{
    const wsi_exec *x = s->gpu->exec;
    const wsi_graph *g = x->graph;
    const wsi_rect r = s->export_rect[i];
    const wsi_pixfmt fmt = i == g->node_count ? g->source : g->nodes[i].fmt;
    return (wsi_view){
        {s->pinned + x->plan->gpu.export_offset[i], (ptrdiff_t)x->plan->gpu.export_stride[i], r.w, r.h, fmt}, r};
}

/* What steps on the host read of a device's results and of the source. The piece is the whole block then. */
static wsi_status download_exports(wsi_gpu_slot *s, const wsi_strip *strip, wsi_rect block, const wsi_view *views,
                                   uint64_t *bytes, wsi_error *err)
{
    const wsi_exec *x = s->gpu->exec;
    const wsi_graph *g = x->graph;
    const wsi_rect level = {0, 0, x->plan->w, x->plan->h};
    for (int i = 0; i <= g->node_count; i++) {
        if (!x->plan->gpu.export_stride[i]) continue;
        const int is_source = i == g->node_count;
        const wsi_rect r = is_source ? wsi_rect_intersect(wsi_rect_grow(block, x->plan->halo_x, x->plan->halo_y), level)
                                     : views[i].rect;
        const wsi_image src = is_source ? wsi_strip_view(strip, r) : views[i].im;
        s->export_rect[i] = r;
        if (wsi_rect_empty(r)) continue;
        const wsi_view to = export_view(s, i);
        WSI_FORWARD(copy_rows(s, &to.im, &src, 1, err));
        *bytes += (uint64_t)r.w * (uint64_t)r.h * wsi_pixfmt_size(src.fmt);
    }
    return WSI_OK;
}

wsi_status wsi_gpu_queue_piece(wsi_gpu_slot *s, const wsi_strip *strip, wsi_rect block, wsi_error *err)
{
    const wsi_plan *p = s->gpu->exec->plan;
    const wsi_rect core = {block.x, block.y, wsi_min64(p->piece_w, block.w), wsi_min64(p->piece_h, block.h)};
    wsi_view views[WSI_NODES_MAX];
    WSI_FORWARD(run_piece(s, strip, block, core, views, err));
    return core.w == block.w && core.h == block.h ? cut_masks(s, block, err) : WSI_OK;
}

/* Everything from kernels to copies, with marks between the stages. */
static wsi_status queue_block(wsi_gpu_slot *s, const wsi_strip *strip, uint64_t *bytes, wsi_error *err)
{
    const wsi_plan *p = s->gpu->exec->plan;
    const wsi_rect block = wsi_exec_block_rect(p, s->task.bx, s->task.by);
    wsi_view views[WSI_NODES_MAX];
    WSI_FORWARD(wsi_queue_mark(&s->queue, 0, err));
    for (int64_t y = 0; y < block.h; y += p->piece_h)
        for (int64_t left = 0; left < block.w; left += p->piece_w) {
            const wsi_rect core = {block.x + left, block.y + y, wsi_min64(p->piece_w, block.w - left),
                                   wsi_min64(p->piece_h, block.h - y)};
            if (!wsi_exec_is_blank(s->gpu->exec, core)) WSI_FORWARD(run_piece(s, strip, block, core, views, err));
        }
    WSI_FORWARD(cut_masks(s, block, err));
    WSI_FORWARD(wsi_queue_mark(&s->queue, 1, err));
    WSI_FORWARD(encode_results(s, strip, block, err));
    WSI_FORWARD(wsi_queue_mark(&s->queue, 2, err));
    WSI_FORWARD(download_results(s, strip, block, bytes, err));
    WSI_FORWARD(download_exports(s, strip, block, views, bytes, err));
    return wsi_queue_mark(&s->queue, 3, err);
}

/* Gives tiles that are taken on the device: the block is computed, and its memory stays until this returns. */
static wsi_status give_tiles(wsi_gpu_slot *s, const wsi_strip *strip, wsi_error *err)
{
    const wsi_exec *x = s->gpu->exec;
    const wsi_rect block = wsi_exec_block_rect(x->plan, s->task.bx, s->task.by);
    const int device = wsi_device_about(s->gpu->device)->index;
    for (int r = 0; r < x->graph->result_count; r++) {
        if (!wsi_exec_takes_on_device(x, r)) continue;
        const wsi_image pixels = pixels_of(s, strip, block, r);
        WSI_FORWARD(wsi_exec_take_block(x, r, block, &pixels, device, err));
    }
    return WSI_OK;
}

static wsi_status run_block(wsi_gpu_slot *s, const wsi_strip *strip, wsi_error *err)
{
    wsi_exec *x = s->gpu->exec;
    uint64_t bytes = 0;
    if (wsi_exec_is_blank(x, wsi_exec_block_rect(x->plan, s->task.bx, s->task.by))) return WSI_OK;
    s->queue.x = s->task.bx;
    s->queue.y = s->task.by;
    wsi_range_begin("compute");
    const wsi_status status = queue_block(s, strip, &bytes, err);
    wsi_range_end();
    WSI_FORWARD(status);
    WSI_FORWARD(wsi_queue_wait(&s->queue, 3, err));
    WSI_FORWARD(wsi_queue_note(&s->queue, WSI_GPU_COMPUTE, 0, 1, &s->busy, err));
    if (s->encodes) WSI_FORWARD(wsi_queue_note(&s->queue, WSI_GPU_ENCODE, 1, 2, &s->busy, err));
    WSI_FORWARD(wsi_queue_note(&s->queue, WSI_GPU_DOWNLOAD, 2, 3, &s->busy, err));
    pthread_mutex_lock(&x->lock);
    s->gpu->bytes_down += bytes;
    s->gpu->blocks++;
    pthread_mutex_unlock(&x->lock);
    return give_tiles(s, strip, err);
}

/* ---- The thread ---- */

/* Under lock: the strip is read, the results wait for the workers. Waits until they are encoded. */
static void hand_over(wsi_gpu_slot *s, wsi_strip *strip)
{
    wsi_exec *x = s->gpu->exec;
    const wsi_plan *p = x->plan;
    const wsi_rect block = wsi_exec_block_rect(p, s->task.bx, s->task.by);
    wsi_strip_block_read(strip);
    s->pieces_next = 0;
    s->pieces = wsi_ceil_div(block.w, p->gpu.host_piece_w) * wsi_ceil_div(block.h, p->gpu.host_piece_h);
    s->pieces_left = s->pieces;
    s->state = p->gpu.host_nodes ? WSI_SLOT_HOST : WSI_SLOT_ENCODING;
    wsi_team_wake(x->in->team); /* who takes something wakes the next */
    wsi_gpu_wake_decoders(x);   /* a strip may have been dealt */
    wsi_gpu_wake_slots(x);
    while (s->tiles_left && !x->failed) pthread_cond_wait(&s->encoded, &x->lock);
    s->state = WSI_SLOT_FREE;
}

void *wsi_gpu_slot_main(void *arg)
{
    wsi_gpu_slot *s = arg;
    wsi_exec *x = s->gpu->exec;
    wsi_strip *carry;
    pthread_mutex_lock(&x->lock);
    while (next_job(s, &carry)) {
        wsi_error err = {WSI_OK, ""};
        wsi_strip *strip = carry ? carry : x->strip_of[s->task.by];
        pthread_mutex_unlock(&x->lock);
        const wsi_status status = carry ? carry_rows(s, carry, &err) : run_block(s, strip, &err);
        pthread_mutex_lock(&x->lock);
        if (status != WSI_OK) {
            wsi_exec_fail(x, &err);
        } else if (carry) {
            wsi_strip_carried(carry);
            wsi_team_wake(x->in->team);
            wsi_gpu_wake_decoders(x);
            wsi_gpu_wake_slots(x);
        } else {
            hand_over(s, strip);
        }
    }
    wsi_gpu_wake_slots(x); /* so that the others see the end */
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

/* ---- The CPU workers' part ---- */

/* The slot whose block is uppermost, leftmost, among those in a state with something left to take. */
static wsi_gpu_slot *slot_with_work(const wsi_exec *x)
{
    wsi_gpu_slot *best = NULL;
    for (int i = 0; i < x->gpu_count; i++)
        for (int k = 0; k < x->gpus[i]->slot_count; k++) {
            wsi_gpu_slot *s = &x->gpus[i]->slots[k];
            const int has = (s->state == WSI_SLOT_HOST && s->pieces_next < s->pieces) ||
                            (s->state == WSI_SLOT_ENCODING && s->tiles_next < s->tiles);
            if (!has) continue;
            if (!best || s->task.by < best->task.by || (s->task.by == best->task.by && s->task.bx < best->task.bx))
                best = s;
        }
    return best;
}

enum { TILE_PIXELS_A_TASK = 1 << 19 }; /* long enough for the lock not to matter, short enough to share out */

int wsi_gpu_next_encode(wsi_exec *x, wsi_task *task)
{
    wsi_gpu_slot *s = slot_with_work(x);
    if (!s) return 0;
    *task = (wsi_task){.slot = s, .bx = s->task.bx, .by = s->task.by};
    if (s->state == WSI_SLOT_HOST) {
        task->kind = WSI_TASK_HOST;
        task->first = s->pieces_next++;
        task->count = 1;
        return 1;
    }
    const int64_t t = x->plan->out_tile, many = TILE_PIXELS_A_TASK / (t * t);
    task->kind = WSI_TASK_ENCODE;
    task->first = s->tiles_next;
    task->count = wsi_min64(many > 1 ? many : 1, s->tiles - s->tiles_next);
    task->reserved = s->task.reserved / (uint64_t)(s->tiles - s->tiles_next) * (uint64_t)task->count;
    if (task->count == s->tiles - s->tiles_next) task->reserved = s->task.reserved;
    s->task.reserved -= task->reserved;
    s->tiles_next += task->count;
    x->tiles_unencoded -= task->count;
    return 1;
}

void wsi_gpu_encode_done(wsi_exec *x, const wsi_task *task)
{
    wsi_gpu_slot *s = task->slot;
    if (task->kind == WSI_TASK_HOST) {
        s->pieces_left--;
        if (s->pieces_left) return;
        s->state = WSI_SLOT_ENCODING;
        wsi_team_wake(x->in->team);
        return;
    }
    s->tiles_left -= task->count;
    if (s->tiles_left) return;
    wsi_exec_block_done(x, task->bx, task->by);
    wsi_gpu_wake_slots(x);
    pthread_cond_signal(&s->encoded);
}

/* One piece of the steps that run on the host. */
static wsi_status run_on_host(wsi_worker *w, const wsi_task *task, wsi_rect block, wsi_error *err)
{
    const wsi_exec *x = w->exec;
    const wsi_plan *p = x->plan;
    wsi_image results[WSI_JOB_OUTPUTS_MAX];
    for (int r = 0; r < x->graph->result_count; r++) results[r] = result_image(task->slot, r, block, 1);
    const int64_t columns = wsi_ceil_div(block.w, p->gpu.host_piece_w);
    const wsi_rect piece = wsi_grid_rect(block.w, block.h, p->gpu.host_piece_w, p->gpu.host_piece_h,
                                         task->first % columns, task->first / columns);
    const wsi_rect core = {block.x + piece.x, block.y + piece.y, piece.w, piece.h};
    if (wsi_exec_is_blank(x, core)) return WSI_OK;
    wsi_view given[WSI_NODES_MAX + 1] = {0};
    const double start = wsi_now();
    for (int i = 0; i <= x->graph->node_count; i++)
        if (p->gpu.export_stride[i]) given[i] = export_view(task->slot, i);
    const wsi_status status = wsi_exec_run_piece(w, &given[x->graph->node_count], given, block, core, results, err);
    const double end = wsi_now();
    w->compute_busy += end - start;
    wsi_trace_add(w->lane, "compute", start, end, p->level, task->bx, task->by);
    return status;
}

/* Tile i of the block: from the device's encoder where it has it. */
static wsi_status output_tile(wsi_worker *w, wsi_task *task, int r, int i, int64_t tx, int64_t ty,
                              const wsi_image *tile, wsi_error *err)
{
    const wsi_gpu_slot *s = task->slot;
    size_t size;
    const double start = wsi_now();
    if (!s->jpeg[r] || !wsi_device_jpeg_encoder_take(s->jpeg[r], i, w->encode, w->exec->encode_bytes, &size))
        return wsi_exec_output_tile(w, task, r, 0, tx, ty, tile, err);
    WSI_FORWARD(wsi_exec_submit_encoded(w, task, r, 0, tx, ty, size, err));
    const double end = wsi_now();
    w->encode_busy += end - start;
    w->tiles_encoded_gpu++;
    wsi_trace_add(w->lane, "take", start, end, 0, tx, ty);
    wsi_exec_halve(w, r, 0, tx, ty, tile);
    return WSI_OK;
}

/* Bits as BOOL. */
static void unpack(uint8_t *out, const uint8_t *bits, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const uint64_t spread = bits[i] * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
        const uint64_t bools = (spread + UINT64_C(0x7F7F7F7F7F7F7F7F)) >> 7 & UINT64_C(0x0101010101010101);
        memcpy(out + 8 * i, &bools, sizeof bools);
    }
}

/* Tile i of a mask that came as bits; in: its place in the block. Whole tiles go to sinks that take bits as they are.
 */
static wsi_status mask_tile(wsi_worker *w, wsi_task *task, int r, int64_t i, int64_t tx, int64_t ty, wsi_rect in,
                            wsi_error *err)
{
    const wsi_plan *p = w->exec->plan;
    const int64_t t = p->out_tile;
    const uint8_t *bits =
        (const uint8_t *)task->slot->pinned + p->gpu.pinned_offset[r] + (size_t)i * wsi_mask_tile_bytes(t);
    int taken = 0;
    if (in.w == t && in.h == t && !w->exec->graph->results[r].tapped)
        WSI_FORWARD(wsi_exec_submit_bits(w, task, r, 0, tx, ty, bits, &taken, err));
    if (taken) {
        wsi_exec_halve_bits(w, r, 0, tx, ty, bits);
        return WSI_OK;
    }
    unpack((uint8_t *)w->unpacked, bits, in.h * t / 8);
    const wsi_image tile = {w->unpacked, (ptrdiff_t)t, in.w, in.h, {WSI_BOOL, 1}};
    return wsi_exec_output_tile(w, task, r, 0, tx, ty, &tile, err);
}

/* Tiles [first, first + count) of ladder 0 in the task's block. */
static wsi_status output_tiles(wsi_worker *w, wsi_task *task, wsi_rect block, const wsi_image *results, wsi_error *err)
{
    const wsi_plan *p = w->exec->plan;
    const wsi_ladder *l = &p->ladders[0];
    const int64_t t = p->out_tile, columns = wsi_ceil_div(block.w, t);
    for (int64_t i = task->first; i < task->first + task->count; i++) {
        const wsi_rect in = wsi_grid_rect(block.w, block.h, t, t, i % columns, i / columns);
        const int64_t tx = (block.x + in.x) / t, ty = (block.y + in.y) / t;
        for (int k = 0; k < l->result_count; k++) {
            const int r = l->results[k];
            if (p->gpu.as_bits[r]) {
                WSI_FORWARD(mask_tile(w, task, r, i, tx, ty, in, err));
                continue;
            }
            const wsi_image tile = wsi_image_crop(&results[r], in);
            WSI_FORWARD(output_tile(w, task, r, (int)i, tx, ty, &tile, err));
        }
    }
    return WSI_OK;
}

wsi_status wsi_gpu_encode(wsi_worker *w, wsi_task *task, wsi_error *err)
{
    const wsi_exec *x = w->exec;
    const wsi_rect block = wsi_exec_block_rect(x->plan, task->bx, task->by);
    wsi_image results[WSI_JOB_OUTPUTS_MAX];
    for (int r = 0; r < x->graph->result_count; r++) results[r] = result_image(task->slot, r, block, 1);
    if (task->kind == WSI_TASK_HOST) return run_on_host(w, task, block, err);
    if (task->first == 0) wsi_exec_keep_shares(w, block, results);
    return x->plan->ladders[0].result_count ? output_tiles(w, task, block, results, err) : WSI_OK;
}
