/* Coefficients to samples: eight threads a block, each a column and then a row. Samples to pixels: a thread four pixels
 * of a row, upsampled and coloured. */
#include "launch.cuh"

extern "C" {
#include "jpeg-cuda.h"
}

#include "kernels/px/jpeg-colour-px.h"
#include "kernels/px/jpeg-idct-px.h"

enum {
    IDCT_THREADS = 256,
    IDCT_BLOCKS = IDCT_THREADS / 8, /* JPEG blocks a block of threads */
    IDCT_PITCH = 8 * 9,             /* words of a JPEG block in shared memory, a column's nine apart: no bank twice */
    RUN = 4,                        /* pixels a thread */
    RUNS_X = 32,
    RUNS_Y = 8
};

struct eight {
    int32_t v[8];
};

/* A column of coefficients, dequantised; adds to *sum. */
static __device__ __forceinline__ eight load_column(const int16_t *coefficients, const uint16_t *quant, uint32_t *sum)
{
    const int4 c = *(const int4 *)coefficients;
    const uint4 q = *(const uint4 *)quant;
    const int pairs[4] = {c.x, c.y, c.z, c.w};
    const unsigned steps[4] = {q.x, q.y, q.z, q.w};
    eight out;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        const int value = i & 1 ? pairs[i / 2] >> 16 : (int16_t)pairs[i / 2];
        out.v[i] = value * (int)(steps[i / 2] >> (i & 1) * 16 & 0xFFFF);
        *sum += wsi_px_jpeg_magnitude(out.v[i]);
    }
    return out;
}

/* The component that block i of the tile belongs to. */
static __device__ __forceinline__ int component_of(const wsi_px_jpeg_tile *t, uint32_t i)
{
    if (t->components == 1) return 0;
    return (i >= t->first[1]) + (i >= t->first[2]);
}

static __device__ __forceinline__ void store_row(uint8_t *row, const eight &samples)
{
    uint32_t packed[2] = {0, 0};
#pragma unroll
    for (int i = 0; i < 8; i++) packed[i / 4] |= (uint32_t)wsi_px_jpeg_clamp(samples.v[i] + 128) << i % 4 * 8;
    *(uint2 *)row = make_uint2(packed[0], packed[1]);
}

static __global__ void __launch_bounds__(IDCT_THREADS) idct_kernel(const wsi_jpeg_memory m, const wsi_jpeg_chunk chunk)
{
    __shared__ int32_t turned[IDCT_BLOCKS * IDCT_PITCH];
    const int tile = chunk.first + blockIdx.y;
    const wsi_px_jpeg_tile *t = &m.tiles[tile];
    const uint32_t first = blockIdx.x * IDCT_BLOCKS;
    if (first >= t->block_count) return; /* bad tiles go along: lanes must stay together */
    const uint32_t mine = min(first + threadIdx.x / 8, t->block_count - 1), block = t->first_block + mine;
    const int c = component_of(t, block), n = threadIdx.x % 8;
    int32_t *shared = turned + threadIdx.x / 8 * IDCT_PITCH;
    uint32_t sum = 0, far = 0;
    eight v = load_column(m.coefficients + 64 * (size_t)block + 8 * n, m.sets[t->set].quant[c] + 8 * n, &sum);
    for (int i = 1; i < 8; i *= 2) sum += __shfl_xor_sync(0xffffffffu, sum, i);
    wsi_px_jpeg_idct8(v.v, WSI_JPEG_PASS_1);
#pragma unroll
    for (int i = 0; i < 8; i++) shared[9 * n + i] = v.v[i];
    __syncwarp();
#pragma unroll
    for (int i = 0; i < 8; i++) v.v[i] = shared[9 * i + n];
    wsi_px_jpeg_idct8(v.v, WSI_JPEG_PASS_2);
#pragma unroll
    for (int i = 0; i < 8; i++) far |= wsi_px_jpeg_far(v.v[i]);
    if (sum > WSI_JPEG_SUM_MAX || far) m.bad[tile] = 1;
    const uint32_t at = block - t->first[c], row = at / (uint32_t)t->wide[c], column = at % (uint32_t)t->wide[c];
    uint8_t *plane = m.planes + 64 * (size_t)(t->first[c] - chunk.first_block);
    store_row(plane + ((size_t)row * 8 + n) * (8 * (size_t)t->wide[c]) + 8 * column, v);
}

/* Writes n pixels; by words where a whole run lies on one's border. */
template <int CHANNELS> static __device__ __forceinline__ void store_run(uint8_t *out, const uint8_t *pixels, int n)
{
    if (n == RUN && (uintptr_t)out % 4 == 0) {
#pragma unroll
        for (int i = 0; i < CHANNELS * RUN; i += 4) {
            *(uint32_t *)(out + i) = pixels[i] | (uint32_t)pixels[i + 1] << 8 | (uint32_t)pixels[i + 2] << 16 |
                                     (uint32_t)pixels[i + 3] << 24;
        }
        return;
    }
#pragma unroll
    for (int i = 0; i < CHANNELS * RUN; i++) {
        if (i < CHANNELS * n) out[i] = pixels[i];
    }
}

/* Pixels past the row's end are made from padding, and not written. */
static __device__ __forceinline__ void grey_run(const wsi_px_jpeg_plane &p, int x, int y, int n, uint8_t *out)
{
    uint8_t pixels[RUN];
#pragma unroll
    for (int i = 0; i < RUN; i++) pixels[i] = p.samples[(ptrdiff_t)y * p.stride + x + i];
    store_run<1>(out, pixels, n);
}

/* How both chroma components are sampled. Where it is known, pixels of a run share what they read. */
struct plain_chroma {
    static __device__ __forceinline__ void set(wsi_px_jpeg_plane *p)
    {
        p->plain = 1;
    }
};

template <int HALF_W, int HALF_H> struct filtered_chroma {
    static __device__ __forceinline__ void set(wsi_px_jpeg_plane *p)
    {
        p->plain = 0;
        p->half_w = HALF_W;
        p->half_h = HALF_H;
    }
};

template <class Chroma>
static __device__ __forceinline__ void colour_run(const wsi_px_jpeg_tile *t, const uint8_t *planes, int x, int y, int n,
                                                  uint8_t *out)
{
    wsi_px_jpeg_plane p[3];
    uint8_t pixels[3 * RUN];
#pragma unroll
    for (int c = 0; c < 3; c++) p[c] = wsi_px_jpeg_plane_of(t, c, planes);
    Chroma::set(&p[1]);
    Chroma::set(&p[2]);
#pragma unroll
    for (int i = 0; i < RUN; i++) {
        const int32_t v0 = p[0].samples[(ptrdiff_t)y * p[0].stride + x + i];
        const int32_t v1 = wsi_px_jpeg_sample(&p[1], x + i, y);
        const int32_t v2 = wsi_px_jpeg_sample(&p[2], x + i, y);
        pixels[3 * i] = (uint8_t)v0;
        pixels[3 * i + 1] = (uint8_t)v1;
        pixels[3 * i + 2] = (uint8_t)v2;
        if (t->ycc) wsi_px_jpeg_rgb(v0, v1, v2, pixels + 3 * i);
    }
    store_run<3>(out, pixels, n);
}

static __global__ void __launch_bounds__(RUNS_X *RUNS_Y)
    colour_kernel(const wsi_jpeg_memory m, const wsi_jpeg_chunk chunk)
{
    const int tile = chunk.first + blockIdx.z;
    const wsi_px_jpeg_tile *t = &m.tiles[tile];
    const int x = RUN * (blockIdx.x * RUNS_X + threadIdx.x), y = blockIdx.y * RUNS_Y + threadIdx.y;
    if (x >= t->dst_w || y >= t->dst_h || m.bad[tile]) return;
    const int n = min((int)RUN, t->dst_w - x), components = t->components;
    uint8_t *out = t->dst + y * t->dst_stride + x * components;
    const uint8_t *planes = m.planes + 64 * (size_t)(t->first_block - chunk.first_block);
    const int half_w = t->half_w[1], half_h = t->half_h[1];
    if (components == 1) {
        grey_run(wsi_px_jpeg_plane_of(t, 0, planes), x, y, n, out);
    } else if (half_w ? t->samples_w[1] <= 2 : !half_h) {
        colour_run<plain_chroma>(t, planes, x, y, n, out);
    } else if (half_w && half_h) {
        colour_run<filtered_chroma<1, 1>>(t, planes, x, y, n, out);
    } else if (half_w) {
        colour_run<filtered_chroma<1, 0>>(t, planes, x, y, n, out);
    } else {
        colour_run<filtered_chroma<0, 1>>(t, planes, x, y, n, out);
    }
}

extern "C" wsi_status wsi_cuda_jpeg_samples(wsi_stream *stream, const wsi_jpeg_memory *memory,
                                            const wsi_jpeg_chunk *chunk, wsi_error *err)
{
    const dim3 grid(blocks_for(chunk->most_blocks, IDCT_BLOCKS), (unsigned)chunk->count);
    idct_kernel<<<grid, IDCT_THREADS, 0, stream->handle>>>(*memory, *chunk);
    return launched(stream, err);
}

extern "C" wsi_status wsi_cuda_jpeg_pixels(wsi_stream *stream, const wsi_jpeg_memory *memory,
                                           const wsi_jpeg_chunk *chunk, wsi_error *err)
{
    const dim3 grid(blocks_for(chunk->most_w, RUN * RUNS_X), blocks_for(chunk->most_h, RUNS_Y), (unsigned)chunk->count);
    colour_kernel<<<grid, dim3(RUNS_X, RUNS_Y), 0, stream->handle>>>(*memory, *chunk);
    return launched(stream, err);
}
