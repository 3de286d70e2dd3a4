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

#endif
