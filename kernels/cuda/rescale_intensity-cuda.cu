/* rescale_intensity, in float64 (rescale.cuh); images of 8 bits are looked up. */
#include "numbers.cuh"
#include "pointwise.cuh"
#include "rescale.cuh"

enum { RESCALE_GROUPS = 2, RESCALE_VALUES = 256 };
static_assert(RESCALE_VALUES % POINT_THREADS == 0, "each thread fills as many entries of the table");

struct rescale_body {
    typedef raw4 input;
    view src, dst;
    int n;
    rescale_range range;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        double v[LANES] = {};
        to_f64(v, in, src.type);
        EACH_LANE v[j] = rescale(range, v[j]);
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, from_f64(v, dst.type));
    }
};

/* The results of all values of an 8-bit image. Integers are cut off while they are float64; they are exact in float32.
 */
static __device__ __forceinline__ void fill_table(float *table, const rescale_body &body)
{
    for (int i = threadIdx.x; i < RESCALE_VALUES; i += POINT_THREADS) {
        const double v = rescale(body.range, body.src.type == WSI_I8 ? (double)(int8_t)i : (double)i);
        table[i] = body.dst.size == 1 ? (float)(int)v : (float)v;
    }
    __syncthreads();
}

/* 8-bit images to float32, or where bytes cannot be moved by whole lines. Rows are walked, so that a block uses its
 * table for many of them. */
static __global__ void __launch_bounds__(POINT_THREADS)
    rescale_table_kernel(const __grid_constant__ rescale_body body, int groups)
{
    __shared__ float table[RESCALE_VALUES];
    fill_table(table, body);
    const int group = blockIdx.x * POINT_THREADS + threadIdx.x;
    if (group >= groups) return;
#pragma unroll 4
    for (int y = blockIdx.y; y < body.dst.h; y += gridDim.y) {
        raw4 in, out = {};
        body.load(in, y, group);
        EACH_LANE
        {
            const float v = table[take<uint8_t>(in, j)];
            if (body.dst.size == 1)
                put<uint8_t>(out, j, (uint8_t)(int)v);
            else
                put<float>(out, j, v);
        }
        store4(body.dst.row(y), LANES * group, body.n, body.dst.size, body.dst.vector, out);
    }
}

/* 8-bit images to their own type. */
static __global__ void __launch_bounds__(POINT_THREADS) rescale_bytes_kernel(const __grid_constant__ rescale_body body)
{
    __shared__ float values[RESCALE_VALUES];
    __shared__ uint32_t table[RESCALE_VALUES];
    fill_table(values, body);
    for (int i = threadIdx.x; i < RESCALE_VALUES; i += POINT_THREADS) table[i] = (uint8_t)(int)values[i];
    __syncthreads();
    map_bytes(body.src, body.dst, body.n, [&](uint32_t v) {
        uint32_t out = 0;
        EACH_LANE out |= table[v >> (8 * j) & 255] << (8 * j);
        return out;
    });
}

enum { RESCALE_ROWS = 16 }; /* a block's */

static wsi_status run_8_bits(wsi_stream *stream, const rescale_body &body, wsi_error *err)
{
    const int groups = (body.n + LANES - 1) / LANES;
    dim3 grid(blocks_for(groups, POINT_THREADS), rows_for(blocks_for(body.dst.h, RESCALE_ROWS)));
    if (body.dst.size == 1 && lines_fit(body.src, body.dst)) {
        grid = dim3(blocks_for(body.n, BYTE_LINE * POINT_THREADS), grid.y);
        rescale_bytes_kernel<<<grid, POINT_THREADS, 0, stream->handle>>>(body);
    } else {
        rescale_table_kernel<<<grid, POINT_THREADS, 0, stream->handle>>>(body, groups);
    }
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_rescale_intensity(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view src = source_under(args->call, 0), dst = view_of(args->call.dst);
    const wsi_px_rescale &px = ((const wsi_rescale_state *)args->call.state)->range;
    const rescale_body body = {src, dst, dst.w * dst.channels, rescale_range_of(px, src.size)};
    return src.size == 1 ? run_8_bits(stream, body, err)
                         : run_pointwise<RESCALE_GROUPS>(stream, body, body.n, dst.h, err);
}
