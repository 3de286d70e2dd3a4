/* find_boundaries: a thread has a column of results and marches down it with a 3x3 neighbourhood in registers.
 * Neighbouring threads' columns come from the cache. */
#include "samples.cuh"

#include "kernels/boundaries.h"

enum { BOUNDARY_THREADS = 128, BOUNDARY_STRIP = 32 /* rows of results of a thread */ };

struct boundary_job {
    view src, dst;
    int ox, oy;
    wsi_boundaries_mode mode;
    int corners;
    long long background;
};

/* For OUTER with the greatest and least of each row, in which the background counts as the type's greatest. */
template <class T, int MODE> struct boundary_window {
    enum { OUTER = MODE == WSI_BOUNDARIES_OUTER };
    T v[3][3], most[3], least[3];

    __device__ __forceinline__ void load(int k, const char *row, const int (&at)[3], T background, T greatest)
    {
#pragma unroll
        for (int i = 0; i < 3; i++) v[k][i] = ((const T *)row)[at[i]];
        if constexpr (OUTER) {
            most[k] = max(max(v[k][0], v[k][1]), v[k][2]);
            least[k] = greatest;
#pragma unroll
            for (int i = 0; i < 3; i++) least[k] = min(least[k], v[k][i] == background ? greatest : v[k][i]);
        }
    }

    __device__ __forceinline__ void shift()
    {
#pragma unroll
        for (int k = 0; k < 2; k++) {
#pragma unroll
            for (int i = 0; i < 3; i++) v[k][i] = v[k + 1][i];
            if constexpr (OUTER) most[k] = most[k + 1], least[k] = least[k + 1];
        }
    }

    __device__ __forceinline__ int differs(int corners) const
    {
        const T c = v[1][1];
        const int sides = (v[0][1] != c) | (v[1][0] != c) | (v[1][2] != c) | (v[2][1] != c);
        return corners ? sides | (v[0][0] != c) | (v[0][2] != c) | (v[2][0] != c) | (v[2][2] != c) : sides;
    }

    __device__ __forceinline__ int touches() const
    {
        if constexpr (!OUTER) return 0;
        return max(max(most[0], most[1]), most[2]) != min(min(least[0], least[1]), least[2]);
    }
};

/* background: the type's greatest value where job.background is none of the type's, which changes no minimum. */
template <class T, int MODE>
static __global__ void __launch_bounds__(BOUNDARY_THREADS)
    boundary_kernel(const __grid_constant__ boundary_job job, T background, T greatest)
{
    const int channels = job.dst.channels, i = blockIdx.x * BOUNDARY_THREADS + threadIdx.x;
    if (i >= job.dst.w * channels) return;
    const int x = job.ox + i / channels, channel = i % channels, y0 = blockIdx.y * BOUNDARY_STRIP;
    const int at[3] = {max(x - 1, 0) * channels + channel, x * channels + channel,
                       min(x + 1, job.src.w - 1) * channels + channel};
    const char *row = job.src.row(job.oy + y0);
    char *to = job.dst.row(y0) + i;
    boundary_window<T, MODE> window;
    window.load(1, job.src.row(max(job.oy + y0 - 1, 0)), at, background, greatest);
    window.load(2, row, at, background, greatest);
#pragma unroll 4
    for (int y = y0; y < min(y0 + (int)BOUNDARY_STRIP, job.dst.h); y++, to += job.dst.stride) {
        window.shift();
        if (job.oy + y + 1 < job.src.h) row += job.src.stride;
        window.load(2, row, at, background, greatest);
        const int on_background = (long long)window.v[1][1] == job.background;
        *to = (char)wsi_px_boundary((wsi_boundaries_mode)MODE, window.differs(job.corners), on_background,
                                    window.touches());
    }
}

template <class T>
static wsi_status run(wsi_stream *stream, const boundary_job &job, long long greatest, wsi_error *err)
{
    const dim3 grid(blocks_for((long long)job.dst.w * job.dst.channels, BOUNDARY_THREADS),
                    blocks_for(job.dst.h, BOUNDARY_STRIP));
    const T background = (long long)(T)job.background == job.background ? (T)job.background : (T)greatest;
    const auto kernel = job.mode == WSI_BOUNDARIES_OUTER   ? boundary_kernel<T, WSI_BOUNDARIES_OUTER>
                        : job.mode == WSI_BOUNDARIES_INNER ? boundary_kernel<T, WSI_BOUNDARIES_INNER>
                                                           : boundary_kernel<T, WSI_BOUNDARIES_THICK>;
    kernel<<<grid, BOUNDARY_THREADS, 0, stream->handle>>>(job, background, (T)greatest);
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
