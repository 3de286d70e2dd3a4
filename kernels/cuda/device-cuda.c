/* device.h over the CUDA runtime, which is linked statically and loads the driver on first use. Every call makes its
 * handle's device current in the calling thread, so threads may share and mix devices.
 *
 * Streams are created non-blocking: the runtime's default stream, which synchronises with blocking ones, is unused. */
#include "device-private.h"

#include <stdio.h>

#include "common/mem.h"

static wsi_status fail(const wsi_device *device, cudaError_t code, const char *what, wsi_error *err)
{
    (void)cudaGetLastError(); /* a failed call is not found again by the next check */
    const wsi_status status = code == cudaErrorMemoryAllocation ? WSI_ERR_NO_MEMORY : WSI_ERR_DEVICE;
    return wsi_error_set(err, status, "GPU %d (%s): %s: %s", device->info.index, device->info.name, what,
                         cudaGetErrorString(code));
}

/* Runs a call of the runtime with the device current; returns from the caller when it fails. */
#define WSI_CUDA(device, call, what)                                                                                   \
    do {                                                                                                               \
        cudaError_t code_ = cudaSetDevice((device)->info.index);                                                       \
        if (code_ == cudaSuccess) code_ = (call);                                                                      \
        if (code_ != cudaSuccess) return fail(device, code_, what, err);                                               \
    } while (0)

int wsi_device_built(void)
{
    return 1;
}

wsi_status wsi_device_count(int *count, wsi_error *err)
{
    int n = 0;
    const cudaError_t code = cudaGetDeviceCount(&n);
    *count = 0;
    if (code != cudaSuccess) {
        (void)cudaGetLastError();
        return wsi_error_set(err, WSI_ERR_DEVICE, "no GPU: %s", cudaGetErrorString(code));
    }
    WSI_RETURN_IF(n == 0, WSI_ERR_DEVICE, "no GPU: the driver lists none");
    *count = n;
    return WSI_OK;
}

static wsi_status describe(int index, wsi_device_info *info, wsi_error *err)
{
    struct cudaDeviceProp p;
    const cudaError_t code = cudaGetDeviceProperties(&p, index);
    WSI_RETURN_IF(code != cudaSuccess, WSI_ERR_DEVICE, "GPU %d: %s", index, cudaGetErrorString(code));
    snprintf(info->name, sizeof info->name, "%s", p.name);
    info->index = index;
    info->major = p.major;
    info->minor = p.minor;
    info->multiprocessors = p.multiProcessorCount;
    info->copy_engines = p.asyncEngineCount;
    info->memory = p.totalGlobalMem;
    info->shared_memory = p.sharedMemPerBlockOptin;
    info->cache = (size_t)p.l2CacheSize;
    return WSI_OK;
}

wsi_status wsi_device_open(int index, wsi_device **out, wsi_error *err)
{
    int count;
    *out = NULL;
    WSI_FORWARD(wsi_device_count(&count, err));
    WSI_RETURN_IF(index < 0 || index >= count, WSI_ERR_DEVICE, "no GPU %d: there are %d, counted from 0", index, count);
    wsi_device *d = (wsi_device *)wsi_calloc(1, sizeof *d);
    WSI_RETURN_IF(!d, WSI_ERR_NO_MEMORY, "GPU %d: out of memory", index);
    wsi_status status = describe(index, &d->info, err);
    const cudaError_t code = status == WSI_OK ? cudaSetDevice(index) : cudaSuccess;
    if (code != cudaSuccess) status = fail(d, code, "cannot be used", err);
    if (status == WSI_OK)
        *out = d;
    else
        wsi_free(d);
    return status;
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
    size_t total;
    *bytes = 0;
    WSI_CUDA(device, cudaMemGetInfo(bytes, &total), "free memory");
    return WSI_OK;
}

void wsi_device_debug(wsi_device *device, int on)
{
    device->debug = on;
}

static size_t whole_lines(size_t bytes)
{
    return bytes > SIZE_MAX - 256 ? bytes : (bytes + 255) / 256 * 256 + 256 * (bytes == 0);
}

wsi_status wsi_device_alloc(wsi_device *device, size_t bytes, void **out, wsi_error *err)
{
    *out = NULL;
    WSI_CUDA(device, cudaMalloc(out, whole_lines(bytes)), "allocating device memory");
    return WSI_OK;
}

void wsi_device_free(wsi_device *device, void **memory)
{
    if (*memory && cudaSetDevice(device->info.index) == cudaSuccess) (void)cudaFree(*memory);
    *memory = NULL;
}

wsi_status wsi_pinned_alloc(wsi_device *device, size_t bytes, void **out, wsi_error *err)
{
    *out = NULL;
    WSI_CUDA(device, cudaHostAlloc(out, whole_lines(bytes), cudaHostAllocPortable), "allocating pinned memory");
    return WSI_OK;
}

void wsi_pinned_free(wsi_device *device, void **memory)
{
    if (*memory && cudaSetDevice(device->info.index) == cudaSuccess) (void)cudaFreeHost(*memory);
    *memory = NULL;
}

wsi_status wsi_stream_create(wsi_device *device, wsi_stream **out, wsi_error *err)
{
    cudaStream_t handle;
    *out = NULL;
    WSI_CUDA(device, cudaStreamCreateWithFlags(&handle, cudaStreamNonBlocking), "creating a stream");
    wsi_stream *s = (wsi_stream *)wsi_calloc(1, sizeof *s);
    if (!s) {
        (void)cudaStreamDestroy(handle);
        return wsi_error_set(err, WSI_ERR_NO_MEMORY, "GPU %d: out of memory", device->info.index);
    }
    s->device = device;
    s->handle = handle;
    *out = s;
    return WSI_OK;
}

void wsi_stream_destroy(wsi_stream **stream)
{
    wsi_stream *s = *stream;
    if (s && cudaSetDevice(s->device->info.index) == cudaSuccess) (void)cudaStreamDestroy(s->handle);
    wsi_free(s);
    *stream = NULL;
}

wsi_status wsi_stream_finish(wsi_stream *stream, wsi_error *err)
{
    WSI_CUDA(stream->device, cudaStreamSynchronize(stream->handle), "waiting for a stream");
    return WSI_OK;
}

static wsi_status copy(wsi_stream *stream, void *dst, const void *src, size_t bytes, enum cudaMemcpyKind kind,
                       const char *what, wsi_error *err)
{
    WSI_CUDA(stream->device, cudaMemcpyAsync(dst, src, bytes, kind, stream->handle), what);
    return WSI_OK;
}

wsi_status wsi_copy_to_device(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err)
{
    return copy(stream, dst, src, bytes, cudaMemcpyHostToDevice, "copying to the device", err);
}

wsi_status wsi_copy_to_host(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err)
{
    return copy(stream, dst, src, bytes, cudaMemcpyDeviceToHost, "copying to the host", err);
}

wsi_status wsi_copy_on_device(wsi_stream *stream, void *dst, const void *src, size_t bytes, wsi_error *err)
{
    return copy(stream, dst, src, bytes, cudaMemcpyDeviceToDevice, "copying on the device", err);
}

static wsi_status copy_rows(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                            size_t row_bytes, size_t rows, enum cudaMemcpyKind kind, const char *what, wsi_error *err)
{
    WSI_CUDA(stream->device, cudaMemcpy2DAsync(dst, dst_stride, src, src_stride, row_bytes, rows, kind, stream->handle),
             what);
    return WSI_OK;
}

wsi_status wsi_copy_rows_to_device(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                   size_t row_bytes, size_t rows, wsi_error *err)
{
    return copy_rows(stream, dst, dst_stride, src, src_stride, row_bytes, rows, cudaMemcpyHostToDevice,
                     "copying rows to the device", err);
}

wsi_status wsi_copy_rows_to_host(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                 size_t row_bytes, size_t rows, wsi_error *err)
{
    return copy_rows(stream, dst, dst_stride, src, src_stride, row_bytes, rows, cudaMemcpyDeviceToHost,
                     "copying rows to the host", err);
}

wsi_status wsi_copy_rows_on_device(wsi_stream *stream, void *dst, size_t dst_stride, const void *src, size_t src_stride,
                                   size_t row_bytes, size_t rows, wsi_error *err)
{
    return copy_rows(stream, dst, dst_stride, src, src_stride, row_bytes, rows, cudaMemcpyDeviceToDevice,
                     "copying rows on the device", err);
}

wsi_status wsi_copy_between_devices(wsi_stream *stream, void *dst, wsi_device *dst_device, const void *src,
                                    wsi_device *src_device, size_t bytes, wsi_error *err)
{
    WSI_CUDA(stream->device,
             cudaMemcpyPeerAsync(dst, dst_device->info.index, src, src_device->info.index, bytes, stream->handle),
             "copying between devices");
    return WSI_OK;
}

wsi_status wsi_fill_on_device(wsi_stream *stream, void *dst, int byte, size_t bytes, wsi_error *err)
{
    WSI_CUDA(stream->device, cudaMemsetAsync(dst, byte, bytes, stream->handle), "filling device memory");
    return WSI_OK;
}

wsi_status wsi_event_create(wsi_device *device, int timed, wsi_event **out, wsi_error *err)
{
    cudaEvent_t handle;
    const unsigned flags = cudaEventBlockingSync | (timed ? 0u : cudaEventDisableTiming);
    *out = NULL;
    WSI_CUDA(device, cudaEventCreateWithFlags(&handle, flags), "creating an event");
    wsi_event *e = (wsi_event *)wsi_calloc(1, sizeof *e);
    if (!e) {
        (void)cudaEventDestroy(handle);
        return wsi_error_set(err, WSI_ERR_NO_MEMORY, "GPU %d: out of memory", device->info.index);
    }
    e->device = device;
    e->handle = handle;
    *out = e;
    return WSI_OK;
}

void wsi_event_destroy(wsi_event **event)
{
    wsi_event *e = *event;
    if (e && cudaSetDevice(e->device->info.index) == cudaSuccess) (void)cudaEventDestroy(e->handle);
    wsi_free(e);
    *event = NULL;
}

wsi_status wsi_event_record(wsi_stream *stream, wsi_event *event, wsi_error *err)
{
    WSI_CUDA(stream->device, cudaEventRecord(event->handle, stream->handle), "recording an event");
    return WSI_OK;
}

wsi_status wsi_event_wait(wsi_event *event, wsi_error *err)
{
    WSI_CUDA(event->device, cudaEventSynchronize(event->handle), "waiting for an event");
    return WSI_OK;
}

wsi_status wsi_event_elapsed(wsi_event *from, wsi_event *to, float *ms, wsi_error *err)
{
    *ms = 0;
    WSI_CUDA(from->device, cudaEventElapsedTime(ms, from->handle, to->handle), "time between events");
    return WSI_OK;
}

int wsi_device_supports(const wsi_op *op, const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt out)
{
    return op->cuda && (!op->cuda_supports || op->cuda_supports(params, in, inputs, out));
}

/* Kernels count samples of a row in 32 bits, and blocks of at least 16 rows in 16. */
static int countable(const wsi_image *im)
{
    const int64_t most_samples = INT64_C(1) << 29, most_rows = INT64_C(1) << 19;
    return im->w >= 0 && im->h >= 0 && im->w <= most_samples / im->fmt.channels && im->h <= most_rows;
}

wsi_status wsi_device_run(wsi_stream *stream, const wsi_op *op, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_kernel_args *call = &args->call;
    int fits = countable(&call->dst);
    for (int i = 0; i < call->inputs; i++) fits &= countable(&call->src[i]);
    WSI_RETURN_IF(!fits, WSI_ERR_USAGE, "%s: an image is too large for one call on a GPU", op->name);
    if (call->dst.w == 0 || call->dst.h == 0) return WSI_OK;
    WSI_CUDA(stream->device, cudaGetLastError(), "earlier work");
    wsi_status status = op->cuda(stream, args, err);
    if (status == WSI_OK && stream->device->debug) status = wsi_stream_finish(stream, err);
    if (status != WSI_OK) (void)wsi_error_prefix(err, "%s: ", op->name);
    return status;
}
