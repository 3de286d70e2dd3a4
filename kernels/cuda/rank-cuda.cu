/* rank_gradient, rank_mean and rank_percentile. A mean's thread walks down a column of results with the footprint's sum
 * in a register: what comes in and goes out lies on the footprint's lower and upper border. A percentile is built bit
 * by bit, counting over the footprint's pixels inside the image; neighbouring threads count nearly the same pixels,
 * which stay in the caches. */
#include "samples.cuh"

extern "C" {
#include "kernels/px/rank-px.h"
#include "kernels/rank.h"
}

enum { THREADS = 256, STRIP = 64 /* rows of results of a thread */ };

extern "C" wsi_status wsi_cuda_erosion(wsi_stream *, const wsi_cuda_args *, wsi_error *);
extern "C" wsi_status wsi_cuda_dilation(wsi_stream *, const wsi_cuda_args *, wsi_error *);

template <class T> static __global__ void __launch_bounds__(THREADS) subtract_kernel(view from, view less)
{
    const int i = blockIdx.x * THREADS + threadIdx.x;
    if (i >= from.w * from.channels) return;
    for (int y = blockIdx.y; y < from.h; y += gridDim.y) {
        T *at = (T *)from.row(y) + i;
        *at = (T)(*at - ((const T *)less.row(y))[i]);
    }
}

extern "C" wsi_status wsi_cuda_rank_gradient(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_image &dst = args->call.dst;
    wsi_cuda_args minima = *args, maxima = *args;
    minima.call.dst.data = args->call.scratch;
    minima.call.dst.stride = (ptrdiff_t)wsi_rank_plane_row(dst.w, dst.fmt);
    minima.call.scratch = maxima.call.scratch = (char *)args->call.scratch + wsi_rank_plane(dst.w, dst.h, dst.fmt);
    WSI_FORWARD(wsi_cuda_erosion(stream, &minima, err));
    WSI_FORWARD(wsi_cuda_dilation(stream, &maxima, err));
    const dim3 grid(blocks_for((long long)dst.w * dst.fmt.channels, THREADS), rows_for(dst.h));
    if (dst.fmt.type == WSI_U8)
        subtract_kernel<uint8_t><<<grid, THREADS, 0, stream->handle>>>(view_of(dst), view_of(minima.call.dst));
    else
        subtract_kernel<uint16_t><<<grid, THREADS, 0, stream->handle>>>(view_of(dst), view_of(minima.call.dst));
    return launched(stream, err);
}

struct rank_job {
    view src, dst;
    int ox, oy;
    const wsi_rank_state *state; /* in device memory */
};

/* A sum over pixels inside the image, and their number. */
struct inside_sum {
    uint32_t sum, pixels;
};

/* Adds source pixel (x, y), where it is inside, `sign` times. */
template <class T>
static __device__ __forceinline__ void add_pixel(inside_sum &s, const rank_job &job, int x, int y, int channel,
                                                 uint32_t sign)
{
    if ((unsigned)x >= (unsigned)job.src.w || (unsigned)y >= (unsigned)job.src.h) return;
    s.sum += sign * ((const T *)job.src.row(y))[(long long)x * job.src.channels + channel];
    s.pixels += sign;
}

template <class T> static __global__ void __launch_bounds__(THREADS) mean_kernel(rank_job job)
{
    const wsi_rank_state &state = *job.state;
    const int channels = job.dst.channels, i = blockIdx.x * THREADS + threadIdx.x;
    if (i >= job.dst.w * channels) return;
    const int x = job.ox + i / channels, channel = i % channels, n = state.borders;
    for (int y0 = blockIdx.y * STRIP; y0 < job.dst.h; y0 += gridDim.y * STRIP) {
        const int end = min(y0 + (int)STRIP, job.dst.h);
        inside_sum s = {0, 0};
        for (int k = 0; k < n; k++)
            for (int dy = state.leave[k].dy; dy <= state.enter[k].dy; dy++)
                add_pixel<T>(s, job, x + state.enter[k].dx, job.oy + y0 + dy, channel, 1u);
        for (int y = y0; y < end; y++) {
            ((T *)job.dst.row(y))[i] = (T)wsi_px_rank_mean(s.sum, s.pixels);
            if (y + 1 == end) break;
            for (int k = 0; k < n; k++) {
                const int column = x + state.enter[k].dx, row = job.oy + y;
                add_pixel<T>(s, job, column, row + 1 + state.enter[k].dy, channel, 1u);
                add_pixel<T>(s, job, column, row + state.leave[k].dy, channel, ~0u);
            }
        }
    }
}

/* Samples below the candidate among the footprint's pixels inside the image about source pixel (x, y); *pixels gets the
 * number of all. */
template <class T>
static __device__ __forceinline__ uint32_t count_below(uint32_t *pixels, const rank_job &job, int x, int y, int channel,
                                                       uint32_t candidate)
{
    const wsi_footprint &f = job.state->footprint;
    const int channels = job.src.channels;
    uint32_t below = 0, all = 0;
    for (int c = 0; c < f.chords; c++) {
        const wsi_chord chord = f.chord[c];
        const int lo = max(x - chord.left, 0), hi = min(x + chord.right, job.src.w - 1);
        for (int k = chord.first; k < chord.first + chord.count; k++) {
            const int row = y + f.dy[k];
            if ((unsigned)row >= (unsigned)job.src.h) continue;
            const T *at = (const T *)job.src.row(row) + channel;
            for (int u = lo; u <= hi; u++) below += at[(long long)u * channels] < candidate;
            all += (uint32_t)(hi - lo + 1);
        }
    }
    *pixels = all;
    return below;
}

template <class T> static __global__ void __launch_bounds__(THREADS) percentile_kernel(rank_job job)
{
    const int channels = job.dst.channels, i = blockIdx.x * THREADS + threadIdx.x;
    if (i >= job.dst.w * channels) return;
    const int x = job.ox + i / channels, channel = i % channels;
    const double p0 = job.state->p0;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        uint32_t found = 0;
        for (int bit = 8 * (int)sizeof(T) - 1; bit >= 0; bit--) {
            uint32_t pixels;
            const uint32_t candidate = found | 1u << bit;
            const uint32_t below = count_below<T>(&pixels, job, x, job.oy + y, channel, candidate);
            if (below <= wsi_px_rank_of(p0, pixels)) found = candidate;
        }
        ((T *)job.dst.row(y))[i] = (T)found;
    }
}

static rank_job job_of(const wsi_cuda_args *args)
{
    return rank_job{view_of(args->call.src[0]), view_of(args->call.dst), (int)args->call.ox[0], (int)args->call.oy[0],
                    (const wsi_rank_state *)args->device_state};
}

extern "C" wsi_status wsi_cuda_rank_mean(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const rank_job job = job_of(args);
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, THREADS),
                    rows_for(blocks_for(job.dst.h, STRIP)));
    if (job.dst.type == WSI_U8)
        mean_kernel<uint8_t><<<grid, THREADS, 0, stream->handle>>>(job);
    else
        mean_kernel<uint16_t><<<grid, THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_rank_percentile(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const rank_job job = job_of(args);
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, THREADS), rows_for(job.dst.h));
    if (job.dst.type == WSI_U8)
        percentile_kernel<uint8_t><<<grid, THREADS, 0, stream->handle>>>(job);
    else
        percentile_kernel<uint16_t><<<grid, THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
