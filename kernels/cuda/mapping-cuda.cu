/* Operations that are a function of one sample (kernels/mapping.h). Bytes are looked up in shared memory, all else in
 * the state in device memory, of which the caches hold what is used. */
#include "bytes.cuh"
#include "numbers.cuh"
#include "pointwise.cuh"

extern "C" {
#include "kernels/mapping.h"
}

enum { MAPPING_GROUPS = 2, MAPPING_BYTES = 256, MAPPING_TABLES = 4 /* in shared memory */, MAPPING_ROWS = 16 };

struct mapping_body {
    typedef raw4 input;
    view src, dst;
    int n;
    int tables;
    const wsi_mapping_state *state; /* in device memory */

    __device__ __forceinline__ int table_of(int sample) const
    {
        return tables > 1 ? sample % src.channels : 0;
    }

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        double v[LANES] = {};
        to_f64(v, in, src.type);
        EACH_LANE v[j] = wsi_px_mapping_of(wsi_mapping_of(state, table_of(LANES * group + j)), v[j]);
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, from_f64(v, dst.type));
    }
};

/* Where a thread's byte k looks its value up; bytes three apart have the same channel, where each has a table. */
struct byte_tables {
    int first[3];

    __device__ __forceinline__ byte_tables(int tables, int i)
    {
#pragma unroll
        for (int k = 0; k < 3; k++) first[k] = tables > 1 ? MAPPING_BYTES * ((i + k) % 3) : 0;
    }
};

/* Bytes to bytes, sixteen at a time, by one table or one for each of three channels. */
static __global__ void __launch_bounds__(POINT_THREADS) mapping_lines_kernel(const __grid_constant__ mapping_body body)
{
    __shared__ uint32_t table[3 * MAPPING_BYTES];
    const int last = body.state->n - 1, flip = body.src.type == WSI_I8 ? 128 : 0;
    for (int i = threadIdx.x; i < body.tables * MAPPING_BYTES; i += POINT_THREADS) {
        const int value = (i % MAPPING_BYTES) ^ flip;
        table[i] = (uint8_t)(int)wsi_mapping_y(body.state, i / MAPPING_BYTES)[min(value, last)];
    }
    __syncthreads();
    const int i = BYTE_LINE * (blockIdx.x * POINT_THREADS + threadIdx.x);
    if (i >= body.n) return;
    const byte_tables at(body.tables, i);
#pragma unroll 2
    for (int y = blockIdx.y; y < body.dst.h; y += gridDim.y) {
        const uint8_t *from = (const uint8_t *)body.src.row(y) + i;
        uint8_t *to = (uint8_t *)body.dst.row(y) + i;
        if (i + BYTE_LINE > body.n) {
            for (int k = 0; i + k < body.n; k++)
                to[k] = (uint8_t)table[(k % 3 == 0 ? at.first[0] : k % 3 == 1 ? at.first[1] : at.first[2]) + from[k]];
            continue;
        }
        const uint4 in = *(const uint4 *)from;
        const uint32_t w[LANES] = {in.x, in.y, in.z, in.w};
        uint32_t out[LANES];
#pragma unroll
        for (int g = 0; g < LANES; g++) {
            uint32_t four[LANES];
            EACH_LANE four[j] = table[at.first[(LANES * g + j) % 3] + (w[g] >> (8 * j) & 255)];
            out[g] = pack_bytes(four);
        }
        *(uint4 *)to = make_uint4(out[0], out[1], out[2], out[3]);
    }
}

/* 8-bit images. Rows are walked, so that a block uses its tables for many of them. */
static __global__ void __launch_bounds__(POINT_THREADS)
    mapping_bytes_kernel(const __grid_constant__ mapping_body body, int groups)
{
    __shared__ float table[MAPPING_TABLES * MAPPING_BYTES];
    const int last = body.state->n - 1, flip = body.src.type == WSI_I8 ? 128 : 0;
    for (int i = threadIdx.x; i < body.tables * MAPPING_BYTES; i += POINT_THREADS) {
        const int value = (i % MAPPING_BYTES) ^ flip;
        const double y = wsi_mapping_y(body.state, i / MAPPING_BYTES)[min(value, last)];
        table[i] = body.dst.size == 1 ? (float)(int)y : (float)y;
    }
    __syncthreads();
    const int group = blockIdx.x * POINT_THREADS + threadIdx.x;
    if (group >= groups) return;
    int at[LANES];
    EACH_LANE at[j] = MAPPING_BYTES * body.table_of(LANES * group + j);
#pragma unroll 4
    for (int y = blockIdx.y; y < body.dst.h; y += gridDim.y) {
        raw4 in, out = {};
        body.load(in, y, group);
        EACH_LANE
        {
            const float v = table[at[j] + take<uint8_t>(in, j)];
            if (body.dst.size == 1)
                put<uint8_t>(out, j, (uint8_t)(int)v);
            else
                put<float>(out, j, v);
        }
        store4(body.dst.row(y), LANES * group, body.n, body.dst.size, body.dst.vector, out);
    }
}

extern "C" wsi_status wsi_cuda_mapping(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view src = source_under(args->call, 0), dst = view_of(args->call.dst);
    const int tables = ((const wsi_mapping_state *)args->call.state)->tables;
    const mapping_body body = {src, dst, dst.w * dst.channels, tables, (const wsi_mapping_state *)args->device_state};
    if (src.size > 1 || tables > MAPPING_TABLES) return run_pointwise<MAPPING_GROUPS>(stream, body, body.n, dst.h, err);
    if (dst.size == 1 && lines_fit(src, dst) && (tables == 1 || (tables == 3 && dst.channels == 3))) {
        const dim3 lines(blocks_for(body.n, BYTE_LINE * POINT_THREADS), rows_for(blocks_for(dst.h, MAPPING_ROWS)));
        mapping_lines_kernel<<<lines, POINT_THREADS, 0, stream->handle>>>(body);
        return launched(stream, err);
    }
    const int groups = (body.n + LANES - 1) / LANES;
    const dim3 grid(blocks_for(groups, POINT_THREADS), rows_for(blocks_for(dst.h, MAPPING_ROWS)));
    mapping_bytes_kernel<<<grid, POINT_THREADS, 0, stream->handle>>>(body, groups);
    return launched(stream, err);
}
