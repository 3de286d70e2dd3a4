/* rescale_intensity, in float64. Images of 8 bits are looked up: a division a sample would take longer than the
 * memory. */
#include "pointwise.cuh"

#include "kernels/rescale.h"

enum { RESCALE_GROUPS = 4, RESCALE_VALUES = 256 };
static_assert(RESCALE_VALUES % POINT_THREADS == 0, "each thread fills as many entries of the table");

static __device__ __forceinline__ double rescale(const wsi_px_rescale &r, double v)
{
    return r.in_span == 0 ? wsi_px_rescale_flat(r, v) : wsi_px_rescale_of(r, v);
}

struct rescale_body {
    typedef raw4 input;
    view src, dst;
    int n;
    wsi_px_rescale range;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        double v[LANES] = {};
        raw4 out = {};
#define LOAD(value, name, ctype)                                                                                       \
    case value:                                                                                                        \
        EACH_LANE v[j] = (double)take<ctype>(in, j);                                                                   \
        break;
#define STORE(value, name, ctype)                                                                                      \
    case value:                                                                                                        \
        EACH_LANE put<ctype>(out, j, (ctype)v[j]);                                                                     \
        break;
        EACH_TYPE(src.type, LOAD)
        EACH_LANE v[j] = rescale(range, v[j]);
        EACH_TYPE(dst.type, STORE)
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, out);
    }
};

/* 8-bit images to their own type or to float32: the result of every value first. Rows are walked, so that a block
 * uses its table for many of them. */
static __global__ void __launch_bounds__(POINT_THREADS) rescale_table_kernel(rescale_body body, int groups)
{
    __shared__ float table[RESCALE_VALUES];
    for (int i = threadIdx.x; i < RESCALE_VALUES; i += POINT_THREADS) {
        const double value = body.src.type == WSI_I8 ? (double)(int8_t)i : (double)i;
        table[i] = (float)rescale(body.range, value);
        /* An integer is cut off from float64, where it is not yet rounded; it is exact in float32. */
        if (body.dst.size == 1) table[i] = (float)(int)rescale(body.range, value);
    }
    __syncthreads();
    for (int y = blockIdx.y; y < body.dst.h; y += gridDim.y) {
        const int first = blockIdx.x * (POINT_THREADS * RESCALE_GROUPS) + threadIdx.x;
        raw4 in[RESCALE_GROUPS];
#pragma unroll
        for (int k = 0; k < RESCALE_GROUPS; k++)
            if (first + k * POINT_THREADS < groups) body.load(in[k], y, first + k * POINT_THREADS);
#pragma unroll
        for (int k = 0; k < RESCALE_GROUPS; k++) {
            const int group = first + k * POINT_THREADS;
            raw4 out = {};
            if (group >= groups) break;
            EACH_LANE
            {
                const float v = table[take<uint8_t>(in[k], j)];
                if (body.dst.size == 1)
                    put<uint8_t>(out, j, (uint8_t)(int)v);
                else
                    put<float>(out, j, v);
            }
            store4(body.dst.row(y), LANES * group, body.n, body.dst.size, body.dst.vector, out);
        }
    }
}

enum { RESCALE_ROWS = 8 }; /* a block's */

extern "C" wsi_status wsi_cuda_rescale_intensity(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view dst = view_of(args->call.dst);
    const rescale_body body = {source_under(args->call, 0), dst, dst.w * dst.channels,
                               ((const wsi_rescale_state *)args->call.state)->range};
    if (body.src.size > 1) return run_pointwise<RESCALE_GROUPS>(stream, body, body.n, dst.h, err);
    const int groups = (body.n + LANES - 1) / LANES;
    const dim3 grid(blocks_for(groups, POINT_THREADS * RESCALE_GROUPS), rows_for(blocks_for(dst.h, RESCALE_ROWS)));
    rescale_table_kernel<<<grid, POINT_THREADS, 0, stream->handle>>>(body, groups);
    return launched(stream, err);
}
