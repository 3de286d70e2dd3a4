/* Decoding by devices from the compressed bytes, and the sharing of batches between them and the CPU workers
 * (exec-gpu-upload.c). Both give the same pixels, so it does not matter who takes a tile: whoever is free does.
 *
 * What a device's decoder refuses, or finds irregular, is decoded by its thread on the CPU. */
#include "exec-gpu.h"

#include <string.h>

#include "common/mem.h"
#include "kernels/device-range.h"

/* ---- Sharing ---- */

/* Devices decode where they can. A worker takes a batch when no device is waiting for one, and when the devices, at
 * the rates measured so far, would take longer to come to the end of what is waiting than the worker takes for the
 * batch. */
int wsi_gpu_leaves_batch(const wsi_exec *x)
{
    double rate = 0;
    int decoders = 0;
    for (int i = 0; i < x->gpu_count; i++) {
        const wsi_gpu *gpu = x->gpus[i];
        decoders += gpu->decoder_count;
        if (gpu->decoders_waiting) return 0;
        for (int k = 0; k < gpu->decoder_count; k++) rate += gpu->decoders[k].rate;
    }
    if (!decoders) return 1;
    if (x->in->spec->decoder == WSI_DECODER_GPU) return 0;
    if (rate <= 0 || x->cpu_rate <= 0) return x->cpu_rate <= 0; /* one batch to measure by */
    const double batch = (double)wsi_exec_batch_tiles(x, &x->fifo[x->fifo_head]);
    return (double)x->fifo_tiles / rate > batch / x->cpu_rate;
}

/* ---- By a device ---- */

/* Under lock: does the next batch belong to this device? */
static int has_batch(const wsi_gpu *gpu)
{
    wsi_exec *x = gpu->exec;
    if (!x->fifo_count) return 0;
    const wsi_strip *s = wsi_strip_of_unit(x, x->fifo[x->fifo_head].unit);
    return s && s->gpu == gpu;
}

/* Under lock: takes a fair share of the batches that are waiting and belong to strips on this device. */
static int take_batches(wsi_gpu_decoder *d)
{
    wsi_exec *x = d->gpu->exec;
    const int64_t share = x->fifo_tiles / (d->gpu->decoders_waiting + 1);
    int64_t most = share > 64 ? share : 64, tiles = 0;
    if (most > x->plan->gpu.jpeg.tiles) most = x->plan->gpu.jpeg.tiles;
    d->batch_count = 0;
    while (d->batch_count < d->batch_capacity && has_batch(d->gpu)) {
        const int64_t n = wsi_exec_batch_tiles(x, &x->fifo[x->fifo_head]);
        if (d->batch_count && tiles + n > most) break;
        wsi_exec_pop_batch(x, &d->batches[d->batch_count++]);
        tiles += n;
    }
    if (d->batch_count) pthread_cond_broadcast(&x->raw_room);
    return d->batch_count > 0;
}

/* Under lock: 1 when no batch will come any more. */
static int no_more(const wsi_exec *x)
{
    return x->failed || (x->fifo_count == 0 && x->read_all);
}

void wsi_gpu_wake_decoders(wsi_exec *x)
{
    for (int i = 0; i < x->gpu_count; i++) {
        wsi_gpu *gpu = x->gpus[i];
        if (gpu->decoders_waiting && (no_more(x) || has_batch(gpu))) pthread_cond_signal(&gpu->decode_work);
    }
}

static int wait_for_batches(wsi_gpu_decoder *d)
{
    wsi_gpu *gpu = d->gpu;
    wsi_exec *x = gpu->exec;
    while (!x->failed && !take_batches(d)) {
        if (no_more(x)) return 0;
        gpu->decoders_waiting++;
        pthread_cond_wait(&gpu->decode_work, &x->lock);
        gpu->decoders_waiting--;
    }
    if (x->fifo_count) wsi_gpu_wake_decoders(x);
    return !x->failed;
}

/* Decodes one tile on the CPU and copies it to its place. */
static wsi_status decode_refused(wsi_gpu_decoder *d, const wsi_batch *b, int i, int with_bytes, wsi_error *err)
{
    wsi_exec *x = d->gpu->exec;
    wsi_worker *w = &d->worker;
    int64_t tx, ty;
    wsi_exec_batch_tile(x, b, i, &tx, &ty);
    const wsi_rect r = wsi_slide_tile_rect(x->in->slide, x->plan->level, tx, ty);
    const wsi_image dst = wsi_gpu_staging(w, r);
    const void *bytes = with_bytes && b->bytes && b->length[i] ? (const char *)b->bytes + b->at[i] : NULL;
    const double start = wsi_now();
    WSI_FORWARD(wsi_exec_decode_tile(w, tx, ty, bytes, bytes ? b->length[i] : 0, &dst, err));
    const double end = wsi_now();
    w->decode_busy += end - start;
    wsi_trace_add(w->lane, "decode", start, end, x->plan->level, tx, ty);
    return wsi_gpu_upload(w, wsi_gpu_strip_of_unit(x, b->unit), r, err);
}

static wsi_status queue_added(wsi_gpu_decoder *d, wsi_error *err)
{
    wsi_range_begin("decode");
    wsi_status status = wsi_queue_mark(&d->queue, 0, err);
    if (status == WSI_OK) status = wsi_device_jpeg_run(d->jpeg, d->queue.stream, err);
    if (status == WSI_OK) status = wsi_queue_mark(&d->queue, 1, err);
    wsi_range_end();
    return status;
}

/* Queues what has been added, waits, and decodes on the CPU what the device found irregular. */
static wsi_status run_added(wsi_gpu_decoder *d, wsi_error *err)
{
    const int n = wsi_device_jpeg_count(d->jpeg);
    if (!n) return WSI_OK;
    d->queue.x = d->batches[d->added[0].batch].tx;
    d->queue.y = d->batches[d->added[0].batch].unit;
    WSI_FORWARD(queue_added(d, err));
    WSI_FORWARD(wsi_queue_wait(&d->queue, 1, err));
    WSI_FORWARD(wsi_queue_note(&d->queue, WSI_GPU_DECODE, 0, 1, &d->busy, err));
    for (int i = 0; i < n; i++) {
        if (wsi_device_jpeg_ok(d->jpeg, i))
            d->tiles++;
        else
            WSI_FORWARD(decode_refused(d, &d->batches[d->added[i].batch], d->added[i].index, 0, err));
    }
    wsi_device_jpeg_clear(d->jpeg);
    return WSI_OK;
}

static wsi_status add_tile(wsi_gpu_decoder *d, const wsi_strip *strip, int batch, int i, wsi_error *err)
{
    wsi_exec *x = d->gpu->exec;
    const wsi_batch *b = &d->batches[batch];
    const void *bytes = (const char *)b->bytes + b->at[i];
    int64_t tx, ty;
    int usable = 0;
    wsi_jpeg_frame frame;
    wsi_exec_batch_tile(x, b, i, &tx, &ty);
    if (!wsi_exec_tile_needed(x, tx, ty)) return WSI_OK;
    if (b->bytes && b->length[i])
        WSI_FORWARD(
            wsi_slide_jpeg_frame(x->in->slide, x->plan->level, tx, ty, bytes, b->length[i], &frame, &usable, err));
    if (!usable) return decode_refused(d, b, i, 1, err);
    const wsi_image dst = wsi_strip_view(strip, wsi_slide_tile_rect(x->in->slide, x->plan->level, tx, ty));
    wsi_device_jpeg_added added = wsi_device_jpeg_add(d->jpeg, &frame, bytes, b->length[i], &dst);
    if (added == WSI_DEVICE_JPEG_FULL) {
        WSI_FORWARD(run_added(d, err));
        added = wsi_device_jpeg_add(d->jpeg, &frame, bytes, b->length[i], &dst);
    }
    if (added != WSI_DEVICE_JPEG_ADDED) return decode_refused(d, b, i, 1, err);
    d->added[wsi_device_jpeg_count(d->jpeg) - 1].batch = batch;
    d->added[wsi_device_jpeg_count(d->jpeg) - 1].index = i;
    return WSI_OK;
}

static wsi_status decode_batches(wsi_gpu_decoder *d, wsi_error *err)
{
    wsi_exec *x = d->gpu->exec;
    for (int k = 0; k < d->batch_count; k++) {
        wsi_batch *b = &d->batches[k];
        const wsi_strip *strip = wsi_gpu_strip_of_unit(x, b->unit);
        const double start = wsi_now();
        for (int i = 0; i < wsi_exec_batch_tiles(x, b); i++) WSI_FORWARD(add_tile(d, strip, k, i, err));
        d->bytes += b->size;
        wsi_trace_add(d->worker.lane, "prepare", start, wsi_now(), x->plan->level, b->tx, b->unit);
        wsi_pool_put(x->pool, b->bytes);
        b->bytes = NULL;
        pthread_mutex_lock(&x->lock);
        wsi_exec_release_raw(x, b);
        pthread_mutex_unlock(&x->lock);
    }
    return run_added(d, err);
}

/* Under lock: the batches are where they belong, or the run failed. */
static void finish_batches(wsi_gpu_decoder *d, wsi_status status, double seconds)
{
    wsi_exec *x = d->gpu->exec;
    int64_t tiles = 0;
    for (int k = 0; k < d->batch_count; k++) {
        wsi_pool_put(x->pool, d->batches[k].bytes);
        d->batches[k].bytes = NULL;
        wsi_exec_release_raw(x, &d->batches[k]);
        tiles += wsi_exec_batch_tiles(x, &d->batches[k]);
        if (status == WSI_OK) wsi_exec_batch_done(x, &d->batches[k]);
    }
    d->gpu->bytes_up += d->bytes;
    d->bytes = 0;
    d->batch_count = 0;
    const double rate = seconds > 0 ? (double)tiles / seconds : 0;
    d->rate = d->rate > 0 ? 0.7 * d->rate + 0.3 * rate : rate;
}

void *wsi_gpu_decoder_main(void *arg)
{
    wsi_gpu_decoder *d = arg;
    wsi_exec *x = d->gpu->exec;
    pthread_mutex_lock(&x->lock);
    while (wait_for_batches(d)) {
        pthread_mutex_unlock(&x->lock);
        wsi_error err = {WSI_OK, ""};
        const double start = wsi_now();
        const wsi_status status = decode_batches(d, &err);
        const double seconds = wsi_now() - start;
        pthread_mutex_lock(&x->lock);
        finish_batches(d, status, seconds);
        if (status != WSI_OK) wsi_exec_fail(x, &err);
        wsi_gpu_wake_slots(x);
        wsi_exec_wake_for_batch(x);
    }
    wsi_gpu_wake_decoders(x); /* so that the others see the end */
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

/* ---- Trust ---- */

static wsi_status decode_both(wsi_gpu_decoder *d, int64_t tx, int64_t ty, const void *bytes, size_t size,
                              const wsi_jpeg_frame *frame, char *cpu, char *gpu, int *decoded, wsi_error *err)
{
    wsi_exec *x = d->gpu->exec;
    wsi_strip *s = &d->gpu->strips[0];
    const wsi_rect r = wsi_slide_tile_rect(x->in->slide, x->plan->level, tx, ty);
    const size_t row = (size_t)r.w * wsi_pixfmt_size(x->graph->source);
    const wsi_image on_device = {s->memory, (ptrdiff_t)row, r.w, r.h, x->graph->source};
    const wsi_image on_cpu = {cpu, (ptrdiff_t)row, r.w, r.h, x->graph->source};
    *decoded = 0;
    if (wsi_device_jpeg_add(d->jpeg, frame, bytes, size, &on_device) != WSI_DEVICE_JPEG_ADDED) return WSI_OK;
    WSI_FORWARD(wsi_device_jpeg_run(d->jpeg, d->queue.stream, err));
    WSI_FORWARD(wsi_copy_to_host(d->queue.stream, gpu, s->memory, row * (size_t)r.h, err));
    WSI_FORWARD(wsi_stream_finish(d->queue.stream, err));
    *decoded = wsi_device_jpeg_ok(d->jpeg, 0);
    wsi_device_jpeg_clear(d->jpeg);
    wsi_error ignored = {WSI_OK, ""}; /* a tile the CPU cannot decode tells nothing here; the run will meet it */
    if (*decoded && wsi_slide_read_tile(x->in->slide, x->plan->level, tx, ty, bytes, size, &on_cpu, &ignored) != WSI_OK)
        *decoded = 0;
    return WSI_OK;
}

/* One tile on both: *verdict 1 = the same pixels, 0 = different, -1 = the device does not decode this tile. */
static wsi_status compare_tile(wsi_gpu_decoder *d, int64_t tx, int64_t ty, int *verdict, wsi_error *err)
{
    wsi_exec *x = d->gpu->exec;
    const wsi_tile_span span = wsi_slide_tile_span(x->in->slide, x->plan->level, tx, ty);
    const wsi_rect r = wsi_slide_tile_rect(x->in->slide, x->plan->level, tx, ty);
    const size_t pixels = (size_t)(r.w * r.h) * wsi_pixfmt_size(x->graph->source);
    wsi_jpeg_frame frame;
    int usable = 0;
    *verdict = -1;
    if (!span.size) return WSI_OK;
    char *memory = wsi_calloc(1, span.size + 2 * pixels);
    WSI_RETURN_IF(!memory, WSI_ERR_NO_MEMORY, "no memory to compare a tile");
    char *cpu = memory + span.size, *gpu = cpu + pixels;
    wsi_status status = wsi_slide_read_bytes(x->in->slide, span.offset, span.size, memory, err);
    if (status == WSI_OK)
        status = wsi_slide_jpeg_frame(x->in->slide, x->plan->level, tx, ty, memory, span.size, &frame, &usable, err);
    if (status == WSI_OK && usable) {
        int decoded;
        status = decode_both(d, tx, ty, memory, span.size, &frame, cpu, gpu, &decoded, err);
        if (status == WSI_OK && decoded) *verdict = memcmp(cpu, gpu, pixels) == 0;
    }
    wsi_free(memory);
    return status;
}

/* Looks at some tiles across the level until one can be compared. */
static wsi_status compare_some(wsi_gpu_decoder *d, int *verdict, wsi_error *err)
{
    const wsi_level *l = d->gpu->exec->source_level;
    const int64_t n = l->tiles_x * l->tiles_y;
    *verdict = -1;
    for (int k = 1; k <= 8 && *verdict < 0; k++) {
        const int64_t i = wsi_min64(n - 1, (n * k / 2 + n * k / 17) % n);
        WSI_FORWARD(compare_tile(d, i % l->tiles_x, i / l->tiles_x, verdict, err));
    }
    return WSI_OK;
}

wsi_status wsi_gpu_check_decoder(wsi_exec *x, wsi_error *err)
{
    int verdict = 1;
    for (int i = 0; i < x->gpu_count && verdict == 1; i++)
        if (x->gpus[i]->decoder_count) WSI_FORWARD(compare_some(&x->gpus[i]->decoders[0], &verdict, err));
    x->stats.gpu_decode = x->gpus[0]->decoder_count > 0 && verdict == 1;
    if (verdict == 1) return WSI_OK;
    const char *why = verdict < 0 ? "its tiles are not baseline JPEG of a kind that GPUs decode"
                                  : "a tile decoded on the GPU differs from the CPU's";
    WSI_RETURN_IF(x->in->spec->decoder == WSI_DECODER_GPU, WSI_ERR_INPUT_UNSUPPORTED, "%s: --decoder gpu: %s",
                  x->info->path, why);
    wsi_log_write(x->in->spec->log, verdict < 0 ? WSI_LOG_INFO : WSI_LOG_WARNING, "%s: decoded on the CPU: %s",
                  x->info->path, why);
    for (int i = 0; i < x->gpu_count; i++) x->gpus[i]->decoder_count = 0;
    return WSI_OK;
}
