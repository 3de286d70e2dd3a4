/* Resampling in two passes: sums along y into lines of float32 in scratch, and from these the sums along x. A thread
 * has a few sums that have the same taps: neighbours' columns of a row, then rows of a column. Rows and columns that
 * neighbours share come from the caches. */
#include "sample.cuh"

#include "kernels/px/resample-px.h"
#include "kernels/resample.h"

enum { RESAMPLE_THREADS = 256, EACH = 4 /* sums of a thread, a block's width or a row apart */ };
#define EACH_SUM _Pragma("unroll") for (int j = 0; j < EACH; j++)

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
    const int i = blockIdx.x * (EACH * RESAMPLE_THREADS) + threadIdx.x, order = job.s->order;
    const wsi_resample_axis *axis = &job.s->y;
    const int taps = wsi_px_resample_taps(axis, order);
    const wsi_edge mode = (wsi_edge)job.s->mode;
    const int symmetric = job.s->symmetric;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const wsi_px_place p = wsi_px_resample_place(job.at_y + y, axis, order);
        const int top = (int)(p.first - job.crop_y);
        float sum[EACH] = {};
        for (int k = 0; k < taps; k++) {
            const float weight = wsi_px_resample_tap(axis, k, p.toward, order);
            const int row = top + k;
            const int from = (unsigned)row < (unsigned)job.src.h ? row : (int)wsi_edge_map(mode, row, job.src.h);
            const char *samples = job.src.row(max(from, 0));
            EACH_SUM
            {
                const int at = min(i + j * RESAMPLE_THREADS, n - 1);
                const float v =
                    sample_f32<TYPE>(samples, (long long)job.lo * channels + at, job.src.type, job.src.size, symmetric);
                sum[j] += weight * (from < 0 ? job.s->outside : v);
            }
        }
        float *line = job.lines + (long long)y * n;
        EACH_SUM if (i + j * RESAMPLE_THREADS < n) line[i + j * RESAMPLE_THREADS] = sum[j];
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
    for (int y = EACH * blockIdx.y; y < job.dst.h; y += EACH * gridDim.y) {
        const float *line = job.lines + (long long)y * n + c;
        float sum[EACH] = {};
        for (int k = 0; k < taps; k++) {
            const float weight = wsi_px_resample_tap(axis, k, p.toward, order);
            const int x = left + k;
            const int from = (unsigned)x < (unsigned)job.src.w ? x : (int)wsi_edge_map(mode, x, job.src.w);
            const float *at = line + (long long)max(from - job.lo, 0) * channels;
            EACH_SUM
            {
                const float v = at[(long long)min(j, job.dst.h - 1 - y) * n];
                sum[j] += weight * (from < 0 ? job.s->beside : v);
            }
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
    const dim3 grid(blocks_for((long long)(job.hi - job.lo) * job.src.channels, EACH * RESAMPLE_THREADS),
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
                        0};
    const wsi_px_columns at = wsi_px_resample_columns(s, call->at_x, call->dst.w, job.crop_x, call->src[0].w);
    job.lo = (int)at.lo;
    job.hi = (int)at.hi;
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
