/* Resampling in two passes: sums along y into lines of float32 in scratch, and from these the sums along x. A thread
 * has a few sums that have the same taps: neighbouring samples of a row, then rows of a column. Weights, and rows with
 * them, are worked out once for a block. Rows and columns that neighbours share come from the caches. */
#include "bytes.cuh"
#include "samples.cuh"

#include "kernels/px/resample-px.h"
#include "kernels/resample.h"

enum {
    RESAMPLE_THREADS = 256,
    EACH = 4, /* sums of a thread along x, rows apart */
    MOST_TAPS = 2 * WSI_TAPS_REACH + 2
};
#define EACH_SUM _Pragma("unroll") for (int j = 0; j < EACH; j++)

/* Lines hold the crop's columns lo .. hi - 1. */
struct resample_job {
    view src, dst;
    float *lines;
    const wsi_resample_state *s; /* in device memory */
    long long at_x, at_y;        /* of the result's first pixel, in all of it */
    long long crop_x, crop_y;    /* of the crop's, in the whole input */
    int lo, hi;
    int whole; /* 1: four samples of a row from a multiple of four on are a vector, in the source and in lines */
};

/* The taps along y of a row of the result: as many at a time as a block has threads. */
struct row_taps {
    long long row[RESAMPLE_THREADS]; /* bytes from the source's start; -1 where CONSTANT's value stands */
    float weight[RESAMPLE_THREADS];
};

/* By all threads of the block: taps from `from` on. 1 where CONSTANT's value stands among them. */
static __device__ __forceinline__ int fill_taps(row_taps &t, const resample_job &job, int y, int from, int taps)
{
    const wsi_resample_axis *axis = &job.s->y;
    const wsi_px_place p = wsi_px_resample_place(job.at_y + y, axis, job.s->order);
    const int k = from + (int)threadIdx.x, row = (int)(p.first - job.crop_y) + k;
    int outside = 0;
    __syncthreads();
    if (k < taps) {
        const int at =
            (unsigned)row < (unsigned)job.src.h ? row : (int)wsi_edge_map((wsi_edge)job.s->mode, row, job.src.h);
        outside = at < 0;
        t.row[threadIdx.x] = at < 0 ? -1 : at * job.src.stride;
        t.weight[threadIdx.x] = wsi_px_resample_tap(axis, k, p.toward, job.s->order);
    }
    return __syncthreads_or(outside);
}

template <int TYPE>
static __global__ void __launch_bounds__(RESAMPLE_THREADS) rows_kernel(const __grid_constant__ resample_job job)
{
    __shared__ row_taps t;
    const int channels = job.src.channels, n = (job.hi - job.lo) * channels, skip = job.lo * channels;
    const int type = TYPE == WSI_DTYPE_COUNT ? job.src.type : TYPE, symmetric = job.s->symmetric;
    const int size = TYPE == WSI_U8 ? 1 : TYPE == WSI_F32 ? 4 : job.src.size;
    const int i = LANES * (blockIdx.x * RESAMPLE_THREADS + threadIdx.x);
    const int taps = wsi_px_resample_taps(&job.s->y, job.s->order);
    const float outside = job.s->outside;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        float sum[LANES] = {};
        for (int first = 0; first < taps; first += RESAMPLE_THREADS) {
            const int edge = fill_taps(t, job, y, first, taps), count = min(taps - first, (int)RESAMPLE_THREADS);
#pragma unroll 4
            for (int k = 0; k < count && i < n; k++) {
                float v[LANES];
                const raw4 in = load4(job.src.p + max(t.row[k], 0LL), skip + i, skip + n, size, job.whole);
                if (TYPE == WSI_U8)
                    EACH_LANE v[j] = byte_as_float(in.w[0], j);
                else
                    to_f32(v, in, type, symmetric);
                if (edge && t.row[k] < 0) EACH_LANE v[j] = outside;
                EACH_LANE sum[j] += t.weight[k] * v[j];
            }
        }
        raw4_narrow out = {};
        EACH_LANE put<float>(out, j, sum[j]);
        if (i < n) store4((char *)(job.lines + (long long)y * n), i, n, (int)sizeof(float), job.whole, out);
    }
}

/* The weights of the blur along x, between zeros: the tap between two of them is made of both. */
static __device__ __forceinline__ void fill_blur(float *blur, const wsi_resample_axis *axis)
{
    const int n = 2 * axis->radius + 1;
    for (int k = threadIdx.x; k < n + 2; k += RESAMPLE_THREADS)
        blur[k] = k > 0 && k <= n ? axis->blur.w[WSI_TAPS_REACH - axis->radius + k - 1] : 0.0f;
    __syncthreads();
}

/* wsi_px_resample_tap, of such weights. */
static __device__ __forceinline__ float tap_of(const float *blur, int k, float toward, int order)
{
    return order ? (1.0f - toward) * blur[k + 1] + toward * blur[k] : blur[k + 1];
}

/* EACH sums along x from column `left` of the crop on, all of them within it. */
static __device__ __forceinline__ void sum_inside(float (&sum)[EACH], const float *const (&line)[EACH],
                                                  const float *blur, float toward, int order, int taps, int channels)
{
    int at = 0;
#pragma unroll 2
    for (int k = 0; k < taps; k++, at += channels) {
        const float weight = tap_of(blur, k, toward, order);
        EACH_SUM sum[j] += weight * line[j][at];
    }
}

static __global__ void __launch_bounds__(RESAMPLE_THREADS) columns_kernel(const __grid_constant__ resample_job job)
{
    __shared__ float blur[MOST_TAPS + 1];
    const int channels = job.dst.channels, n = (job.hi - job.lo) * channels;
    const int i = blockIdx.x * RESAMPLE_THREADS + threadIdx.x, order = job.s->order;
    const wsi_resample_axis *axis = &job.s->x;
    fill_blur(blur, axis);
    if (i >= job.dst.w * channels) return;
    const int taps = wsi_px_resample_taps(axis, order), c = i % channels;
    const wsi_edge mode = (wsi_edge)job.s->mode;
    const wsi_px_place p = wsi_px_resample_place(job.at_x + i / channels, axis, order);
    const int left = (int)(p.first - job.crop_x);
    const bool inside = left >= 0 && left + taps <= job.src.w;
    for (int y = EACH * blockIdx.y; y < job.dst.h; y += EACH * gridDim.y) {
        float sum[EACH] = {};
        const float *line[EACH];
        EACH_SUM line[j] = job.lines + (long long)min(y + j, job.dst.h - 1) * n + c;
        if (inside) {
            EACH_SUM line[j] += (left - job.lo) * channels;
            sum_inside(sum, line, blur, p.toward, order, taps, channels);
        }
        for (int k = 0; k < taps && !inside; k++) {
            const float weight = tap_of(blur, k, p.toward, order);
            const int x = left + k;
            const int from = (unsigned)x < (unsigned)job.src.w ? x : (int)wsi_edge_map(mode, x, job.src.w);
            EACH_SUM sum[j] += weight * (from < 0 ? job.s->beside : line[j][max(from - job.lo, 0) * channels]);
        }
        char *to = job.dst.row(y) + (long long)i * job.dst.size;
        EACH_SUM if (y + j < job.dst.h) store_f32(to + j * job.dst.stride, job.dst.type, sum[j]);
    }
}

/* Pixels as they are, from wherever their places fall. */
static __global__ void __launch_bounds__(RESAMPLE_THREADS) copy_kernel(const __grid_constant__ resample_job job)
{
    const int channels = job.dst.channels, size = job.dst.size;
    const int i = blockIdx.x * RESAMPLE_THREADS + threadIdx.x;
    if (i >= job.dst.w * channels) return;
    const long long x = wsi_px_resample_place(job.at_x + i / channels, &job.s->x, 0).first - job.crop_x;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const int row = (int)(wsi_px_resample_place(job.at_y + y, &job.s->y, 0).first - job.crop_y);
        raw4 r = {};
        load_sample(r, 0, job.src.row(row) + (x * channels + i % channels) * size, size);
        store_sample(job.dst.row(y) + (long long)i * size, r, 0, size);
    }
}

static wsi_status sum_rows(wsi_stream *stream, const resample_job &job, wsi_error *err)
{
    const dim3 grid(blocks_for((long long)(job.hi - job.lo) * job.src.channels, LANES * RESAMPLE_THREADS),
                    rows_for(job.dst.h));
    if (job.src.type == WSI_U8)
        rows_kernel<WSI_U8><<<grid, RESAMPLE_THREADS, 0, stream->handle>>>(job);
    else if (job.src.type == WSI_F32)
        rows_kernel<WSI_F32><<<grid, RESAMPLE_THREADS, 0, stream->handle>>>(job);
    else
        rows_kernel<WSI_DTYPE_COUNT><<<grid, RESAMPLE_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_resample(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_kernel_args *call = &args->call;
    const wsi_resample_state *s = (const wsi_resample_state *)call->state;
    resample_job job = {view_of(call->src[0]),
                        view_of(call->dst),
                        (float *)call->scratch,
                        (const wsi_resample_state *)args->device_state,
                        call->at_x,
                        call->at_y,
                        (call->at_x * s->down - call->ox[0]) / s->up,
                        (call->at_y * s->down - call->oy[0]) / s->up,
                        0,
                        0,
                        0};
    const wsi_px_columns at = wsi_px_resample_columns(s, call->at_x, call->dst.w, job.crop_x, call->src[0].w);
    job.lo = (int)at.lo;
    job.hi = (int)at.hi;
    const int samples = (job.hi - job.lo) * job.src.channels, line = (int)((uintptr_t)job.lines % sizeof(float4));
    job.whole = job.src.vector && samples % LANES == 0 && job.lo * job.src.channels % LANES == 0 && line == 0;
    const unsigned across = blocks_for((long long)job.dst.w * job.dst.channels, RESAMPLE_THREADS);
    if (s->copy) {
        copy_kernel<<<dim3(across, rows_for(job.dst.h)), RESAMPLE_THREADS, 0, stream->handle>>>(job);
        return launched(stream, err);
    }
    WSI_FORWARD(sum_rows(stream, job, err));
    const dim3 grid(across, rows_for(blocks_for(job.dst.h, EACH)));
    columns_kernel<<<grid, RESAMPLE_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
