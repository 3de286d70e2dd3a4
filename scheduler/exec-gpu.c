/* GPUs of a run: memory, threads, marks on streams, and what was measured. How it works is told in exec-gpu.h. */
#include "exec-gpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* ---- Streams with marks ---- */

static wsi_status queue_init(wsi_queue *q, wsi_gpu *gpu, wsi_error *err)
{
    q->gpu = gpu;
    WSI_FORWARD(wsi_stream_create(gpu->device, &q->stream, err));
    for (size_t i = 0; i < sizeof q->mark / sizeof q->mark[0]; i++)
        WSI_FORWARD(wsi_event_create(gpu->device, 1, &q->mark[i], err));
    return WSI_OK;
}

/* After a failed run work may still be queued: it must not outlive the memory that it uses. */
static void drain(wsi_queue *q)
{
    wsi_error ignored = {WSI_OK, ""};
    if (q->stream) (void)wsi_stream_finish(q->stream, &ignored);
}

static void queue_clear(wsi_queue *q)
{
    drain(q);
    for (size_t i = 0; i < sizeof q->mark / sizeof q->mark[0]; i++) wsi_event_destroy(&q->mark[i]);
    wsi_stream_destroy(&q->stream);
}

wsi_status wsi_queue_mark(wsi_queue *q, int i, wsi_error *err)
{
    return wsi_event_record(q->stream, q->mark[i], err);
}

wsi_status wsi_queue_wait(wsi_queue *q, int i, wsi_error *err)
{
    return wsi_event_wait(q->mark[i], err);
}

static wsi_status add_span(wsi_spans *s, float begin, float end, wsi_error *err)
{
    if (s->count == s->capacity) {
        const size_t capacity = s->capacity ? 2 * s->capacity : 256;
        struct wsi_span *more = wsi_realloc_array(s->at, capacity, sizeof *more);
        WSI_RETURN_IF(!more, WSI_ERR_NO_MEMORY, "no memory for the timeline");
        s->at = more;
        s->capacity = capacity;
    }
    s->at[s->count++] = (struct wsi_span){begin, end};
    return WSI_OK;
}

static const char *const stage_names[WSI_GPU_STAGES] = {"decode", "upload", "compute", "encode", "download"};

wsi_status wsi_queue_note(wsi_queue *q, wsi_gpu_stage stage, int from, int to, double *busy, wsi_error *err)
{
    wsi_gpu *gpu = q->gpu;
    float begin, end;
    WSI_FORWARD(wsi_event_elapsed(gpu->base, q->mark[from], &begin, err));
    WSI_FORWARD(wsi_event_elapsed(gpu->base, q->mark[to], &end, err));
    wsi_trace_add(q->lane[stage], stage_names[stage], gpu->base_time + begin / 1e3, gpu->base_time + end / 1e3,
                  gpu->exec->plan->level, q->x, q->y);
    pthread_mutex_lock(&gpu->exec->lock);
    *busy += (end - begin) / 1e3;
    const wsi_status status = add_span(&gpu->spans[stage], begin, end, err);
    pthread_mutex_unlock(&gpu->exec->lock);
    return status;
}

/* A lane of the trace for one stage of a stream. */
static void add_lane(wsi_queue *q, wsi_gpu_stage stage, const char *what, int number)
{
    char group[64], name[64];
    snprintf(group, sizeof group, "GPU %d", wsi_device_about(q->gpu->device)->index);
    snprintf(name, sizeof name, "%s %d: %s", what, number, stage_names[stage]);
    q->lane[stage] = wsi_trace_lane_add(q->gpu->exec->in->spec->trace, group, name);
}

/* ---- Memory ---- */

static wsi_status device_memory(wsi_gpu *gpu, size_t bytes, char **out, wsi_error *err)
{
    void *p;
    WSI_FORWARD(wsi_device_alloc(gpu->device, bytes, &p, err));
    gpu->bytes += bytes;
    *out = p;
    return WSI_OK;
}

static wsi_status pinned_memory(wsi_exec *x, size_t bytes, char **out, wsi_error *err)
{
    void *p;
    WSI_FORWARD(wsi_pool_charge(x->pool, WSI_MEM_PINNED, bytes, err));
    const wsi_status status = wsi_pinned_alloc(x->gpus[0]->device, bytes, &p, err);
    if (status != WSI_OK) {
        wsi_pool_discharge(x->pool, WSI_MEM_PINNED, bytes);
        return status;
    }
    *out = p;
    return WSI_OK;
}

static void put_pinned(wsi_exec *x, char **memory, size_t bytes)
{
    if (!*memory) return;
    void *p = *memory;
    wsi_pinned_free(x->gpus[0]->device, &p);
    wsi_pool_discharge(x->pool, WSI_MEM_PINNED, bytes);
    *memory = NULL;
}

static void put_device(wsi_gpu *gpu, char **memory)
{
    void *p = *memory;
    wsi_device_free(gpu->device, &p);
    *memory = NULL;
}

/* The steps' prepared state, copied to the device. */
static wsi_status upload_state(wsi_gpu *gpu, wsi_stream *stream, wsi_error *err)
{
    const wsi_graph *g = gpu->exec->graph;
    for (int i = 0; i < g->node_count; i++) {
        const wsi_node *n = &g->nodes[i];
        if (!n->state || gpu->exec->plan->gpu.on_host[i]) continue;
        char *state;
        WSI_FORWARD(device_memory(gpu, n->state_size, &state, err));
        gpu->state[i] = state;
        WSI_FORWARD(wsi_copy_to_device(stream, state, n->state, n->state_size, err));
    }
    return WSI_OK;
}

/* The moment that intervals on this device are measured from. */
static wsi_status set_base(wsi_gpu *gpu, wsi_stream *stream, wsi_error *err)
{
    WSI_FORWARD(wsi_event_create(gpu->device, 1, &gpu->base, err));
    WSI_FORWARD(wsi_event_record(stream, gpu->base, err));
    WSI_FORWARD(wsi_stream_finish(stream, err));
    gpu->base_time = wsi_now();
    return WSI_OK;
}

/* An encoder for a result whose tiles become JPEG; where memory is short the workers encode instead. */
static wsi_status make_encoder(wsi_gpu_slot *s, int r, wsi_error *err)
{
    wsi_exec *x = s->gpu->exec;
    const wsi_plan *p = x->plan;
    const int64_t t = p->out_tile;
    wsi_jpeg_encode_settings settings = {.max_tiles = (int)(wsi_ceil_div(p->block_w, t) * wsi_ceil_div(p->block_h, t))};
    size_t device, pinned;
    int position = 0;
    const wsi_lane *lane = wsi_exec_lane_of(x, r, &position);
    WSI_FORWARD(wsi_sink_jpeg(lane->sink->sink, position, &settings.encoding, err));
    if (!settings.encoding.frame.components || x->in->within) return WSI_OK; /* pixels are blanked first */
    wsi_device_jpeg_encoder_memory(&settings, &device, &pinned);
    wsi_error why = {WSI_OK, ""};
    if (!device || wsi_pool_charge(x->pool, WSI_MEM_PINNED, pinned, &why) != WSI_OK) return WSI_OK;
    const wsi_status status = wsi_device_jpeg_encoder_create(s->gpu->device, &settings, &s->jpeg[r], &why);
    if (status == WSI_OK) {
        s->jpeg_pinned[r] = pinned;
        s->gpu->bytes += device;
        return WSI_OK;
    }
    wsi_pool_discharge(x->pool, WSI_MEM_PINNED, pinned);
    if (status != WSI_ERR_NO_MEMORY) return wsi_error_set(err, why.code, "%s", why.message);
    wsi_log_write(x->in->spec->log, WSI_LOG_INFO, "%s: JPEG is encoded on the CPU: %s", x->info->path, why.message);
    return WSI_OK;
}

static void drop_encoders(wsi_gpu_slot *s)
{
    for (int r = 0; r < WSI_JOB_OUTPUTS_MAX; r++) {
        if (!s->jpeg[r]) continue;
        wsi_device_jpeg_encoder_destroy(&s->jpeg[r]);
        wsi_pool_discharge(s->gpu->exec->pool, WSI_MEM_PINNED, s->jpeg_pinned[r]);
    }
}

static wsi_status make_slot(wsi_gpu *gpu, int i, wsi_error *err)
{
    wsi_gpu_slot *s = &gpu->slots[i];
    s->gpu = gpu;
    pthread_cond_init(&s->encoded, NULL);
    gpu->slot_count++;
    WSI_FORWARD(queue_init(&s->queue, gpu, err));
    add_lane(&s->queue, WSI_GPU_COMPUTE, "slot", i);
    add_lane(&s->queue, WSI_GPU_ENCODE, "slot", i);
    add_lane(&s->queue, WSI_GPU_DOWNLOAD, "slot", i);
    WSI_FORWARD(device_memory(gpu, gpu->exec->plan->gpu.arena.bytes, &s->arena, err));
    WSI_FORWARD(pinned_memory(gpu->exec, gpu->exec->plan->gpu.pinned_bytes, &s->pinned, err));
    for (int r = 0; r < gpu->exec->graph->result_count; r++) {
        const int node = gpu->exec->graph->results[r].node;
        if (node != WSI_TILER_SOURCE && gpu->exec->plan->gpu.on_host[node]) continue;
        if (gpu->exec->plan->ladder_of[r] == 0 && !gpu->exec->graph->results[r].tapped)
            WSI_FORWARD(make_encoder(s, r, err));
    }
    return WSI_OK;
}

static wsi_status make_decoder(wsi_gpu *gpu, int i, wsi_error *err)
{
    wsi_gpu_decoder *d = &gpu->decoders[i];
    const wsi_plan *p = gpu->exec->plan;
    size_t device, pinned;
    char name[32];
    d->gpu = gpu;
    d->worker.exec = gpu->exec;
    gpu->decoder_count++;
    WSI_FORWARD(queue_init(&d->queue, gpu, err));
    add_lane(&d->queue, WSI_GPU_DECODE, "decoder", i);
    snprintf(name, sizeof name, "GPU %d: decoder %d", gpu->number, i);
    d->worker.lane = wsi_trace_lane_add(gpu->exec->in->spec->trace, "threads", name);
    wsi_device_jpeg_memory(&p->gpu.jpeg, &device, &pinned);
    WSI_FORWARD(wsi_pool_charge(gpu->exec->pool, WSI_MEM_PINNED, pinned, err));
    const wsi_status status = wsi_device_jpeg_create(gpu->device, &p->gpu.jpeg, &d->jpeg, err);
    if (status != WSI_OK) wsi_pool_discharge(gpu->exec->pool, WSI_MEM_PINNED, pinned);
    WSI_FORWARD(status);
    gpu->bytes += device;
    d->batch_capacity = p->gpu.jpeg.tiles;
    d->batches = wsi_calloc((size_t)d->batch_capacity, sizeof *d->batches);
    d->added = wsi_calloc((size_t)p->gpu.jpeg.tiles, sizeof *d->added);
    WSI_RETURN_IF(!d->batches || !d->added, WSI_ERR_NO_MEMORY, "no memory for a decoder's tables");
    return wsi_gpu_worker_init(&d->worker, gpu, "decoder", i, err);
}

static wsi_status make_all(wsi_gpu *gpu, wsi_error *err)
{
    const wsi_gpu_plan *p = &gpu->exec->plan->gpu;
    for (; gpu->strip_count < p->strips; gpu->strip_count++) {
        wsi_strip *s = &gpu->strips[gpu->strip_count];
        s->gpu = gpu;
        s->by = -1;
        WSI_FORWARD(device_memory(gpu, p->strip_bytes, &s->memory, err));
    }
    for (int i = 0; i < p->slots; i++) WSI_FORWARD(make_slot(gpu, i, err));
    WSI_FORWARD(upload_state(gpu, gpu->slots[0].queue.stream, err));
    for (int i = 0; i < gpu->strip_count && gpu->exec->in->within; i++) /* tiles that are not decoded stay so */
        WSI_FORWARD(wsi_fill_on_device(gpu->slots[0].queue.stream, gpu->strips[i].memory, 0, p->strip_bytes, err));
    WSI_FORWARD(wsi_gpu_warm(gpu, err));
    for (int i = 0; i < p->decoders; i++) WSI_FORWARD(make_decoder(gpu, i, err));
    return set_base(gpu, gpu->slots[0].queue.stream, err);
}

wsi_status wsi_gpu_create(wsi_exec *x, int number, wsi_error *err)
{
    wsi_gpu *gpu = wsi_calloc(1, sizeof *gpu);
    WSI_RETURN_IF(!gpu, WSI_ERR_NO_MEMORY, "no memory for a GPU's tables");
    gpu->exec = x;
    gpu->number = number;
    gpu->device = x->in->gpus->device[number];
    pthread_cond_init(&gpu->slot_work, NULL);
    pthread_cond_init(&gpu->decode_work, NULL);
    x->gpus[number] = gpu;
    x->gpu_count = number + 1;
    return make_all(gpu, err);
}

void wsi_gpu_drain(wsi_gpu *gpu)
{
    wsi_error ignored = {WSI_OK, ""};
    (void)wsi_gpu_warmed(gpu, &ignored);
    for (int i = 0; i < gpu->slot_count; i++) drain(&gpu->slots[i].queue);
    for (int i = 0; i < WSI_GPU_DECODERS_MAX; i++) {
        const wsi_gpu_decoder *d = &gpu->decoders[i];
        if (!d->gpu) continue;
        drain(&gpu->decoders[i].queue);
        for (int k = 0; d->worker.up && k < gpu->exec->gpu_count; k++) drain(&d->worker.up[k]);
    }
}

static void drop_decoder(wsi_gpu *gpu, wsi_gpu_decoder *d)
{
    size_t device, pinned;
    wsi_gpu_worker_clear(&d->worker);
    wsi_free(d->batches);
    wsi_free(d->added);
    wsi_device_jpeg_memory(&gpu->exec->plan->gpu.jpeg, &device, &pinned);
    if (d->jpeg) wsi_pool_discharge(gpu->exec->pool, WSI_MEM_PINNED, pinned);
    wsi_device_jpeg_destroy(&d->jpeg);
    queue_clear(&d->queue);
}

void wsi_gpu_destroy(wsi_gpu *gpu)
{
    const wsi_gpu_plan *p = &gpu->exec->plan->gpu;
    for (int i = 0; i < WSI_GPU_DECODERS_MAX; i++)
        if (gpu->decoders[i].gpu) drop_decoder(gpu, &gpu->decoders[i]);
    for (int i = 0; i < gpu->slot_count; i++) {
        wsi_gpu_slot *s = &gpu->slots[i];
        drop_encoders(s);
        put_pinned(gpu->exec, &s->pinned, p->pinned_bytes);
        put_device(gpu, &s->arena);
        queue_clear(&s->queue);
        pthread_cond_destroy(&s->encoded);
    }
    for (int i = 0; i < gpu->strip_count; i++) put_device(gpu, &gpu->strips[i].memory);
    for (int i = 0; i < WSI_NODES_MAX; i++) wsi_device_free(gpu->device, &gpu->state[i]);
    for (int i = 0; i < WSI_GPU_STAGES; i++) wsi_free(gpu->spans[i].at);
    wsi_event_destroy(&gpu->base);
    pthread_cond_destroy(&gpu->slot_work);
    pthread_cond_destroy(&gpu->decode_work);
    wsi_free(gpu);
}

wsi_status wsi_gpu_worker_init(wsi_worker *w, wsi_gpu *only, const char *what, int number, wsi_error *err)
{
    wsi_exec *x = w->exec;
    w->up = wsi_calloc((size_t)x->in->gpus->count, sizeof *w->up);
    WSI_RETURN_IF(!w->up, WSI_ERR_NO_MEMORY, "no memory for a worker's streams");
    for (int i = 0; i < x->gpu_count; i++) {
        if (only && x->gpus[i] != only) continue;
        WSI_FORWARD(queue_init(&w->up[i], x->gpus[i], err));
        add_lane(&w->up[i], WSI_GPU_UPLOAD, what, number);
    }
    return pinned_memory(x, 2 * x->plan->gpu.staging_bytes, &w->staging, err);
}

void wsi_gpu_worker_clear(wsi_worker *w)
{
    wsi_exec *x = w->exec;
    if (!x) return;
    for (int i = 0; w->up && i < x->gpu_count; i++) queue_clear(&w->up[i]);
    put_pinned(x, &w->staging, 2 * x->plan->gpu.staging_bytes);
    wsi_free(w->up);
    w->up = NULL;
}

/* ---- Threads ---- */

wsi_status wsi_gpu_start(wsi_gpu *gpu, wsi_error *err)
{
    for (; gpu->slots_started < gpu->slot_count; gpu->slots_started++) {
        wsi_gpu_slot *s = &gpu->slots[gpu->slots_started];
        WSI_FORWARD(wsi_thread_start(&s->thread, "wsi-gpu", wsi_gpu_slot_main, s, err));
    }
    for (; gpu->decoders_started < gpu->decoder_count; gpu->decoders_started++) {
        wsi_gpu_decoder *d = &gpu->decoders[gpu->decoders_started];
        WSI_FORWARD(wsi_thread_start(&d->thread, "wsi-gpu-decode", wsi_gpu_decoder_main, d, err));
    }
    return WSI_OK;
}

void wsi_gpu_join(wsi_gpu *gpu)
{
    for (int i = 0; i < gpu->slots_started; i++) wsi_thread_join(gpu->slots[i].thread);
    for (int i = 0; i < gpu->decoders_started; i++) wsi_thread_join(gpu->decoders[i].thread);
}

/* ---- What was measured ---- */

static int compare_spans(const void *a, const void *b)
{
    const struct wsi_span *p = a, *q = b;
    return (p->begin > q->begin) - (p->begin < q->begin);
}

/* Seconds in which at least one of the intervals ran. */
static double covered(wsi_spans *s)
{
    double sum = 0, reached = -1e30;
    if (s->count) qsort(s->at, s->count, sizeof *s->at, compare_spans);
    for (size_t i = 0; i < s->count; i++) {
        const double begin = s->at[i].begin > reached ? s->at[i].begin : reached;
        if (s->at[i].end > begin) sum += s->at[i].end - begin;
        if (s->at[i].end > reached) reached = s->at[i].end;
    }
    return sum / 1e3;
}

static void collect_gpu(wsi_gpu *gpu, wsi_gpu_stats *out)
{
    const wsi_device_info *about = wsi_device_about(gpu->device);
    *out = (wsi_gpu_stats){.index = about->index,
                           .decode_busy = covered(&gpu->spans[WSI_GPU_DECODE]),
                           .upload_busy = covered(&gpu->spans[WSI_GPU_UPLOAD]),
                           .compute_busy = covered(&gpu->spans[WSI_GPU_COMPUTE]),
                           .encode_busy = covered(&gpu->spans[WSI_GPU_ENCODE]),
                           .download_busy = covered(&gpu->spans[WSI_GPU_DOWNLOAD]),
                           .bytes_up = gpu->bytes_up,
                           .bytes_down = gpu->bytes_down,
                           .blocks = gpu->blocks,
                           .memory = gpu->bytes};
    snprintf(out->name, sizeof out->name, "%s", about->name);
    for (int i = 0; i < gpu->slot_count; i++) out->slot_busy[i] = gpu->slots[i].busy;
    for (int i = 0; i < gpu->decoder_count; i++) {
        out->decoder_busy[i] = gpu->decoders[i].busy;
        out->tiles_decoded += gpu->decoders[i].tiles;
    }
}

void wsi_gpu_collect_stats(wsi_exec *x)
{
    x->stats.gpu_count = x->gpu_count;
    for (int i = 0; i < x->gpu_count; i++) {
        wsi_gpu *gpu = x->gpus[i];
        collect_gpu(gpu, &x->stats.gpus[i]);
        x->stats.tiles_decoded_gpu += x->stats.gpus[i].tiles_decoded;
        for (int k = 0; k < gpu->decoder_count; k++) {
            const wsi_worker *w = &gpu->decoders[k].worker;
            x->stats.tiles_decoded += w->tiles_decoded;
            x->stats.pixels_decoded += w->pixels_decoded;
            x->stats.bytes_read += w->bytes_read;
            x->stats.decode_busy += w->decode_busy;
        }
    }
}
