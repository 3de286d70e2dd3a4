/* Correlation with two-dimensional weights: a thread has STENCIL_RUN results below one another and goes down each
 * column of the weights, where from weight to weight it loads one new sample for all of them. Neighbouring threads'
 * samples come from the cache, weights from shared memory, a column at a time. */
#include "stencil.cuh"

#include "kernels/gabor.h"

enum {
    STENCIL_THREADS = 128,
    STENCIL_RUN = 8,     /* results of a thread */
    STENCIL_COLUMN = 256 /* weights of a column and kernel, at most */
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
