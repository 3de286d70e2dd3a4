/* Bytes of three channels in and three out, sixteen pixels a thread: twelve words, which an Op changes. It is a struct
 * passed by value with
 *
 *   typedef ... extra;                               what it loads beside the pixels
 *   load(extra &, y, x)
 *   word<M>(const uint32_t *three, extra, group)     word M of the three that hold pixels 4 group .. 4 group + 3
 *   byte(const char *row, y, i)                      byte i of the row, at its end */
#ifndef WSI_CUDA_TRIPLES_CUH
#define WSI_CUDA_TRIPLES_CUH

#include "pointwise.cuh"

enum { TRIPLE = 3, TRIPLE_PIXELS = 16, TRIPLE_WORDS = TRIPLE * LANES, TRIPLE_WARP = 32 };

/* Through shared memory, so that the warp stores whole lines. */
static __device__ __forceinline__ void store_staged(uint4 *staging, uint4 *to, const uint32_t (&w)[TRIPLE_WORDS])
{
    const int lane = threadIdx.x % TRIPLE_WARP;
#pragma unroll
    for (int k = 0; k < TRIPLE; k++)
        staging[TRIPLE * lane + k] = make_uint4(w[4 * k], w[4 * k + 1], w[4 * k + 2], w[4 * k + 3]);
    __syncwarp();
#pragma unroll
    for (int k = 0; k < TRIPLE; k++) to[lane + k * TRIPLE_WARP] = staging[lane + k * TRIPLE_WARP];
    __syncwarp();
}

template <class Op> static __global__ void __launch_bounds__(POINT_THREADS) triples_kernel(view src, view dst, Op op)
{
    __shared__ uint4 shared[TRIPLE * POINT_THREADS];
    const int x = TRIPLE_PIXELS * (blockIdx.x * POINT_THREADS + threadIdx.x), lane = threadIdx.x % TRIPLE_WARP;
    const bool whole = x + TRIPLE_PIXELS * (TRIPLE_WARP - lane) <= dst.w;
    for (int y = blockIdx.y; y < dst.h; y += gridDim.y) {
        const char *from = src.row(y);
        char *to = dst.row(y);
        if (x + TRIPLE_PIXELS > dst.w) {
            for (int i = TRIPLE * x; i < TRIPLE * dst.w; i++) to[i] = op.byte(from, y, i);
            continue;
        }
        uint32_t in[TRIPLE_WORDS], out[TRIPLE_WORDS];
        typename Op::extra extra;
        op.load(extra, y, x);
#pragma unroll
        for (int k = 0; k < TRIPLE; k++) {
            const uint4 v = ((const uint4 *)(from + TRIPLE * x))[k];
            in[4 * k] = v.x, in[4 * k + 1] = v.y, in[4 * k + 2] = v.z, in[4 * k + 3] = v.w;
        }
#pragma unroll
        for (int g = 0; g < LANES; g++) {
            out[TRIPLE * g] = op.template word<0>(in + TRIPLE * g, extra, g);
            out[TRIPLE * g + 1] = op.template word<1>(in + TRIPLE * g, extra, g);
            out[TRIPLE * g + 2] = op.template word<2>(in + TRIPLE * g, extra, g);
        }
        if (whole) {
            uint4 *mine = shared + TRIPLE * (threadIdx.x - lane);
            store_staged(mine, (uint4 *)(to + TRIPLE * (x - TRIPLE_PIXELS * lane)), out);
            continue;
        }
#pragma unroll
        for (int k = 0; k < TRIPLE; k++)
            ((uint4 *)(to + TRIPLE * x))[k] = make_uint4(out[4 * k], out[4 * k + 1], out[4 * k + 2], out[4 * k + 3]);
    }
}

template <class Op>
static inline wsi_status run_triples(wsi_stream *stream, const view &src, const view &dst, const Op &op, wsi_error *err)
{
    const dim3 grid(blocks_for(dst.w, TRIPLE_PIXELS * POINT_THREADS), rows_for(dst.h));
    triples_kernel<Op><<<grid, POINT_THREADS, 0, stream->handle>>>(src, dst, op);
    return launched(stream, err);
}

#endif
