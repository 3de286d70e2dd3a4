/* rgb2hed and hed2rgb: four pixels at a time are three vectors in and three out. rgb2hed of 8-bit images takes three
 * look-ups a pixel in a table in shared memory, each the contribution of one channel to all three stains. */
#include "pointwise.cuh"
#include "program.cuh"

#include "kernels/px/stain-px.h"
#include "kernels/stain.h"

enum { STAIN_GROUPS = 1, STAIN_CHANNELS = 3, STAIN_VALUES = 256, STAIN_THREADS = 256, STAIN_ROWS = 16, WARP = 32 };
static_assert(sizeof(float4) == sizeof(((wsi_stain_state *)0)->table[0][0]), "a table entry is one vector");

struct stain_input {
    raw4 r[STAIN_CHANNELS];
};

/* What both directions share: moving four pixels. */
struct stain_views {
    view src, dst;

    __device__ __forceinline__ void load(stain_input &in, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < STAIN_CHANNELS; k++)
            in.r[k] =
                load4(src.row(y), LANES * (STAIN_CHANNELS * group + k), STAIN_CHANNELS * dst.w, src.size, src.vector);
    }

    __device__ __forceinline__ void to_floats(float *v, const stain_input &in) const
    {
#pragma unroll
        for (int k = 0; k < STAIN_CHANNELS; k++) to_f32(v + LANES * k, in.r[k], src.type, 1);
    }

    __device__ __forceinline__ void store(const float *v, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < STAIN_CHANNELS; k++)
            store4(dst.row(y), LANES * (STAIN_CHANNELS * group + k), STAIN_CHANNELS * dst.w, dst.size, dst.vector,
                   from_f32(v + LANES * k, dst.type));
    }
};

struct separate_body : stain_views {
    typedef stain_input input;
    stain_matrix matrix;
    float scale;

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float v[STAIN_CHANNELS * LANES], out[STAIN_CHANNELS * LANES];
        to_floats(v, in);
#pragma unroll
        for (int i = 0; i < STAIN_CHANNELS * LANES; i++) v[i] = wsi_px_absorbance(v[i] * scale);
#pragma unroll
        for (int i = 0; i < STAIN_CHANNELS * LANES; i++)
            out[i] = wsi_px_not_below_0(matrix.times(v + i / 3 * 3, i % 3));
        store(out, y, group);
    }
};

struct combine_body : stain_views {
    typedef stain_input input;
    stain_matrix matrix;

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float v[STAIN_CHANNELS * LANES], out[STAIN_CHANNELS * LANES];
        to_floats(v, in);
#pragma unroll
        for (int i = 0; i < STAIN_CHANNELS * LANES; i++)
            out[i] = wsi_px_transmittance(matrix.times(v + i / 3 * 3, i % 3));
        store(out, y, group);
    }
};

/* One pixel of 8 bits: the sum of three look-ups, in the channels' order. */
static __device__ __forceinline__ void look_up(float *out, const float4 *table, uint8_t r, uint8_t g, uint8_t b)
{
    const float4 u = table[r], v = table[STAIN_VALUES + g], w = table[2 * STAIN_VALUES + b];
    out[0] = wsi_px_not_below_0((u.x + v.x) + w.x);
    out[1] = wsi_px_not_below_0((u.y + v.y) + w.y);
    out[2] = wsi_px_not_below_0((u.z + v.z) + w.z);
}

/* Four pixels of each lane as float32: through shared memory, so that the warp stores whole lines. The whole warp
 * takes part; `first` is its first group. */
static __device__ __forceinline__ void store_warp(float4 *staging, const stain_views &views, const float *v, int y,
                                                  int first)
{
    const int lane = threadIdx.x % WARP;
    float4 *to = (float4 *)views.dst.row(y) + STAIN_CHANNELS * first;
#pragma unroll
    for (int k = 0; k < STAIN_CHANNELS; k++)
        staging[STAIN_CHANNELS * lane + k] = make_float4(v[4 * k], v[4 * k + 1], v[4 * k + 2], v[4 * k + 3]);
    __syncwarp();
#pragma unroll
    for (int k = 0; k < STAIN_CHANNELS; k++) to[lane + k * WARP] = staging[lane + k * WARP];
    __syncwarp();
}

static __global__ void __launch_bounds__(STAIN_THREADS)
    separate_u8_kernel(stain_views views, const float *device_table, int groups)
{
    __shared__ float4 table[STAIN_CHANNELS * STAIN_VALUES];
    for (int i = threadIdx.x; i < 4 * STAIN_CHANNELS * STAIN_VALUES; i += STAIN_THREADS)
        ((float *)table)[i] = device_table[i];
    __shared__ float4 staging[STAIN_CHANNELS * STAIN_THREADS];
    __syncthreads();
    const int group = blockIdx.x * STAIN_THREADS + threadIdx.x, first = group - (int)threadIdx.x % WARP;
    const bool whole = views.dst.type == WSI_F32 && views.dst.vector && LANES * (first + WARP) <= views.dst.w;
    if (group >= groups) return;
#pragma unroll 2
    for (int y = blockIdx.y; y < views.dst.h; y += gridDim.y) {
        stain_input in;
        float out[STAIN_CHANNELS * LANES];
        views.load(in, y, group);
        EACH_LANE look_up(out + 3 * j, table, take<uint8_t>(in.r[3 * j / 4], 3 * j % 4),
                          take<uint8_t>(in.r[(3 * j + 1) / 4], (3 * j + 1) % 4),
                          take<uint8_t>(in.r[(3 * j + 2) / 4], (3 * j + 2) % 4));
        if (whole)
            store_warp(staging + STAIN_CHANNELS * (threadIdx.x - threadIdx.x % WARP), views, out, y, first);
        else
            views.store(out, y, group);
    }
}

static stain_views views_of(const wsi_cuda_args *args)
{
    return stain_views{source_under(args->call, 0), view_of(args->call.dst)};
}

static stain_matrix matrix_of(const wsi_stain_state *state)
{
    stain_matrix m;
    memcpy(m.m, state->matrix, sizeof m.m);
    return m;
}

extern "C" wsi_status wsi_cuda_rgb2hed(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const stain_views views = views_of(args);
    const wsi_stain_state *state = (const wsi_stain_state *)args->call.state;
    if (views.src.type != WSI_U8) {
        const separate_body body = {views, matrix_of(state), state->scale};
        return run_pointwise<STAIN_GROUPS>(stream, body, views.dst.w, views.dst.h, err);
    }
    const int groups = (views.dst.w + LANES - 1) / LANES;
    const dim3 grid(blocks_for(groups, STAIN_THREADS), rows_for(blocks_for(views.dst.h, STAIN_ROWS)));
    const char *table = (const char *)args->device_state + offsetof(wsi_stain_state, table);
    separate_u8_kernel<<<grid, STAIN_THREADS, 0, stream->handle>>>(views, (const float *)table, groups);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_hed2rgb(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const combine_body body = {views_of(args), matrix_of((const wsi_stain_state *)args->call.state)};
    return run_pointwise<STAIN_GROUPS>(stream, body, body.dst.w, body.dst.h, err);
}
