/* Correlation with two-dimensional weights: a thread has STENCIL_RUN results below one another and goes down each
 * column of the weights, where from weight to weight it loads one new sample for all of them. Neighbouring threads'
 * samples come from the cache, weights from shared memory, a column at a time.
 *
 * With the weights of a small square, a thread marches down a column of results instead: the samples they look at stay
 * in registers, and weights are operands in constant memory. */
#include "stencil.cuh"

#include "kernels/gabor.h"
#include "march.cuh"

enum {
    STENCIL_THREADS = 128,
    STENCIL_RUN = 8,      /* results of a thread */
    STENCIL_COLUMN = 256, /* weights of a column and kernel, at most */
    STENCIL_STRIP = 32    /* results of a thread that marches */
};
static_assert((int)STENCIL_COLUMN >= 2 * WSI_GABOR_REACH + 1 && (int)STENCIL_COLUMN >= (int)WSI_FLOATS_MAX,
              "all heights fit");

struct stencil_job {
    tile_source source;
    view dst;
    int symmetric, ox, oy;
    int w, h, left, top;
    float outside;
    const float *taps; /* in device memory */
};

template <bool F32, int KERNELS>
static __global__ void __launch_bounds__(STENCIL_THREADS)
    stencil_kernel(const __grid_constant__ stencil_job job, const __grid_constant__ linear_finish<KERNELS> finish)
{
    __shared__ float weights[KERNELS][STENCIL_COLUMN];
    const int channels = job.dst.channels, i = blockIdx.x * STENCIL_THREADS + threadIdx.x;
    const bool inside = i < job.dst.w * channels;
    const any_load load = {job.source.src.type, job.source.src.size, job.symmetric};
    for (int y0 = blockIdx.y * STENCIL_RUN; y0 < job.dst.h; y0 += gridDim.y * STENCIL_RUN) {
        float out[KERNELS][STENCIL_RUN] = {};
        const int top = job.oy + y0 - job.top;
        for (int j = 0; j < job.w; j++) {
            __syncthreads();
#pragma unroll
            for (int k = 0; k < KERNELS; k++)
                for (int n = threadIdx.x; n < job.h; n += STENCIL_THREADS)
                    weights[k][n] = job.taps[((long long)k * job.w + j) * job.h + n];
            __syncthreads();
            if (!inside) continue;
            const column at = column_of(job.source, load, i + (job.ox + j - job.left) * channels, channels);
            float v[STENCIL_RUN], sum[KERNELS][STENCIL_RUN] = {};
            if (at.outside) {
#pragma unroll
                for (int r = 0; r < STENCIL_RUN; r++) v[r] = job.outside;
            } else {
#pragma unroll
                for (int r = 0; r + 1 < STENCIL_RUN; r++)
                    v[r + 1] = sample_of<F32>(job.source, job.symmetric, job.outside, at, top + r);
            }
#pragma unroll 4
            for (int n = 0; n < job.h; n++) {
#pragma unroll
                for (int r = 0; r + 1 < STENCIL_RUN; r++) v[r] = v[r + 1];
                if (!at.outside)
                    v[STENCIL_RUN - 1] =
                        sample_of<F32>(job.source, job.symmetric, job.outside, at, top + n + STENCIL_RUN - 1);
#pragma unroll
                for (int k = 0; k < KERNELS; k++)
#pragma unroll
                    for (int r = 0; r < STENCIL_RUN; r++) sum[k][r] = WSI_PX_TAP(sum[k][r], weights[k][n], v[r]);
            }
#pragma unroll
            for (int k = 0; k < KERNELS; k++)
#pragma unroll
                for (int r = 0; r < STENCIL_RUN; r++) out[k][r] = out[k][r] + sum[k][r];
        }
        if (!inside) continue;
#pragma unroll
        for (int r = 0; r < STENCIL_RUN; r++) {
            float of[KERNELS];
#pragma unroll
            for (int k = 0; k < KERNELS; k++) of[k] = out[k][r];
            if (y0 + r < job.dst.h)
                store_f32(job.dst.row(y0 + r) + (long long)i * job.dst.size, job.dst.type, finish(of));
        }
    }
}

template <int SIDE> struct square_weights {
    float of[SIDE][SIDE]; /* by column */
};

/* Columns of the source side by side: four new rows of each below those that a result still looks at. */
template <int SIDE, class Load> struct square_window {
    enum { KEPT = SIDE - 1, FILL = (KEPT + LANES - 1) / LANES * LANES /* rows before the first result */ };
    float v[SIDE][KEPT + LANES];
    column at[SIDE];
    typename Load::raw next[SIDE];
    int outside;

    __device__ __forceinline__ void fetch(const stencil_job &job, const Load &load, int y)
    {
        outside = fetch_rows(next, job.source, load, at, y);
    }

    __device__ __forceinline__ void advance(const stencil_job &job, const Load &load)
    {
#pragma unroll
        for (int k = 0; k < SIDE; k++) {
#pragma unroll
            for (int n = 0; n < KEPT; n++) v[k][n] = v[k][n + LANES];
            values_of(v[k] + KEPT, next[k], outside, load, NULL, job.outside);
            if (at[k].outside) EACH_LANE v[k][KEPT + j] = job.outside;
        }
    }

    /* A column's sum need not begin with zero: adding it to the result drops a zero's sign. */
    __device__ __forceinline__ float result(int j, const square_weights<SIDE> &w) const
    {
        float result = 0.0f;
#pragma unroll
        for (int k = 0; k < SIDE; k++) {
            float sum = w.of[k][0] * v[k][j];
#pragma unroll
            for (int n = 1; n < SIDE; n++) sum = WSI_PX_TAP(sum, w.of[k][n], v[k][j + n]);
            result = result + sum;
        }
        return result;
    }
};

template <int SIDE, class Load, class Finish>
static __global__ void __launch_bounds__(MARCH_THREADS, TILE_BLOCKS(SIDE > 3 ? 2 : 4))
    square_kernel(const __grid_constant__ stencil_job job, const __grid_constant__ square_weights<SIDE> w,
                  const __grid_constant__ Load load, const __grid_constant__ Finish finish)
{
    typedef square_window<SIDE, Load> window;
    const int channels = job.dst.channels, i = blockIdx.x * MARCH_THREADS + threadIdx.x;
    const int y0 = blockIdx.y * STENCIL_STRIP, rows = min((int)STENCIL_STRIP, job.dst.h - y0);
    if (i >= job.dst.w * channels) return;
    window seen = {};
#pragma unroll
    for (int k = 0; k < SIDE; k++)
        seen.at[k] = column_of(job.source, load, i + (job.ox + k - job.left) * channels, channels);
    const int size = finish.size_of(job.dst.size);
    int y = job.oy + y0 - job.top + window::KEPT - window::FILL;
    seen.fetch(job, load, y);
#pragma unroll 1
    for (int row = -window::FILL; row < rows; row += LANES) {
        seen.advance(job, load);
        y += LANES;
        if (row + LANES < rows) seen.fetch(job, load, y);
        if (row < 0) continue;
        float v[LANES];
        EACH_LANE v[j] = seen.result(j, w);
        const raw4 out = finish.finish(v);
        char *line = job.dst.row(y0 + row) + (long long)i * size;
        EACH_LANE
        {
            if (row + j < rows) store_sample(line, out, j, size);
            line += job.dst.stride;
        }
    }
}

template <int SIDE, class Load, class Finish>
static wsi_status launch_square(wsi_stream *stream, const stencil_job &job, const float *taps, const Load &load,
                                const Finish &finish, wsi_error *err)
{
    square_weights<SIDE> w;
    memcpy(w.of, taps, sizeof w.of);
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, MARCH_THREADS),
                    blocks_for(job.dst.h, STENCIL_STRIP));
    square_kernel<SIDE, Load, Finish><<<grid, MARCH_THREADS, 0, stream->handle>>>(job, w, load, finish);
    return launched(stream, err);
}

/* taps: in host memory. */
template <int SIDE>
static wsi_status run_square(wsi_stream *stream, const stencil_job &job, const float *taps, wsi_error *err)
{
    const view &src = job.source.src;
    if (src.type == WSI_F32 && job.dst.type == WSI_F32)
        return launch_square<SIDE>(stream, job, taps, typed_load<float>{}, plain_finish<WSI_F32>{WSI_F32}, err);
    return launch_square<SIDE>(stream, job, taps, any_load{src.type, src.size, job.symmetric},
                               plain_finish<WSI_DTYPE_COUNT>{job.dst.type}, err);
}

template <int KERNELS>
static wsi_status launch_stencil(wsi_stream *stream, const stencil_job &job, const wsi_stencil_state *s, wsi_error *err)
{
    const linear_finish<KERNELS> finish = {s->finish, s->a, s->b};
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, STENCIL_THREADS),
                    rows_for(blocks_for(job.dst.h, STENCIL_RUN)));
    if (job.source.src.type == WSI_F32)
        stencil_kernel<true, KERNELS><<<grid, STENCIL_THREADS, 0, stream->handle>>>(job, finish);
    else
        stencil_kernel<false, KERNELS><<<grid, STENCIL_THREADS, 0, stream->handle>>>(job, finish);
    return launched(stream, err);
}

wsi_status wsi_cuda_stencil(wsi_stream *stream, const wsi_cuda_args *args, const wsi_stencil_state *s,
                            const float *taps, wsi_error *err)
{
    stencil_job job = {};
    job.source = tile_source{view_of(args->call.src[0]), s->mode};
    job.dst = view_of(args->call.dst);
    job.symmetric = s->symmetric;
    job.ox = (int)args->call.ox[0], job.oy = (int)args->call.oy[0];
    job.w = s->w, job.h = s->h, job.left = s->left, job.top = s->top;
    job.outside = s->outside;
    job.taps = taps;
    if (s->kernels == 1 && s->finish == WSI_LINEAR_PLAIN && s->w == s->h) {
        if (s->w == 3) return run_square<3>(stream, job, wsi_stencil_taps(s), err);
        if (s->w == 5) return run_square<5>(stream, job, wsi_stencil_taps(s), err);
    }
    return s->kernels == 1 ? launch_stencil<1>(stream, job, s, err) : launch_stencil<2>(stream, job, s, err);
}

extern "C" wsi_status wsi_cuda_convolve(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_stencil_state *s = (const wsi_stencil_state *)args->call.state;
    return wsi_cuda_stencil(stream, args, s, wsi_stencil_taps((const wsi_stencil_state *)args->device_state), err);
}

extern "C" wsi_status wsi_cuda_linear(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

extern "C" wsi_status wsi_cuda_gabor(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_gabor_state *s = (const wsi_gabor_state *)args->call.state;
    const wsi_gabor_state *device = (const wsi_gabor_state *)args->device_state;
    if (!s->separable) return wsi_cuda_stencil(stream, args, &s->head, device->taps, err);
    wsi_cuda_args linear = *args;
    linear.call.state = &s->linear;
    linear.device_state = &device->linear;
    return wsi_cuda_linear(stream, &linear, err);
}
