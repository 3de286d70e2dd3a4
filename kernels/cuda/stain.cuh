/* Pixels of three channels in and three out, where 8-bit ones take three look-ups each in a table in shared memory,
 * each the contribution of one channel to a vector. What becomes of the vectors is told by a Put, a struct passed by
 * value with a device function
 *
 *   put(float4 *staging, const stain_views &, const float *sum, int y, int group, bool whole)
 *
 * for the sums of four pixels; the whole warp calls it, `whole` when all of its pixels lie in the row. */
#ifndef WSI_CUDA_STAIN_CUH
#define WSI_CUDA_STAIN_CUH

#include "bytes.cuh"
#include "pointwise.cuh"
#include "program.cuh"

enum { STAIN_CHANNELS = 3, STAIN_VALUES = 256, STAIN_THREADS = 1024, STAIN_SHIFT = 3, WARP = 32 };

struct stain_input {
    raw4 r[STAIN_CHANNELS];
};

/* Moving four pixels. */
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

/* The table in shared memory, with every entry a few times side by side: with eight copies, each of eight lanes that
 * read together has its own banks. */
struct stain_table {
    const char *entry[STAIN_CHANNELS]; /* the thread's copy of each channel's first one */
    unsigned pitch;                    /* bytes from an entry to the next */

    __device__ __forceinline__ stain_table(const float4 *shared, unsigned shift) : pitch(sizeof *shared << shift)
    {
        const float4 *mine = shared + (threadIdx.x & ((1u << shift) - 1));
#pragma unroll
        for (int c = 0; c < STAIN_CHANNELS; c++) entry[c] = (const char *)(mine + (c * STAIN_VALUES << shift));
    }

    __device__ __forceinline__ float4 at(int channel, unsigned value) const
    {
        return *(const float4 *)(entry[channel] + value * pitch);
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

/* Four pixels of each lane as bytes, in three words. */
static __device__ __forceinline__ void store_bytes(float4 *staging, const stain_views &views,
                                                   const uint32_t (&four)[STAIN_CHANNELS], int y, int group, bool whole)
{
    if (whole) {
        store_warp((uint32_t *)staging, views, four, y, group - threadIdx.x % WARP);
    } else if (LANES * group < views.dst.w) {
#pragma unroll
        for (int k = 0; k < STAIN_CHANNELS; k++) {
            raw4_narrow r = {};
            r.w[0] = four[k];
            store4(views.dst.row(y), LANES * (STAIN_CHANNELS * group + k), STAIN_CHANNELS * views.dst.w, 1,
                   views.dst.vector, r);
        }
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

    /* Sums of three look-ups a pixel. */
    __device__ __forceinline__ void look_up(float *sum, const stain_table &table) const
    {
        EACH_LANE
        {
            const float4 u = table.at(0, sample(3 * j)), v = table.at(1, sample(3 * j + 1));
            const float4 w = table.at(2, sample(3 * j + 2));
            sum[3 * j] = (u.x + v.x) + w.x;
            sum[3 * j + 1] = (u.y + v.y) + w.y;
            sum[3 * j + 2] = (u.z + v.z) + w.z;
        }
    }
};

/* As many blocks as multiprocessors; their warps share out pieces of rows, 32 groups of four pixels each. */
struct stain_share {
    int pieces;             /* of a row */
    int rows_on, pieces_on; /* from a warp's piece to its next */
    unsigned shift;         /* 1 << shift copies of the table */
};

template <class Put>
static __global__ void __launch_bounds__(STAIN_THREADS)
    look_up_kernel(stain_views views, const float *device_table, stain_share share, Put put)
{
    extern __shared__ float4 shared[];
    const unsigned entries = STAIN_CHANNELS * STAIN_VALUES << share.shift;
    for (unsigned i = threadIdx.x; i < entries; i += STAIN_THREADS)
        EACH_LANE((float *)&shared[i])[j] = device_table[LANES * (i >> share.shift) + j];
    __syncthreads();
    const stain_table table(shared, share.shift);
    const int warp = blockIdx.x * (STAIN_THREADS / WARP) + threadIdx.x / WARP;
    const int lane = threadIdx.x % WARP;
    float4 *staging = shared + entries + STAIN_CHANNELS * (threadIdx.x - lane);
    int y = warp / share.pieces, piece = warp % share.pieces;
    stain_bytes next;
    next.load(views, y, piece * WARP + lane);
    while (y < views.dst.h) {
        const stain_bytes in = next;
        const int at = y, group = piece * WARP + lane;
        const bool whole = views.dst.vector && LANES * (piece + 1) * WARP <= views.dst.w;
        float sum[STAIN_CHANNELS * LANES];
        y += share.rows_on;
        piece += share.pieces_on;
        if (piece >= share.pieces) piece -= share.pieces, y++;
        next.load(views, y, piece * WARP + lane);
        in.look_up(sum, table);
        put.put(staging, views, sum, at, group, whole);
    }
}

/* device_table: float[3][256][4]. */
template <class Put>
static wsi_status run_look_up(wsi_stream *stream, const stain_views &views, const float *device_table, const Put &put,
                              wsi_error *err)
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
    const auto kernel = look_up_kernel<Put>;
    WSI_FORWARD(allow_shared(stream, kernel, shared, err));
    kernel<<<grid, STAIN_THREADS, shared, stream->handle>>>(views, device_table, share, put);
    return launched(stream, err);
}

static stain_views views_of(const wsi_cuda_args *args)
{
    return stain_views{source_under(args->call, 0), view_of(args->call.dst)};
}

#endif
