/* threshold_niblack, threshold_sauvola and threshold_local's mean: a warp has a run of a row of results. It sums down
 * the columns that its windows span, each lane some of them, and then across in its share of the shared memory, in the
 * order of cpu/window-sum.h. Neighbouring warps have neighbouring rows, whose source rows are in the cache. */
#include "local-cuda.cuh"
#include "sample.cuh"
#include "tile.cuh"

#include "kernels/px/local-px.h"

enum { WARP = 32, WARPS = 8, THREADS = WARP * WARPS, EACH = 4, RUN = EACH * WARP /* results of a warp */ };
static_assert(WARPS * 2 * (RUN + WSI_LOCAL_SIDE_MAX - 1) * sizeof(double) <= 48 * 1024, "fits every device");

struct local_job {
    tile_source source;
    view dst;
    int ox, oy;
    wsi_local_state state;
};

/* Sums of the window's height down column x (of the source, maybe beyond it) about source row y. */
template <int TYPE>
static __device__ __forceinline__ void sum_column(double &sum, double &squares, const local_job &job, int x, int y,
                                                  int channel)
{
    const view &src = job.source.src;
    const int column = (int)wsi_edge_map((wsi_edge)job.source.mode, x, src.w), ry = job.state.ry;
    const long long at = (long long)column * src.channels + channel;
    double s = 0.0, q = 0.0;
    if (column >= 0 && y >= ry && y + ry < src.h) {
        const char *row = src.row(y - ry);
#pragma unroll 5
        for (int k = 0; k <= 2 * ry; k++, row += src.stride) {
            const double v = sample_f32<TYPE>(row, at, src.type, src.size);
            s += v;
            q += v * v;
        }
    } else {
        for (int k = y - ry; k <= y + ry; k++) {
            const int row = map_row(job.source, k);
            const double v =
                (row | column) < 0 ? job.state.outside : sample_f32<TYPE>(src.row(row), at, src.type, src.size);
            s += v;
            q += v * v;
        }
    }
    sum = s, squares = q;
}

/* Makes each value of a run the sum of itself and of the one `by` after it. */
static __device__ __forceinline__ void pair_runs(double *run, int length, int by)
{
    for (int first = 0; first < length; first += WARP) {
        const int i = first + threadIdx.x % WARP;
        const double v = i < length ? run[i] + run[i + by] : 0.0;
        __syncwarp();
        if (i < length) run[i] = v;
        __syncwarp();
    }
}

static __device__ __forceinline__ void sum_across(double (&sum)[EACH], double *run, int width)
{
    const int lane = threadIdx.x % WARP;
    int at = 0, length = RUN + width - 1;
    for (int bit = 1;; bit *= 2) {
        if (width & bit) {
#pragma unroll
            for (int k = 0; k < EACH; k++) {
                const double v = run[at + k * WARP + lane];
                sum[k] = at == 0 ? v : sum[k] + v;
            }
            at += bit;
        }
        if (2 * bit > width) return;
        __syncwarp();
        length -= bit;
        pair_runs(run, length, bit);
    }
}

static __device__ __forceinline__ float threshold(const wsi_local_state &t, double s, double q)
{
    const double mean = s * t.inverse;
    if (t.formula == WSI_LOCAL_MEAN) return (float)(mean - t.offset);
    const double deviation = wsi_px_deviation(s, q, t.count, t.inverse);
    if (t.formula == WSI_LOCAL_NIBLACK) return (float)wsi_px_niblack(mean, deviation, t.k);
    return (float)wsi_px_sauvola(mean, deviation, t.k, t.r_scale);
}

template <int TYPE>
static __global__ void __launch_bounds__(THREADS) local_kernel(const __grid_constant__ local_job job)
{
    extern __shared__ double shared[];
    const wsi_local_state &t = job.state;
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP, width = 2 * t.rx + 1, span = RUN + width - 1;
    double *sums = shared + 2 * warp * span, *squares = sums + span;
    const int x0 = blockIdx.x * RUN, channel = blockIdx.z;
    for (int y = blockIdx.y * WARPS + warp; y < job.dst.h; y += gridDim.y * WARPS) {
        for (int i = lane; i < span; i += WARP)
            sum_column<TYPE>(sums[i], squares[i], job, job.ox + x0 + i - t.rx, job.oy + y, channel);
        __syncwarp();
        double s[EACH] = {}, q[EACH] = {};
        sum_across(s, sums, width);
        if (t.formula != WSI_LOCAL_MEAN) sum_across(q, squares, width);
        float *out = (float *)job.dst.row(y);
#pragma unroll
        for (int k = 0; k < EACH; k++) {
            const int x = x0 + k * WARP + lane;
            if (x < job.dst.w) out[(long long)x * job.dst.channels + channel] = threshold(t, s[k], q[k]);
        }
        __syncwarp();
    }
}

extern "C" wsi_status wsi_cuda_local(wsi_stream *stream, const wsi_cuda_args *args, const wsi_local_state *s,
                                     wsi_error *err)
{
    const local_job job = {{view_of(args->call.src[0]), s->mode},
                           view_of(args->call.dst),
                           (int)args->call.ox[0],
                           (int)args->call.oy[0],
                           *s};
    const size_t bytes = WARPS * 2 * (size_t)(RUN + 2 * s->rx) * sizeof(double);
    const dim3 grid(blocks_for(job.dst.w, RUN), rows_for(blocks_for(job.dst.h, WARPS)), (unsigned)job.dst.channels);
    if (job.source.src.type == WSI_F32)
        local_kernel<WSI_F32><<<grid, THREADS, bytes, stream->handle>>>(job);
    else if (job.source.src.type == WSI_U8)
        local_kernel<WSI_U8><<<grid, THREADS, bytes, stream->handle>>>(job);
    else
        local_kernel<WSI_DTYPE_COUNT><<<grid, THREADS, bytes, stream->handle>>>(job);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_threshold_niblack(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return wsi_cuda_local(stream, args, (const wsi_local_state *)args->call.state, err);
}

extern "C" wsi_status wsi_cuda_threshold_sauvola(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return wsi_cuda_local(stream, args, (const wsi_local_state *)args->call.state, err);
}
