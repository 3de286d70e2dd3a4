/* The launch of point-wise operations: each thread takes PER_THREAD groups of four samples or pixels of a row, loads
 * them all, and then computes and stores them.
 *
 * A Body is a struct passed to the kernel by value, with a type `input` and two device functions,
 * load(input &, y, group) and finish(const input &, y, group). */
#ifndef WSI_CUDA_POINTWISE_CUH
#define WSI_CUDA_POINTWISE_CUH

#include "samples.cuh"

enum { POINT_THREADS = 128 };

template <class Body, int PER_THREAD>
static __global__ void __launch_bounds__(POINT_THREADS) point_kernel(Body body, int groups, int rows)
{
    const int first = blockIdx.x * (POINT_THREADS * PER_THREAD) + threadIdx.x;
    for (int y = blockIdx.y; y < rows; y += gridDim.y) {
        typename Body::input in[PER_THREAD];
#pragma unroll
        for (int k = 0; k < PER_THREAD; k++)
            if (first + k * POINT_THREADS < groups) body.load(in[k], y, first + k * POINT_THREADS);
#pragma unroll
        for (int k = 0; k < PER_THREAD; k++)
            if (first + k * POINT_THREADS < groups) body.finish(in[k], y, first + k * POINT_THREADS);
    }
}

/* items: samples or pixels of a row. */
template <int PER_THREAD, class Body>
static inline wsi_status run_pointwise(wsi_stream *stream, const Body &body, long long items, long long rows,
                                       wsi_error *err)
{
    const int groups = (int)((items + LANES - 1) / LANES);
    const dim3 grid(blocks_for(groups, POINT_THREADS * PER_THREAD), rows_for(rows));
    point_kernel<Body, PER_THREAD><<<grid, POINT_THREADS, 0, stream->handle>>>(body, groups, (int)rows);
    return launched(stream, err);
}

/* Operations on bytes, sixteen at a time: word(four bytes of each source) gives four. A thread takes BYTE_ROWS rows. */
enum { BYTE_LINE = 16, BYTE_ROWS = 4 };

template <int SOURCES, class Word>
static __device__ __forceinline__ void map_lines(const view (&src)[SOURCES], const view &dst, int bytes,
                                                 const Word &word)
{
    const int i = BYTE_LINE * (blockIdx.x * POINT_THREADS + threadIdx.x);
    if (i >= bytes) return;
    for (int y0 = blockIdx.y * BYTE_ROWS; y0 < dst.h; y0 += gridDim.y * BYTE_ROWS) {
        uint32_t in[SOURCES];
        if (i + BYTE_LINE > bytes) {
            for (int y = y0; y < min(y0 + (int)BYTE_ROWS, dst.h); y++)
                for (int k = i; k < bytes; k++) {
#pragma unroll
                    for (int s = 0; s < SOURCES; s++) in[s] = (uint8_t)src[s].row(y)[k];
                    dst.row(y)[k] = (char)word(in);
                }
            continue;
        }
        union {
            uint4 vector;
            uint32_t w[LANES];
        } v[SOURCES][BYTE_ROWS];
#pragma unroll
        for (int k = 0; k < BYTE_ROWS; k++)
#pragma unroll
            for (int s = 0; s < SOURCES; s++)
                if (y0 + k < dst.h) v[s][k].vector = *(const uint4 *)(src[s].row(y0 + k) + i);
#pragma unroll
        for (int k = 0; k < BYTE_ROWS; k++) {
            uint32_t out[LANES];
            EACH_LANE
            {
#pragma unroll
                for (int s = 0; s < SOURCES; s++) in[s] = v[s][k].w[j];
                out[j] = word(in);
            }
            if (y0 + k < dst.h) *(uint4 *)(dst.row(y0 + k) + i) = make_uint4(out[0], out[1], out[2], out[3]);
        }
    }
}

template <class Word>
static __device__ __forceinline__ void map_bytes(const view &src, const view &dst, int bytes, const Word &word)
{
    const view one[1] = {src};
    map_lines(one, dst, bytes, [&](const uint32_t(&v)[1]) { return word(v[0]); });
}

static inline dim3 bytes_grid(const view &dst, long long bytes)
{
    return dim3(blocks_for(bytes, BYTE_LINE * POINT_THREADS), rows_for(blocks_for(dst.h, BYTE_ROWS)));
}

/* 1 when every row of both starts at a multiple of sixteen bytes. */
static inline int lines_fit(const view &src, const view &dst)
{
    return ((uintptr_t)src.p | (uintptr_t)src.stride | (uintptr_t)dst.p | (uintptr_t)dst.stride) % BYTE_LINE == 0;
}

#endif
