/* Resampling in two passes: sums along y into lines of float32 in scratch, a thread a column of samples, and from these
 * the sums along x, a thread a sample of the result. Rows and columns that neighbours share come from the caches. */
#include "sample.cuh"

#include "kernels/px/resample-px.h"
#include "kernels/resample.h"

enum { RESAMPLE_THREADS = 256 };

/* Lines hold the crop's columns lo .. hi - 1. */
struct resample_job {
    view src, dst;
    float *lines;
    const wsi_resample_state *s; /* in device memory */
    long long at_x, at_y;        /* of the result's first pixel, in all of it */
    long long crop_x, crop_y;    /* of the crop's, in the whole input */
    int lo, hi;
};

template <int TYPE>
static __global__ void __launch_bounds__(RESAMPLE_THREADS) rows_kernel(const __grid_constant__ resample_job job)
{
    const int channels = job.src.channels, n = (job.hi - job.lo) * channels;
    const int i = blockIdx.x * RESAMPLE_THREADS + threadIdx.x, order = job.s->order;
    if (i >= n) return;
    const wsi_resample_axis *axis = &job.s->y;
    const int taps = wsi_px_resample_taps(axis, order);
    const wsi_edge mode = (wsi_edge)job.s->mode;
    const int symmetric = job.s->symmetric;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const wsi_px_place p = wsi_px_resample_place(job.at_y + y, axis, order);
        const int top = (int)(p.first - job.crop_y);
        float sum = 0.0f;
        for (int k = 0; k < taps; k++) {
            const float weight = wsi_px_resample_tap(axis, k, p.toward, order);
            const int row = top + k;
            const int from = (unsigned)row < (unsigned)job.src.h ? row : (int)wsi_edge_map(mode, row, job.src.h);
            const float v = from < 0 ? job.s->outside
                                     : sample_f32<TYPE>(job.src.row(from), (long long)job.lo * channels + i,
                                                        job.src.type, job.src.size, symmetric);
            sum += weight * v;
        }
        job.lines[(long long)y * n + i] = sum;
    }
}

static __global__ void __launch_bounds__(RESAMPLE_THREADS) columns_kernel(const __grid_constant__ resample_job job)
{
    const int channels = job.dst.channels, n = (job.hi - job.lo) * channels;
    const int i = blockIdx.x * RESAMPLE_THREADS + threadIdx.x, order = job.s->order;
    if (i >= job.dst.w * channels) return;
    const wsi_resample_axis *axis = &job.s->x;
    const int taps = wsi_px_resample_taps(axis, order), c = i % channels;
    const wsi_edge mode = (wsi_edge)job.s->mode;
    const wsi_px_place p = wsi_px_resample_place(job.at_x + i / channels, axis, order);
    const int left = (int)(p.first - job.crop_x);
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const float *line = job.lines + (long long)y * n + c;
        float sum = 0.0f;
        for (int k = 0; k < taps; k++) {
            const float weight = wsi_px_resample_tap(axis, k, p.toward, order);
            const int x = left + k;
            const int from = (unsigned)x < (unsigned)job.src.w ? x : (int)wsi_edge_map(mode, x, job.src.w);
            sum += weight * (from < 0 ? job.s->beside : line[(long long)(from - job.lo) * channels]);
        }
        store_f32(job.dst.row(y) + (long long)i * job.dst.size, job.dst.type, sum);
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
    const dim3 grid(blocks_for((long long)(job.hi - job.lo) * job.src.channels, RESAMPLE_THREADS), rows_for(job.dst.h));
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
                        0};
    const wsi_px_columns at = wsi_px_resample_columns(s, call->at_x, call->dst.w, job.crop_x, call->src[0].w);
    job.lo = (int)at.lo;
    job.hi = (int)at.hi;
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, RESAMPLE_THREADS), rows_for(job.dst.h));
    if (s->copy) {
        copy_kernel<<<grid, RESAMPLE_THREADS, 0, stream->handle>>>(job);
        return launched(stream, err);
    }
    WSI_FORWARD(sum_rows(stream, job, err));
    columns_kernel<<<grid, RESAMPLE_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
