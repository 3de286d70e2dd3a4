/* blob_response: the image extended beyond the slide's edges as float64, and for each scale two blurs down, one across
 * and a look for maxima once the next scale is there, a thread a value. Taps are summed in the order that
 * kernels/cpu/blobs-cpu.c has, and values are rounded where it rounds them. */
#include "doubles.cuh"

#include "kernels/blobs.h"

extern "C" wsi_status wsi_cuda_boxes(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

enum { BLOB_THREADS = 128 };

/* Taps of a Gaussian, in device memory. */
struct blob_taps {
    const double *smooth, *second;
    int radius;
};

struct blob_job {
    view src, dst;
    int x0, y0, w, h; /* in the source: what responses cover */
    int left, top;    /* of dst's first pixel within that */
    int reach, rounded;
    long long stride; /* values a row of image, smooth and second */
    double *image, *smooth, *second;
    double *plane[WSI_BLOB_PLANES];
    double scale;
};

static __device__ __forceinline__ double blob_round(double v, int rounded)
{
    return rounded ? (double)(float)v : v;
}

static __global__ void __launch_bounds__(BLOB_THREADS) blob_image_kernel(const __grid_constant__ blob_job job)
{
    const int x = blockIdx.x * BLOB_THREADS + threadIdx.x, reach = job.reach;
    if (x >= job.w + 2 * reach) return;
    const long long from = wsi_edge_map(WSI_EDGE_REFLECT, job.x0 - reach + x, job.src.w);
    for (int y = blockIdx.y; y < job.h + 2 * reach; y += gridDim.y) {
        const long long row = wsi_edge_map(WSI_EDGE_REFLECT, job.y0 - reach + y, job.src.h);
        const char *p = job.src.p + row * job.src.stride + from * job.src.size;
        job.image[y * job.stride + x] = load_double(p, job.src, 1) * job.scale;
    }
}

/* Pairs `step` values apart, from the outermost inwards. */
static __device__ __forceinline__ double blob_sum(const double *v, long long step, const double *taps, int radius)
{
    double sum = v[0] * taps[0];
    for (int t = radius; t >= 1; t--) sum = sum + (v[-t * step] + v[t * step]) * taps[t];
    return sum;
}

static __global__ void __launch_bounds__(BLOB_THREADS)
    blob_down_kernel(const __grid_constant__ blob_job job, const __grid_constant__ blob_taps taps, int with_second)
{
    const int x = blockIdx.x * BLOB_THREADS + threadIdx.x, radius = taps.radius;
    if (x >= job.w + 2 * radius) return;
    for (int y = blockIdx.y; y < job.h; y += gridDim.y) {
        const double *v = job.image + (job.reach + y) * job.stride + (job.reach - radius + x);
        const long long to = y * job.stride + x;
        job.smooth[to] = blob_round(blob_sum(v, job.stride, taps.smooth, radius), job.rounded);
        if (with_second) job.second[to] = blob_round(blob_sum(v, job.stride, taps.second, radius), job.rounded);
    }
}

static __global__ void __launch_bounds__(BLOB_THREADS)
    blob_gaussian_kernel(const __grid_constant__ blob_job job, const __grid_constant__ blob_taps taps, double *plane)
{
    const int x = blockIdx.x * BLOB_THREADS + threadIdx.x, radius = taps.radius;
    if (x >= job.w) return;
    for (int y = blockIdx.y; y < job.h; y += gridDim.y) {
        const double *v = job.smooth + y * job.stride + (radius + x);
        plane[(long long)y * job.w + x] = blob_round(blob_sum(v, 1, taps.smooth, radius), job.rounded);
    }
}

static __global__ void __launch_bounds__(BLOB_THREADS)
    blob_laplacian_kernel(const __grid_constant__ blob_job job, const __grid_constant__ blob_taps taps, double factor,
                          double *plane)
{
    const int x = blockIdx.x * BLOB_THREADS + threadIdx.x, radius = taps.radius;
    if (x >= job.w) return;
    for (int y = blockIdx.y; y < job.h; y += gridDim.y) {
        const long long at = y * job.stride + (radius + x);
        const double rows = blob_round(blob_sum(job.second + at, 1, taps.smooth, radius), job.rounded);
        const double columns = blob_round(blob_sum(job.smooth + at, 1, taps.second, radius), job.rounded);
        const double sum = blob_round(rows + columns, job.rounded);
        plane[(long long)y * job.w + x] = blob_round(-sum * factor, job.rounded);
    }
}

static __global__ void __launch_bounds__(BLOB_THREADS)
    blob_difference_kernel(double *plane, const double *before, const double *after, double factor, int rounded,
                           long long n)
{
    for (long long i = blockIdx.x * (long long)BLOB_THREADS + threadIdx.x; i < n;
         i += gridDim.x * (long long)BLOB_THREADS)
        plane[i] = blob_round(blob_round(before[i] - after[i], rounded) * factor, rounded);
}

static __global__ void __launch_bounds__(BLOB_THREADS) blob_round_kernel(double *plane, long long n)
{
    for (long long i = blockIdx.x * (long long)BLOB_THREADS + threadIdx.x; i < n;
         i += gridDim.x * (long long)BLOB_THREADS)
        plane[i] = (double)(float)plane[i];
}

/* 1 when a pixel of the 3 x 3 around (x, y) is larger than v. */
static __device__ __forceinline__ int blob_exceeded(const blob_job &job, const double *plane, int x, int y, double v)
{
    int larger = 0;
    for (int r = max(y - 1, 0); r <= min(y + 1, job.h - 1); r++)
        for (int c = max(x - 1, 0); c <= min(x + 1, job.w - 1); c++) larger |= plane[(long long)r * job.w + c] > v;
    return larger;
}

/* Planes of scale i and of those beside it, NULL where there is none. */
static __global__ void __launch_bounds__(BLOB_THREADS)
    blob_maxima_kernel(const __grid_constant__ blob_job job, const double *below, const double *plane,
                       const double *above, int channel)
{
    const int i = blockIdx.x * BLOB_THREADS + threadIdx.x, x = i + job.left;
    if (i >= job.dst.w) return;
    for (int j = blockIdx.y; j < job.dst.h; j += gridDim.y) {
        const int y = j + job.top;
        const double v = plane[(long long)y * job.w + x];
        int keep = v == v && !blob_exceeded(job, plane, x, y, v);
        if (keep && below) keep = !blob_exceeded(job, below, x, y, v);
        if (keep && above) keep = !blob_exceeded(job, above, x, y, v);
        const double out = keep ? v : __longlong_as_double(0x7ff8000000000000LL);
        char *to = job.dst.row(j) + ((long long)i * job.dst.channels + channel) * job.dst.size;
        if (job.dst.type == WSI_F32)
            *(float *)to = (float)out;
        else
            *(double *)to = out;
    }
}

/* ---- launching ---- */

struct blob_run {
    wsi_stream *stream;
    const wsi_cuda_args *args;
    const wsi_blob_state *s;
    blob_job job;
    double *rest; /* scratch of the box sums */
};

static dim3 blob_grid(int w, int h)
{
    return dim3(blocks_for(w, BLOB_THREADS), rows_for(h));
}

static unsigned blob_blocks(long long n)
{
    const unsigned blocks = blocks_for(n, BLOB_THREADS);
    return blocks < 65535 ? blocks : 65535;
}

static blob_taps taps_of(const blob_run &run, int i)
{
    const wsi_blob_state *there = (const wsi_blob_state *)run.args->device_state;
    return blob_taps{there->taps[i].smooth, there->taps[i].second, run.s->taps[i].radius};
}

static wsi_status blur_down(const blob_run &run, const blob_taps &taps, int with_second, wsi_error *err)
{
    blob_down_kernel<<<blob_grid(run.job.w + 2 * taps.radius, run.job.h), BLOB_THREADS, 0, run.stream->handle>>>(
        run.job, taps, with_second);
    return launched(run.stream, err);
}

static wsi_status gaussian(const blob_run &run, int i, wsi_error *err)
{
    const blob_taps taps = taps_of(run, i);
    WSI_FORWARD(blur_down(run, taps, 0, err));
    blob_gaussian_kernel<<<blob_grid(run.job.w, run.job.h), BLOB_THREADS, 0, run.stream->handle>>>(
        run.job, taps, run.job.plane[3 + i % 2]);
    return launched(run.stream, err);
}

static wsi_status laplacian(const blob_run &run, int i, wsi_error *err)
{
    const blob_taps taps = taps_of(run, i);
    WSI_FORWARD(blur_down(run, taps, 1, err));
    blob_laplacian_kernel<<<blob_grid(run.job.w, run.job.h), BLOB_THREADS, 0, run.stream->handle>>>(
        run.job, taps, run.s->factor[i], run.job.plane[i % 3]);
    return launched(run.stream, err);
}

static wsi_status difference(const blob_run &run, int i, wsi_error *err)
{
    const long long n = (long long)run.job.w * run.job.h;
    WSI_FORWARD(gaussian(run, i + 1, err));
    blob_difference_kernel<<<blob_blocks(n), BLOB_THREADS, 0, run.stream->handle>>>(
        run.job.plane[i % 3], run.job.plane[3 + i % 2], run.job.plane[3 + (i + 1) % 2], run.s->factor[i],
        run.s->rounded, n);
    return launched(run.stream, err);
}

static wsi_status determinant(const blob_run &run, int i, wsi_error *err)
{
    const long long n = (long long)run.job.w * run.job.h;
    double *plane = run.job.plane[i % 3];
    wsi_cuda_args sub = *run.args;
    sub.call.state = &run.s->boxes[i];
    sub.call.ox[0] = run.job.x0;
    sub.call.oy[0] = run.job.y0;
    sub.call.dst = wsi_image{plane, (ptrdiff_t)(run.job.w * sizeof *plane), run.job.w, run.job.h, {WSI_F64, 1}};
    sub.call.scratch = run.rest;
    WSI_FORWARD(wsi_cuda_boxes(run.stream, &sub, err));
    if (!run.s->rounded) return WSI_OK;
    blob_round_kernel<<<blob_blocks(n), BLOB_THREADS, 0, run.stream->handle>>>(plane, n);
    return launched(run.stream, err);
}

static wsi_status respond(const blob_run &run, int i, wsi_error *err)
{
    if (run.s->method == WSI_BLOB_LOG) return laplacian(run, i, err);
    return run.s->method == WSI_BLOB_DOG ? difference(run, i, err) : determinant(run, i, err);
}

static wsi_status find_maxima(const blob_run &run, int i, wsi_error *err)
{
    const blob_job &job = run.job;
    const double *below = i > 0 ? job.plane[(i - 1) % 3] : NULL;
    const double *above = i + 1 < run.s->count ? job.plane[(i + 1) % 3] : NULL;
    blob_maxima_kernel<<<blob_grid(job.dst.w, job.dst.h), BLOB_THREADS, 0, run.stream->handle>>>(
        job, below, job.plane[i % 3], above, i);
    return launched(run.stream, err);
}

static void lay_out(blob_run &run)
{
    const wsi_kernel_args &call = run.args->call;
    blob_job &job = run.job;
    double *next = (double *)call.scratch;
    job.src = view_of(call.src[0]);
    job.dst = view_of(call.dst);
    job.x0 = (int)(call.ox[0] > 0 ? call.ox[0] - 1 : 0);
    job.y0 = (int)(call.oy[0] > 0 ? call.oy[0] - 1 : 0);
    job.w = (int)wsi_min64(call.ox[0] + call.dst.w + 1, call.src[0].w) - job.x0;
    job.h = (int)wsi_min64(call.oy[0] + call.dst.h + 1, call.src[0].h) - job.y0;
    job.left = (int)call.ox[0] - job.x0;
    job.top = (int)call.oy[0] - job.y0;
    job.reach = (int)run.s->reach;
    job.rounded = run.s->rounded;
    job.scale = run.s->scale;
    job.stride = wsi_blob_wide(call.dst.w, run.s->reach);
    for (int k = 0; k < WSI_BLOB_PLANES; k++, next += (long long)job.w * job.h) job.plane[k] = next;
    run.rest = next;
    job.image = next;
    job.smooth = job.image + (job.h + 2 * (long long)job.reach) * job.stride;
    job.second = job.smooth + job.h * job.stride;
}

extern "C" wsi_status wsi_cuda_blob_response(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    blob_run run = {stream, args, (const wsi_blob_state *)args->call.state, blob_job{}, NULL};
    lay_out(run);
    if (run.s->blurs) {
        const int w = run.job.w + 2 * run.job.reach, h = run.job.h + 2 * run.job.reach;
        blob_image_kernel<<<blob_grid(w, h), BLOB_THREADS, 0, stream->handle>>>(run.job);
        WSI_FORWARD(launched(stream, err));
    }
    if (run.s->method == WSI_BLOB_DOG) WSI_FORWARD(gaussian(run, 0, err));
    for (int i = 0; i < run.s->count; i++) {
        WSI_FORWARD(respond(run, i, err));
        if (i > 0) WSI_FORWARD(find_maxima(run, i - 1, err));
    }
    return find_maxima(run, run.s->count - 1, err);
}
