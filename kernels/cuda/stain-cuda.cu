/* rgb2hed and hed2rgb: four pixels at a time are three vectors in and three out. rgb2hed of 8-bit images takes three
 * look-ups a pixel in a table in shared memory, each the contribution of one channel to all three stains. */
#include "pointwise.cuh"
#include "program.cuh"

#include "kernels/px/stain-px.h"
#include "kernels/stain.h"

enum { STAIN_GROUPS = 1, STAIN_CHANNELS = 3, STAIN_VALUES = 256, STAIN_THREADS = 1024, STAIN_SHIFT = 3, WARP = 32 };
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

/* The table in shared memory, with every entry a few times side by side: with eight copies, each of eight lanes that
 * read together has its own banks. */
struct stain_table {
    const float4 *entry; /* the thread's copy of the first one */
    unsigned shift;      /* 1 << shift copies */

    __device__ __forceinline__ float4 at(unsigned channel, unsigned value) const
    {
        return entry[channel * STAIN_VALUES + value << shift];
    }

    /* One pixel of 8 bits: the sum of three look-ups, in the channels' order. */
    __device__ __forceinline__ void look_up(float *out, uint8_t r, uint8_t g, uint8_t b) const
    {
        const float4 u = at(0, r), v = at(1, g), w = at(2, b);
        out[0] = wsi_px_not_below_0((u.x + v.x) + w.x);
        out[1] = wsi_px_not_below_0((u.y + v.y) + w.y);
        out[2] = wsi_px_not_below_0((u.z + v.z) + w.z);
    }
};

/* Four pixels of each lane, as float32 or as bytes: through shared memory, so that the warp stores whole lines. T: four
 * samples. The whole warp takes part; `first` is its first group. */
template <class T>
static __device__ __forceinline__ void store_warp(T *staging, const stain_views &views, const T (&v)[STAIN_CHANNELS],
                                                  int y, int first)
{
    const int lane = threadIdx.x % WARP;
    T *to = (T *)views.dst.row(y) + STAIN_CHANNELS * first;
#pragma unroll
    for (int k = 0; k < STAIN_CHANNELS; k++) staging[STAIN_CHANNELS * lane + k] = v[k];
    __syncwarp();
#pragma unroll
    for (int k = 0; k < STAIN_CHANNELS; k++) to[lane + k * WARP] = staging[lane + k * WARP];
    __syncwarp();
}

static __device__ __forceinline__ void store_stains(float4 *staging, const stain_views &views, const float *v, int y,
                                                    int group)
{
    const int lane = threadIdx.x % WARP, first = group - lane;
    const bool whole = views.dst.vector && LANES * (first + WARP) <= views.dst.w;
    staging += STAIN_CHANNELS * (threadIdx.x - lane);
    if (whole && views.dst.type == WSI_F32) {
        float4 four[STAIN_CHANNELS];
#pragma unroll
        for (int k = 0; k < STAIN_CHANNELS; k++)
            four[k] = make_float4(v[4 * k], v[4 * k + 1], v[4 * k + 2], v[4 * k + 3]);
        store_warp(staging, views, four, y, first);
    } else if (whole && views.dst.type == WSI_U8) {
        uint32_t four[STAIN_CHANNELS];
#pragma unroll
        for (int k = 0; k < STAIN_CHANNELS; k++) four[k] = from_f32(v + LANES * k, WSI_U8).w[0];
        store_warp((uint32_t *)staging, views, four, y, first);
    } else if (LANES * group < views.dst.w) {
        views.store(v, y, group);
    }
}

/* Four pixels of 8 bits on their way; nothing beyond the last row. */
struct stain_bytes {
    raw4_narrow r[STAIN_CHANNELS];

    __device__ __forceinline__ void load(const stain_views &views, int y, int group)
    {
        if (y >= views.dst.h) return;
#pragma unroll
        for (int k = 0; k < STAIN_CHANNELS; k++)
            r[k] = load4<LANES>(views.src.row(y), LANES * (STAIN_CHANNELS * group + k), STAIN_CHANNELS * views.dst.w, 1,
                                views.src.vector);
    }

    __device__ __forceinline__ uint8_t sample(int at) const
    {
        return take<uint8_t>(r[at / LANES], at % LANES);
    }
};

/* As many blocks as multiprocessors; their warps share out pieces of rows, 32 groups of four pixels each. */
struct stain_share {
    int pieces;             /* of a row */
    int rows_on, pieces_on; /* from a warp's piece to its next */
    unsigned shift;         /* 1 << shift copies of the table */
};

static __global__ void __launch_bounds__(STAIN_THREADS)
    separate_u8_kernel(stain_views views, const float *device_table, stain_share share)
{
    extern __shared__ float4 shared[];
    const unsigned entries = STAIN_CHANNELS * STAIN_VALUES << share.shift;
    for (unsigned i = threadIdx.x; i < entries; i += STAIN_THREADS)
        EACH_LANE((float *)&shared[i])[j] = device_table[LANES * (i >> share.shift) + j];
    __syncthreads();
    const stain_table table = {shared + (threadIdx.x & ((1u << share.shift) - 1)), share.shift};
    const int warp = blockIdx.x * (STAIN_THREADS / WARP) + threadIdx.x / WARP;
    const int lane = threadIdx.x % WARP;
    int y = warp / share.pieces, piece = warp % share.pieces;
    stain_bytes next;
    next.load(views, y, piece * WARP + lane);
    while (y < views.dst.h) {
        const stain_bytes in = next;
        const int at = y, group = piece * WARP + lane;
        float out[STAIN_CHANNELS * LANES];
        y += share.rows_on;
        piece += share.pieces_on;
        if (piece >= share.pieces) piece -= share.pieces, y++;
        next.load(views, y, piece * WARP + lane);
        EACH_LANE table.look_up(out + 3 * j, in.sample(3 * j), in.sample(3 * j + 1), in.sample(3 * j + 2));
        store_stains(shared + entries, views, out, at, group);
    }
}

static wsi_status separate_u8(wsi_stream *stream, const stain_views &views, const float *device_table, wsi_error *err)
{
    const wsi_device_info *about = &stream->device->info;
    const int groups = (views.dst.w + LANES - 1) / LANES, pieces = (groups + WARP - 1) / WARP;
    const long long warps = (long long)pieces * views.dst.h, a_block = STAIN_THREADS / WARP;
    const unsigned blocks = blocks_for(warps, (int)a_block);
    const unsigned grid = blocks < (unsigned)about->multiprocessors ? blocks : (unsigned)about->multiprocessors;
    const size_t table = STAIN_CHANNELS * STAIN_VALUES * sizeof(float4);
    const size_t staging = STAIN_CHANNELS * STAIN_THREADS * sizeof(float4);
    stain_share share = {pieces, (int)(grid * a_block / pieces), (int)(grid * a_block % pieces), STAIN_SHIFT};
    while (share.shift > 0 && (table << share.shift) + staging > about->shared_memory) share.shift--;
    const size_t shared = (table << share.shift) + staging;
    WSI_FORWARD(allow_shared(stream, separate_u8_kernel, shared, err));
    separate_u8_kernel<<<grid, STAIN_THREADS, shared, stream->handle>>>(views, device_table, share);
    return launched(stream, err);
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
    const char *table = (const char *)args->device_state + offsetof(wsi_stain_state, table);
    return separate_u8(stream, views, (const float *)table, err);
}

extern "C" wsi_status wsi_cuda_hed2rgb(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const combine_body body = {views_of(args), matrix_of((const wsi_stain_state *)args->call.state)};
    return run_pointwise<STAIN_GROUPS>(stream, body, body.dst.w, body.dst.h, err);
}
