/* find_boundaries: a thread has a column of results and marches down it with a 3x3 neighbourhood in registers.
 * Neighbouring threads' columns come from the cache. */
#include "samples.cuh"

#include "kernels/boundaries.h"

enum { BOUNDARY_THREADS = 128, BOUNDARY_STRIP = 16 /* rows of results of a thread */ };

struct boundary_job {
    view src, dst;
    int ox, oy;
    wsi_boundaries_mode mode;
    int corners;
    long long background;
};

template <class T> struct boundary_window {
    T v[3][3];

    __device__ __forceinline__ void load(int k, const char *row, const int (&at)[3])
    {
#pragma unroll
        for (int i = 0; i < 3; i++) v[k][i] = ((const T *)row)[at[i]];
    }

    __device__ __forceinline__ void shift()
    {
#pragma unroll
        for (int i = 0; i < 3; i++) v[0][i] = v[1][i], v[1][i] = v[2][i];
    }

    __device__ __forceinline__ int differs(int corners) const
    {
        const T c = v[1][1];
        const int sides = (v[0][1] != c) | (v[1][0] != c) | (v[1][2] != c) | (v[2][1] != c);
        return corners ? sides | (v[0][0] != c) | (v[0][2] != c) | (v[2][0] != c) | (v[2][2] != c) : sides;
    }

    /* greatest: the type's, which the background counts as in the minimum. */
    __device__ __forceinline__ int touches(long long background, T greatest) const
    {
        T most = v[0][0], least = greatest;
#pragma unroll
        for (int i = 0; i < 9; i++) {
            const T one = v[i / 3][i % 3];
            most = one > most ? one : most;
            if ((long long)one != background) least = one < least ? one : least;
        }
        return most != least;
    }
};

template <class T>
static __global__ void __launch_bounds__(BOUNDARY_THREADS)
    boundary_kernel(const __grid_constant__ boundary_job job, T greatest)
{
    const int channels = job.dst.channels, i = blockIdx.x * BOUNDARY_THREADS + threadIdx.x;
    if (i >= job.dst.w * channels) return;
    const int x = job.ox + i / channels, channel = i % channels, y0 = blockIdx.y * BOUNDARY_STRIP;
    const int at[3] = {max(x - 1, 0) * channels + channel, x * channels + channel,
                       min(x + 1, job.src.w - 1) * channels + channel};
    boundary_window<T> window;
    window.load(1, job.src.row(max(job.oy + y0 - 1, 0)), at);
    window.load(2, job.src.row(job.oy + y0), at);
#pragma unroll 4
    for (int y = y0; y < min(y0 + (int)BOUNDARY_STRIP, job.dst.h); y++) {
        window.shift();
        window.load(2, job.src.row(min(job.oy + y + 1, job.src.h - 1)), at);
        const int background = (long long)window.v[1][1] == job.background;
        const int touches = job.mode == WSI_BOUNDARIES_OUTER ? window.touches(job.background, greatest) : 0;
        job.dst.row(y)[i] = (char)wsi_px_boundary(job.mode, window.differs(job.corners), background, touches);
    }
}

template <class T>
static wsi_status run(wsi_stream *stream, const boundary_job &job, long long greatest, wsi_error *err)
{
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, BOUNDARY_THREADS),
                    blocks_for(job.dst.h, BOUNDARY_STRIP));
    boundary_kernel<T><<<grid, BOUNDARY_THREADS, 0, stream->handle>>>(job, (T)greatest);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_find_boundaries(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_kernel_args *c = &args->call;
    const wsi_boundaries_params *p = (const wsi_boundaries_params *)c->params;
    const boundary_job job = {
        view_of(c->src[0]),           view_of(c->dst),      (int)c->ox[0],           (int)c->oy[0],
        (wsi_boundaries_mode)p->mode, p->connectivity == 2, (long long)p->background};
    switch (c->src[0].fmt.type) {
    case WSI_I8:
        return run<int8_t>(stream, job, 127, err);
    case WSI_U16:
        return run<uint16_t>(stream, job, 65535, err);
    case WSI_I16:
        return run<int16_t>(stream, job, 32767, err);
    case WSI_U32:
        return run<uint32_t>(stream, job, 4294967295LL, err);
    case WSI_I32:
        return run<int32_t>(stream, job, 2147483647, err);
    default:
        return run<uint8_t>(stream, job, 255, err);
    }
}
