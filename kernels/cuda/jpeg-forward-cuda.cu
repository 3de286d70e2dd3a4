/* Pixels to quantised coefficients. A block of threads takes some MCUs in the order of coding: converts and averages
 * their pixels into samples in shared memory, transforms with eight threads a JPEG block, each a row and then a column,
 * and finds how many bits each block's coefficients take. */
#include "launch.cuh"

extern "C" {
#include "jpeg-encode-cuda.h"
}

#include "jpeg-eighth.cuh"

enum { PITCH = 8 * 9 /* words of a JPEG block in shared memory, a row's nine apart: no bank twice */ };

/* How MCUs are made up, and how many a block of threads takes. */
template <int COMPONENTS, int X, int Y, int MCUS> struct shape {
    static constexpr int components = COMPONENTS, x = X, y = Y, mcus = MCUS;
    static constexpr int luma = X * Y, blocks = luma + (COMPONENTS == 3 ? 2 : 0);
    static constexpr int threads = 8 * MCUS * blocks;
    static_assert(threads % 32 == 0 && threads <= 1024, "whole warps");
};

typedef shape<1, 1, 1, 32> grey;
typedef shape<3, 1, 1, 16> full;
typedef shape<3, 2, 1, 12> wide;
typedef shape<3, 2, 2, 8> quarter;

template <class Shape> struct forward_shared {
    __align__(16) uint8_t samples[Shape::mcus * Shape::blocks * 64];
    int32_t turned[Shape::mcus * Shape::blocks * PITCH];
    __align__(16) int16_t coefficients[Shape::mcus * Shape::blocks * 64];
    int32_t x[Shape::mcus], y[Shape::mcus]; /* an MCU's first pixel */
};

/* Says where the MCUs of this block of threads lie; those past the last one repeat it. */
template <class Shape>
static __device__ __forceinline__ void find_mcus(const wsi_jpeg_encode_job &job, forward_shared<Shape> *shared)
{
    const uint32_t all = (uint32_t)job.tiles * job.cut.tile_mcus;
    if (threadIdx.x >= Shape::mcus) return;
    const uint32_t mcu = min(blockIdx.x * Shape::mcus + threadIdx.x, all - 1);
    const uint32_t tile = mcu / job.cut.tile_mcus, inside = mcu % job.cut.tile_mcus;
    const uint32_t mcus_x = (uint32_t)job.cut.mcus_x, tiles_x = (uint32_t)job.tiles_x;
    shared->x[threadIdx.x] = (int)(tile % tiles_x * job.cut.tile + inside % mcus_x * 8 * Shape::x);
    shared->y[threadIdx.x] = (int)(tile / tiles_x * job.cut.tile + inside / mcus_x * 8 * Shape::y);
}

/* One chroma sample (x, y) of an MCU whose samples begin at out, and the luma samples under it. (px, py) is the MCU's
 * first pixel. */
template <class Shape>
static __device__ __forceinline__ void sample(const wsi_jpeg_encode_job &job, int px, int py, int x, int y,
                                              uint8_t *out)
{
    int32_t cb = 0, cr = 0;
#pragma unroll
    for (int dy = 0; dy < Shape::y; dy++) {
        const int row = y * Shape::y + dy;
        const uint8_t *line = job.pixels + min(py + row, job.h - 1) * job.stride;
#pragma unroll
        for (int dx = 0; dx < Shape::x; dx++) {
            const int column = x * Shape::x + dx;
            const uint8_t *p = line + (long long)min(px + column, job.w - 1) * Shape::components;
            uint8_t *luma = out + 64 * (row / 8 * Shape::x + column / 8) + row % 8 * 8 + column % 8;
            if (Shape::components == 1) {
                *luma = p[0];
            } else {
                const int r = p[0], g = p[1], b = p[2];
                *luma = wsi_px_jpeg_y(r, g, b);
                cb += wsi_px_jpeg_cb(r, g, b);
                cr += wsi_px_jpeg_cr(r, g, b);
            }
        }
    }
    if (Shape::components == 1) return;
    out[64 * Shape::luma + 8 * y + x] = wsi_px_jpeg_mean(cb, Shape::x, Shape::y, x);
    out[64 * (Shape::luma + 1) + 8 * y + x] = wsi_px_jpeg_mean(cr, Shape::x, Shape::y, x);
}

/* Neighbouring threads take neighbouring pixels of a row, across MCUs. */
template <class Shape>
static __device__ __forceinline__ void load_samples(const wsi_jpeg_encode_job &job, forward_shared<Shape> *shared)
{
    for (int i = threadIdx.x; i < 64 * Shape::mcus; i += Shape::threads) {
        const int x = i % 8, mcu = i / 8 % Shape::mcus, y = i / (8 * Shape::mcus);
        sample<Shape>(job, shared->x[mcu], shared->y[mcu], x, y, shared->samples + 64 * Shape::blocks * mcu);
    }
}

/* The thread's row, and then its column, of JPEG block `block`. */
template <class Shape>
static __device__ __forceinline__ void transform(forward_shared<Shape> *shared, int block, int n,
                                                 const wsi_px_jpeg_divisor *divisors)
{
    const uint2 packed = *(const uint2 *)(shared->samples + 64 * block + 8 * n);
    int32_t *turned = shared->turned + PITCH * block;
    int32_t v[8];
#pragma unroll
    for (int i = 0; i < 8; i++) v[i] = (int)((i < 4 ? packed.x : packed.y) >> i % 4 * 8 & 255) - 128;
    wsi_px_jpeg_fdct8(v, WSI_JPEG_FORWARD_1);
#pragma unroll
    for (int i = 0; i < 8; i++) turned[9 * n + i] = v[i];
    __syncwarp();
#pragma unroll
    for (int i = 0; i < 8; i++) v[i] = turned[9 * i + n];
    wsi_px_jpeg_fdct8(v, WSI_JPEG_FORWARD_2);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        const wsi_px_jpeg_divisor d = divisors[8 * i + n];
        shared->coefficients[64 * block + d.place] = wsi_px_jpeg_quantise(v[i], d);
    }
}

template <class Shape>
static __global__ void __launch_bounds__(Shape::threads) forward_kernel(const wsi_jpeg_encode_job job)
{
    __shared__ forward_shared<Shape> shared;
    const int mine = threadIdx.x / 8, n = threadIdx.x % 8, which = mine % Shape::blocks >= Shape::luma;
    const uint32_t block = blockIdx.x * Shape::mcus * Shape::blocks + mine;
    find_mcus<Shape>(job, &shared);
    __syncthreads();
    load_samples<Shape>(job, &shared);
    __syncthreads();
    transform<Shape>(&shared, mine, n, job.memory.book->divisors[which]);
    __syncwarp();
    const uint4 packed = *(const uint4 *)(shared.coefficients + 64 * mine + 8 * n);
    const eighth e = unpack_eighth(packed);
    uint32_t length = wsi_px_jpeg_length(job.memory.book->ac[which], e.v, e.first, e.before);
    for (int i = 1; i < 8; i *= 2) length += __shfl_xor_sync(0xffffffffu, length, i);
    if (block >= (uint32_t)job.tiles * job.cut.tile_blocks) return;
    job.memory.coefficients[8 * (size_t)block + n] = packed;
    if (n == 0) job.memory.facts[block] = length << 16 | (packed.x & 0xFFFF);
}

template <class Shape> static void launch(wsi_stream *stream, const wsi_jpeg_encode_job *job)
{
    const long long mcus = (long long)job->tiles * job->cut.tile_mcus;
    forward_kernel<Shape><<<blocks_for(mcus, Shape::mcus), Shape::threads, 0, stream->handle>>>(*job);
}

extern "C" wsi_status wsi_cuda_jpeg_coefficients(wsi_stream *stream, const wsi_jpeg_encode_job *job, wsi_error *err)
{
    if (job->cut.components == 1)
        launch<grey>(stream, job);
    else if (job->cut.x_samp == 1)
        launch<full>(stream, job);
    else if (job->cut.y_samp == 1)
        launch<wide>(stream, job);
    else
        launch<quarter>(stream, job);
    return launched(stream, err);
}
