/* Decoding for devices by CPU workers, through pinned memory. A worker decodes its next batch while the last one is
 * still being copied: it has staging for two, and a batch counts as decoded when its copy is done. */
#include "exec-gpu.h"

#include "kernels/device-range.h"

wsi_strip *wsi_gpu_strip_of_unit(wsi_exec *x, int64_t unit)
{
    pthread_mutex_lock(&x->lock);
    wsi_strip *s = wsi_strip_of_unit(x, unit);
    pthread_mutex_unlock(&x->lock);
    return s;
}

wsi_image wsi_gpu_staging(const wsi_worker *w, wsi_rect r)
{
    const wsi_exec *x = w->exec;
    char *half = w->staging + (size_t)w->staging_half * x->plan->gpu.staging_bytes;
    return (wsi_image){half, (ptrdiff_t)x->plan->gpu.staging_stride, r.w, r.h, x->graph->source};
}

/* ---- Copying ---- */

static wsi_status start_upload(wsi_worker *w, const wsi_strip *s, wsi_rect r, wsi_error *err)
{
    wsi_queue *q = &w->up[s->gpu->number];
    const wsi_image src = wsi_gpu_staging(w, r), dst = wsi_strip_view(s, r);
    const size_t row = (size_t)r.w * wsi_pixfmt_size(src.fmt);
    q->x = r.x;
    q->y = r.y;
    WSI_FORWARD(wsi_queue_mark(q, 0, err));
    WSI_FORWARD(wsi_copy_rows_to_device(q->stream, dst.data, (size_t)dst.stride, src.data, (size_t)src.stride, row,
                                        (size_t)r.h, err));
    WSI_FORWARD(wsi_queue_mark(q, 1, err));
    w->upload = (wsi_upload){.queue = q, .bytes = (uint64_t)row * (uint64_t)r.h};
    return WSI_OK;
}

static wsi_status finish_upload(wsi_worker *w, wsi_error *err)
{
    wsi_queue *q = w->upload.queue;
    double busy = 0;
    w->upload.queue = NULL;
    WSI_FORWARD(wsi_queue_wait(q, 1, err));
    WSI_FORWARD(wsi_queue_note(q, WSI_GPU_UPLOAD, 0, 1, &busy, err));
    pthread_mutex_lock(&w->exec->lock);
    q->gpu->bytes_up += w->upload.bytes;
    pthread_mutex_unlock(&w->exec->lock);
    return WSI_OK;
}

wsi_status wsi_gpu_upload(wsi_worker *w, const wsi_strip *s, wsi_rect r, wsi_error *err)
{
    WSI_FORWARD(start_upload(w, s, r, err));
    return finish_upload(w, err);
}

wsi_status wsi_gpu_settle_upload(wsi_worker *w, wsi_error *err)
{
    wsi_exec *x = w->exec;
    if (!w->upload.queue) return WSI_OK;
    WSI_FORWARD(finish_upload(w, err));
    pthread_mutex_lock(&x->lock);
    wsi_exec_batch_done(x, &w->upload.batch);
    wsi_gpu_wake_slots(x);
    pthread_mutex_unlock(&x->lock);
    return WSI_OK;
}

/* ---- Decoding ---- */

static void note_cpu_rate(wsi_exec *x, double tiles, double seconds)
{
    const double rate = seconds > 0 ? tiles / seconds : 0;
    pthread_mutex_lock(&x->lock);
    x->cpu_rate = x->cpu_rate > 0 ? 0.8 * x->cpu_rate + 0.2 * rate : rate;
    pthread_mutex_unlock(&x->lock);
}

/* Rectangle of the level that a batch covers. */
static wsi_rect batch_rect(const wsi_exec *x, const wsi_batch *b)
{
    int64_t tx, ty;
    wsi_exec_batch_tile(x, b, (int)wsi_exec_batch_tiles(x, b) - 1, &tx, &ty);
    const wsi_rect last = wsi_slide_tile_rect(x->in->slide, x->plan->level, tx, ty);
    const wsi_rect first = wsi_slide_tile_rect(x->in->slide, x->plan->level, b->tx, b->unit * x->plan->unit_tiles);
    return wsi_rect_union(first, last);
}

static wsi_status decode_batch(wsi_worker *w, const wsi_batch *b, wsi_rect all, wsi_error *err)
{
    const wsi_exec *x = w->exec;
    const wsi_image staging = wsi_gpu_staging(w, all);
    wsi_status status = WSI_OK;
    wsi_range_begin("decode");
    for (int i = 0; i < wsi_exec_batch_tiles(x, b) && status == WSI_OK; i++) {
        int64_t tx, ty;
        wsi_exec_batch_tile(x, b, i, &tx, &ty);
        const wsi_rect r = wsi_slide_tile_rect(x->in->slide, x->plan->level, tx, ty);
        const wsi_image dst = wsi_image_crop(&staging, (wsi_rect){r.x - all.x, r.y - all.y, r.w, r.h});
        const void *bytes = b->bytes && b->length[i] ? (const char *)b->bytes + b->at[i] : NULL;
        status = wsi_exec_decode_tile(w, tx, ty, bytes, bytes ? b->length[i] : 0, &dst, err);
    }
    wsi_range_end();
    return status;
}

static int any_needed(const wsi_exec *x, const wsi_batch *b)
{
    int needed = 0;
    for (int i = 0; i < wsi_exec_batch_tiles(x, b) && !needed; i++) {
        int64_t tx, ty;
        wsi_exec_batch_tile(x, b, i, &tx, &ty);
        needed = wsi_exec_tile_needed(x, tx, ty);
    }
    return needed;
}

wsi_status wsi_gpu_decode_on_cpu(wsi_worker *w, wsi_task *task, wsi_error *err)
{
    wsi_exec *x = w->exec;
    if (!any_needed(x, &task->batch)) return WSI_OK;
    const wsi_rect all = batch_rect(x, &task->batch);
    const double start = wsi_now();
    const wsi_status status = decode_batch(w, &task->batch, all, err);
    wsi_pool_put(x->pool, task->batch.bytes);
    task->batch.bytes = NULL;
    const double end = wsi_now();
    w->decode_busy += end - start;
    wsi_trace_add(w->lane, "decode", start, end, x->plan->level, task->batch.tx, task->batch.unit);
    WSI_FORWARD(status);
    note_cpu_rate(x, (double)wsi_exec_batch_tiles(x, &task->batch), end - start);
    WSI_FORWARD(wsi_gpu_settle_upload(w, err));
    WSI_FORWARD(start_upload(w, wsi_gpu_strip_of_unit(x, task->batch.unit), all, err));
    w->upload.batch = task->batch;
    w->staging_half ^= 1;
    task->uploading = 1;
    return WSI_OK;
}
