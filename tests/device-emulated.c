/* See device-emulated.h. */
#include "device-emulated.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/thread.h"
#include "jpeg-cpu.h"
#include "kernels/device-fuse.h"
#include "kernels/device-jpeg.h"

device_emulation wsi_device_emulation = {.devices = 2, .memory = (size_t)1 << 30};

struct wsi_device {
    wsi_device_info info;
};

struct wsi_event {
    pthread_mutex_t lock;
    pthread_cond_t done;
    long recorded, reached;
    double time;
};

/* One entry of a stream's queue. */
typedef struct work {
    struct work *next;
    void (*run)(struct work *work);
    void *dst;
    const void *src;
    size_t dst_stride, src_stride, row, rows;
    int byte;
    wsi_event *event;
    const wsi_op *ops[WSI_GROUP_STEPS_MAX];
    wsi_cuda_args args[WSI_GROUP_STEPS_MAX];
    int count;
    wsi_device_jpeg *jpeg;
    device_emulation_fn *call;
} work;

struct wsi_stream {
    wsi_device *device;
    wsi_thread thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    work *head, **tail;
    int stop, busy;
};

struct wsi_device_jpeg {
    wsi_jpeg_batch *batch;
    int *ok;
};

static atomic_size_t used[64];
static atomic_long calls;

size_t wsi_device_emulation_used(void)
{
    size_t sum = 0;
    for (int i = 0; i < 64; i++) sum += atomic_load(&used[i]);
    return sum;
}

/* ---- Devices and memory ---- */

static wsi_status lost(wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_DEVICE, "GPU 0 (emulated): the device was lost");
}

static int is_lost(void)
{
    return wsi_device_emulation.lost_after > 0 && atomic_load(&calls) > wsi_device_emulation.lost_after;
}

int wsi_device_built(void)
{
    return 1;
}

wsi_status wsi_device_count(int *count, wsi_error *err)
{
    *count = wsi_device_emulation.devices;
    WSI_RETURN_IF(*count == 0, WSI_ERR_DEVICE, "no GPU: none is emulated");
    return WSI_OK;
}

wsi_status wsi_device_open(int index, wsi_device **out, wsi_error *err)
{
    int count;
    *out = NULL;
    atomic_store(&calls, 0);
    WSI_FORWARD(wsi_device_count(&count, err));
    WSI_RETURN_IF(index < 0 || index >= count, WSI_ERR_DEVICE, "no GPU %d: there are %d, counted from 0", index, count);
    wsi_device *d = wsi_calloc(1, sizeof *d);
    WSI_RETURN_IF(!d, WSI_ERR_NO_MEMORY, "no memory");
    d->info = (wsi_device_info){.index = index, .major = 9, .multiprocessors = 4, .copy_engines = 2};
    d->info.memory = wsi_device_emulation.memory;
    snprintf(d->info.name, sizeof d->info.name, "emulated");
    *out = d;
    return WSI_OK;
}

void wsi_device_close(wsi_device **device)
{
    wsi_free(*device);
    *device = NULL;
}

const wsi_device_info *wsi_device_about(const wsi_device *device)
{
    return &device->info;
}

wsi_status wsi_device_free_memory(const wsi_device *device, size_t *bytes, wsi_error *err)
{
    (void)err;
    *bytes = wsi_device_emulation.memory - atomic_load(&used[device->info.index]);
    return WSI_OK;
}

void wsi_device_debug(wsi_device *device, int on)
{
    (void)device, (void)on;
}

/* Memory with its size in front; 256-byte aligned as a device's. */
static void *noisy(size_t bytes)
{
    char *p = aligned_alloc(256, (bytes + 511) / 256 * 256);
    if (!p) return NULL;
    memcpy(p, &bytes, sizeof bytes);
    memset(p + 256, 0xa5, bytes);
    return p + 256;
}

wsi_status wsi_device_alloc(wsi_device *device, size_t bytes, void **out, wsi_error *err)
{
    atomic_size_t *mine = &used[device->info.index];
    *out = NULL;
    WSI_RETURN_IF(bytes > wsi_device_emulation.memory - atomic_load(mine), WSI_ERR_NO_MEMORY,
                  "GPU %d (emulated): allocating device memory: out of memory", device->info.index);
    *out = noisy(bytes);
    WSI_RETURN_IF(!*out, WSI_ERR_NO_MEMORY, "no memory");
    atomic_fetch_add(mine, bytes);
    return WSI_OK;
}

void wsi_device_free(wsi_device *device, void **memory)
{
    if (!*memory) return;
    size_t bytes;
    memcpy(&bytes, (char *)*memory - 256, sizeof bytes);
    atomic_fetch_sub(&used[device->info.index], bytes);
    free((char *)*memory - 256);
    *memory = NULL;
}

wsi_status wsi_pinned_alloc(wsi_device *device, size_t bytes, void **out, wsi_error *err)
{
    (void)device;
    *out = noisy(bytes);
    WSI_RETURN_IF(!*out, WSI_ERR_NO_MEMORY, "no memory");
    return WSI_OK;
}

void wsi_pinned_free(wsi_device *device, void **memory)
{
    (void)device;
    if (*memory) free((char *)*memory - 256);
    *memory = NULL;
}

/* ---- Streams ---- */

static void *stream_main(void *arg)
{
    wsi_stream *s = arg;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->head && !s->stop) pthread_cond_wait(&s->changed, &s->lock);
        work *w = s->head;
        if (!w) break;
        s->head = w->next;
        if (!s->head) s->tail = &s->head;
        s->busy = 1;
        pthread_mutex_unlock(&s->lock);
        w->run(w);
        wsi_free(w);
        pthread_mutex_lock(&s->lock);
        s->busy = 0;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

wsi_status wsi_stream_create(wsi_device *device, wsi_stream **out, wsi_error *err)
{
    wsi_stream *s = wsi_calloc(1, sizeof *s);
    *out = NULL;
    WSI_RETURN_IF(!s, WSI_ERR_NO_MEMORY, "no memory");
    s->device = device;
    s->tail = &s->head;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    const wsi_status status = wsi_thread_start(&s->thread, "stream", stream_main, s, err);
    if (status == WSI_OK)
        *out = s;
    else
        wsi_free(s);
    return status;
}

void wsi_stream_destroy(wsi_stream **stream)
{
    wsi_stream *s = *stream;
    *stream = NULL;
    if (!s) return;
    pthread_mutex_lock(&s->lock);
    s->stop = 1;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    wsi_thread_join(s->thread);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    wsi_free(s);
}

wsi_status wsi_stream_finish(wsi_stream *s, wsi_error *err)
{
    pthread_mutex_lock(&s->lock);
    while (s->head || s->busy) pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    return is_lost() ? lost(err) : WSI_OK;
}

static wsi_status queue(wsi_stream *s, work wanted, void (*run)(work *), wsi_error *err)
{
    atomic_fetch_add(&calls, 1);
    if (is_lost()) return lost(err);
    work *w = wsi_calloc(1, sizeof *w);
    WSI_RETURN_IF(!w, WSI_ERR_NO_MEMORY, "no memory");
    *w = wanted;
    w->run = run;
    w->next = NULL;
    pthread_mutex_lock(&s->lock);
    *s->tail = w;
    s->tail = &w->next;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return WSI_OK;
}

static void run_call(work *w)
{
    w->call(w->dst, &w->args[0].call.dst);
}

wsi_status wsi_device_emulation_queue(wsi_stream *stream, device_emulation_fn *call, void *what, const wsi_image *image,
                                      wsi_error *err)
{
    return queue(stream, (work){.call = call, .dst = what, .args = {{.call = {.dst = *image}}}}, run_call, err);
}

static void run_copy(work *w)
{
    for (size_t y = 0; y < w->rows; y++)
        memcpy((char *)w->dst + y * w->dst_stride, (const char *)w->src + y * w->src_stride, w->row);
}

static void run_fill(work *w)
{
    memset(w->dst, w->byte, w->row);
}

wsi_status wsi_copy_rows_to_device(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                   size_t row_bytes, size_t rows, wsi_error *err)
{
    return queue(
        stream,
        (work){
            .dst = dst, .src = src, .dst_stride = dst_stride, .src_stride = src_stride, .row = row_bytes, .rows = rows},
        run_copy, err);
}

wsi_status wsi_copy_rows_to_host(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                 size_t row_bytes, size_t rows, wsi_error *err)
{
    return wsi_copy_rows_to_device(stream, dst, dst_stride, src, src_stride, row_bytes, rows, err);
}

wsi_status wsi_copy_rows_on_device(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                   size_t row_bytes, size_t rows, wsi_error *err)
{
    return wsi_copy_rows_to_device(stream, dst, dst_stride, src, src_stride, row_bytes, rows, err);
}

wsi_status wsi_copy_to_device(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err)
{
    return wsi_copy_rows_to_device(stream, dst, bytes, src, bytes, bytes, 1, err);
}

wsi_status wsi_copy_to_host(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err)
{
    return wsi_copy_to_device(stream, dst, src, bytes, err);
}

wsi_status wsi_copy_on_device(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err)
{
    return wsi_copy_to_device(stream, dst, src, bytes, err);
}

/* ---- Tiles ---- */

static void run_mask_tiles(work *w)
{
    const wsi_image *im = &w->args[0].call.src[0];
    const int64_t edge = (int64_t)w->rows, across = (im->w + edge - 1) / edge;
    for (int64_t y = 0; y < im->h; y++)
        for (int64_t x = 0; x < im->w; x++) {
            const int64_t tile = y / edge * across + x / edge, bit = y % edge * edge + x % edge;
            uint8_t *byte = (uint8_t *)w->dst + (size_t)tile * wsi_mask_tile_bytes(edge) + bit / 8;
            const uint8_t v = (uint8_t)(((const uint8_t *)wsi_image_row(im, y))[x] << bit % 8);
            *byte = (uint8_t)((*byte & ~(1 << bit % 8)) | v);
        }
}

wsi_status wsi_device_mask_tiles(wsi_stream *stream, const wsi_image *mask, int64_t edge, void *dst, wsi_error *err)
{
    work w = {.dst = dst, .rows = (size_t)edge};
    w.args[0].call.src[0] = *mask;
    return queue(stream, w, run_mask_tiles, err);
}

wsi_status wsi_copy_between_devices(wsi_stream *stream, void *dst, wsi_device *dst_device, const void *src,
                                    wsi_device *src_device, size_t bytes, wsi_error *err)
{
    (void)dst_device, (void)src_device;
    return wsi_copy_to_device(stream, dst, src, bytes, err);
}

wsi_status wsi_fill_on_device(wsi_stream *stream, void *dst, int byte, size_t bytes, wsi_error *err)
{
    return queue(stream, (work){.dst = dst, .byte = byte, .row = bytes}, run_fill, err);
}

/* ---- Events ---- */

wsi_status wsi_event_create(wsi_device *device, int timed, wsi_event **out, wsi_error *err)
{
    (void)device, (void)timed;
    wsi_event *e = wsi_calloc(1, sizeof *e);
    *out = e;
    WSI_RETURN_IF(!e, WSI_ERR_NO_MEMORY, "no memory");
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->done, NULL);
    return WSI_OK;
}

void wsi_event_destroy(wsi_event **event)
{
    if (!*event) return;
    pthread_mutex_destroy(&(*event)->lock);
    pthread_cond_destroy(&(*event)->done);
    wsi_free(*event);
    *event = NULL;
}

static void run_reach(work *w)
{
    pthread_mutex_lock(&w->event->lock);
    w->event->reached++;
    w->event->time = wsi_now();
    pthread_cond_broadcast(&w->event->done);
    pthread_mutex_unlock(&w->event->lock);
}

wsi_status wsi_event_record(wsi_stream *stream, wsi_event *event, wsi_error *err)
{
    pthread_mutex_lock(&event->lock);
    event->recorded++;
    pthread_mutex_unlock(&event->lock);
    const wsi_status status = queue(stream, (work){.event = event}, run_reach, err);
    if (status != WSI_OK) {
        pthread_mutex_lock(&event->lock);
        event->recorded--;
        pthread_mutex_unlock(&event->lock);
    }
    return status;
}

wsi_status wsi_event_wait(wsi_event *event, wsi_error *err)
{
    pthread_mutex_lock(&event->lock);
    while (event->reached < event->recorded) pthread_cond_wait(&event->done, &event->lock);
    pthread_mutex_unlock(&event->lock);
    return is_lost() ? lost(err) : WSI_OK;
}

wsi_status wsi_event_elapsed(wsi_event *from, wsi_event *to, float *ms, wsi_error *err)
{
    (void)err;
    pthread_mutex_lock(&from->lock);
    const double start = from->time;
    pthread_mutex_unlock(&from->lock);
    pthread_mutex_lock(&to->lock);
    *ms = (float)((to->time - start) * 1e3);
    pthread_mutex_unlock(&to->lock);
    return WSI_OK;
}

/* ---- Operations ---- */

int wsi_device_supports(const wsi_op *op, const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt out)
{
    (void)op, (void)params, (void)in, (void)inputs, (void)out;
    return 1;
}

/* Crops may be larger than the halo asks; a CPU kernel's scratch is sized for the halo. */
static void trim(wsi_image *src, int64_t *ox, int64_t *oy, const wsi_image *dst, wsi_halo halo, wsi_scale s)
{
    const int64_t x0 = *ox / s.up_x, x1 = wsi_ceil_div(dst->w * s.down_x + *ox, s.up_x);
    const int64_t y0 = *oy / s.up_y, y1 = wsi_ceil_div(dst->h * s.down_y + *oy, s.up_y);
    const wsi_rect read = wsi_rect_grow((wsi_rect){x0, y0, x1 - x0, y1 - y0}, halo.x, halo.y);
    const wsi_rect r = wsi_rect_intersect(read, (wsi_rect){0, 0, src->w, src->h});
    *src = wsi_image_crop(src, r);
    *ox -= r.x * s.up_x;
    *oy -= r.y * s.up_y;
}

static void run_step(const wsi_op *op, wsi_kernel_args call)
{
    wsi_pixfmt in[WSI_OP_INPUTS_MAX];
    const wsi_halo halo = op->halo ? op->halo(call.params) : (wsi_halo){0, 0};
    for (int i = 0; i < call.inputs; i++) {
        in[i] = call.src[i].fmt;
        trim(&call.src[i], &call.ox[i], &call.oy[i], &call.dst, halo, wsi_op_scale(op, call.params));
    }
    const size_t bytes = op->scratch ? op->scratch(call.params, in, call.inputs, call.dst.w, call.dst.h) : 0;
    call.scratch = noisy(bytes + 64);
    op->kernel(WSI_ISA_PLAIN)(&call);
    free((char *)call.scratch - 256);
}

/* Images between the steps of a group are made here. */
static void run_steps(work *w)
{
    void *memory[WSI_GROUP_STEPS_MAX] = {NULL};
    for (int i = 0; i < w->count; i++) {
        wsi_kernel_args *call = &w->args[i].call;
        if (i > 0) call->src[0] = w->args[i - 1].call.dst;
        if (i + 1 < w->count) {
            const size_t stride = (size_t)call->dst.w * wsi_pixfmt_size(call->dst.fmt);
            memory[i] = noisy(stride * (size_t)call->dst.h);
            call->dst.data = memory[i];
            call->dst.stride = (ptrdiff_t)stride;
        }
        run_step(w->ops[i], *call);
    }
    for (int i = 0; i < w->count; i++) {
        if (memory[i]) free((char *)memory[i] - 256);
    }
}

wsi_status wsi_device_run(wsi_stream *stream, const wsi_op *op, const wsi_cuda_args *args, wsi_error *err)
{
    return queue(stream, (work){.ops = {op}, .args = {*args}, .count = 1}, run_steps, err);
}

int wsi_device_group(const wsi_group_step *steps, int count)
{
    int n = 1;
    while (wsi_device_emulation.groups && n < count && n < 3 && steps[n].inputs == 1) n++;
    return n;
}

wsi_status wsi_device_run_group(wsi_stream *stream, const wsi_op *const *ops, const wsi_cuda_args *args, int count,
                                wsi_error *err)
{
    work w = {.count = count};
    for (int i = 0; i < count; i++) {
        w.ops[i] = ops[i];
        w.args[i] = args[i];
    }
    return queue(stream, w, run_steps, err);
}

/* ---- JPEG ---- */

void wsi_device_jpeg_memory(const wsi_device_jpeg_limits *limits, size_t *device_bytes, size_t *pinned_bytes)
{
    *device_bytes = (size_t)limits->tiles * (size_t)(limits->tile_w * limits->tile_h) * 6 + limits->bytes;
    *pinned_bytes = limits->bytes + (size_t)limits->tiles * 256;
}

wsi_status wsi_device_jpeg_create(wsi_device *device, const wsi_device_jpeg_limits *limits, wsi_device_jpeg **out,
                                  wsi_error *err)
{
    (void)device;
    wsi_device_jpeg *d = wsi_calloc(1, sizeof *d);
    *out = d;
    WSI_RETURN_IF(!d, WSI_ERR_NO_MEMORY, "no memory");
    d->batch = jpeg_cpu_create(limits);
    d->ok = wsi_calloc((size_t)limits->tiles, sizeof *d->ok);
    WSI_RETURN_IF(!d->ok, WSI_ERR_NO_MEMORY, "no memory");
    return WSI_OK;
}

void wsi_device_jpeg_destroy(wsi_device_jpeg **decoder)
{
    if (!*decoder) return;
    jpeg_cpu_destroy((*decoder)->batch);
    wsi_free((*decoder)->ok);
    wsi_free(*decoder);
    *decoder = NULL;
}

wsi_device_jpeg_added wsi_device_jpeg_add(wsi_device_jpeg *decoder, const wsi_jpeg_frame *frame, const void *bytes,
                                          size_t size, const wsi_image *dst)
{
    return wsi_jpeg_batch_add(decoder->batch, frame, bytes, size, dst);
}

int wsi_device_jpeg_count(const wsi_device_jpeg *decoder)
{
    return decoder->batch->tile_count;
}

static void run_jpeg(work *w)
{
    static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER; /* jpeg_cpu_run keeps tables of its own */
    static long seen;
    wsi_device_jpeg *d = w->jpeg;
    pthread_mutex_lock(&one);
    wsi_jpeg_batch_group(d->batch, 32);
    jpeg_cpu_run(d->batch, d->ok);
    for (int i = 0; i < d->batch->tile_count; i++) {
        const int every = wsi_device_emulation.irregular_every;
        if (every > 0 && ++seen % every == 0) d->ok[i] = 0;
    }
    pthread_mutex_unlock(&one);
    if (wsi_device_emulation.wrong_jpeg) ((uint8_t *)w->dst)[0] ^= 1;
}

wsi_status wsi_device_jpeg_run(wsi_device_jpeg *decoder, wsi_stream *stream, wsi_error *err)
{
    return queue(stream, (work){.jpeg = decoder, .dst = (void *)decoder->batch->tiles[0].dst}, run_jpeg, err);
}

int wsi_device_jpeg_ok(const wsi_device_jpeg *decoder, int i)
{
    return decoder->ok[i];
}

void wsi_device_jpeg_clear(wsi_device_jpeg *decoder)
{
    wsi_jpeg_batch_clear(decoder->batch);
}
