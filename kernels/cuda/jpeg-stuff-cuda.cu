/* Words to scans: a zero goes behind every byte 0xFF. One kernel counts them by chunks of WSI_JPEG_CHUNK bytes; the
 * next moves each chunk to where the counts before it say, put together in shared memory and written to the host's
 * memory in whole vectors, since single bytes are slow across the bus. */
#include "block-sum.cuh"
#include "launch.cuh"

extern "C" {
#include "jpeg-encode-cuda.h"
}

#include "kernels/px/jpeg-code-px.h"

enum {
    STUFF_THREADS = 256,
    STUFF_WORDS = WSI_JPEG_CHUNK / 4 / STUFF_THREADS, /* a thread */
    STUFF_ROOM = 16 + 2 * WSI_JPEG_CHUNK
};
static_assert(STUFF_WORDS * 4 * STUFF_THREADS == WSI_JPEG_CHUNK, "whole words");

/* A thread's words of a chunk. Bytes from `count` on are not the scan's. */
struct piece {
    uint32_t words[STUFF_WORDS];
    int count, stuffing;
};

static __device__ __forceinline__ piece load_piece(const wsi_jpeg_encode_job &job, uint32_t tile, uint32_t chunk,
                                                   uint32_t bytes)
{
    const uint32_t at = chunk * WSI_JPEG_CHUNK + threadIdx.x * 4 * STUFF_WORDS;
    const uint32_t *words = job.memory.words + (size_t)tile * (job.cut.room / 4) + at / 4;
    piece p;
    p.count = at < bytes ? (int)min(bytes - at, (uint32_t)(4 * STUFF_WORDS)) : 0;
    p.stuffing = 0;
#pragma unroll
    for (int i = 0; i < STUFF_WORDS; i++) {
        p.words[i] = 4 * i < p.count ? words[i] : 0;
        p.stuffing += (int)wsi_px_jpeg_stuffing(p.words[i]);
    }
    return p;
}

static __device__ __forceinline__ uint32_t bytes_of(const wsi_jpeg_encode_job &job, uint32_t tile)
{
    return (job.memory.bits[tile] + 7) / 8;
}

static __global__ void __launch_bounds__(STUFF_THREADS) count_kernel(const wsi_jpeg_encode_job job)
{
    __shared__ uint32_t sums[STUFF_THREADS / 32];
    const uint32_t tile = blockIdx.y, chunk = blockIdx.x, bytes = bytes_of(job, tile);
    uint32_t all;
    if (chunk * WSI_JPEG_CHUNK >= bytes) return;
    const piece p = load_piece(job, tile, chunk, bytes);
    (void)block_sum_before<STUFF_THREADS>((uint32_t)p.stuffing, sums, &all);
    if (threadIdx.x == 0) job.memory.stuffing[tile * job.chunks + chunk] = all;
}

/* Stuffing of a tile: before a chunk, and in all. */
struct stuffed {
    uint32_t before, all;
};

static __device__ __forceinline__ stuffed count_stuffing(const wsi_jpeg_encode_job &job, uint32_t tile, uint32_t chunk,
                                                         uint32_t bytes, uint32_t (&sums)[STUFF_THREADS / 32])
{
    const uint32_t *counts = job.memory.stuffing + tile * job.chunks;
    const uint32_t used = (bytes + WSI_JPEG_CHUNK - 1) / WSI_JPEG_CHUNK;
    uint32_t before = 0, all = 0;
    stuffed out;
    for (uint32_t i = threadIdx.x; i < used; i += STUFF_THREADS) {
        all += counts[i];
        before += i < chunk ? counts[i] : 0;
    }
    (void)block_sum_before<STUFF_THREADS>(before, sums, &out.before);
    (void)block_sum_before<STUFF_THREADS>(all, sums, &out.all);
    return out;
}

/* Writes a thread's bytes, stuffed. */
static __device__ __forceinline__ void stuff_piece(const piece &p, uint8_t *out)
{
#pragma unroll
    for (int i = 0; i < 4 * STUFF_WORDS; i++) {
        const uint8_t byte = (uint8_t)(p.words[i / 4] >> i % 4 * 8);
        if (i >= p.count) continue;
        *out++ = byte;
        if (byte == 0xFF) *out++ = 0;
    }
}

/* Writes n bytes that lie in shared memory as far from a multiple of 16 as they will at `to`. */
static __device__ __forceinline__ void write_out(const uint8_t *shared, uint32_t off, uint32_t n, uint8_t *to)
{
    uint8_t *aligned = to - off;
    for (uint32_t i = 16 * threadIdx.x; i < off + n; i += 16 * STUFF_THREADS) {
        if (i >= off && i + 16 <= off + n) {
            *(uint4 *)(aligned + i) = *(const uint4 *)(shared + i);
        } else {
            for (uint32_t k = max(i, off); k < min(i + 16, off + n); k++) aligned[k] = shared[k];
        }
    }
}

static __global__ void __launch_bounds__(STUFF_THREADS) stuff_kernel(const wsi_jpeg_encode_job job)
{
    __shared__ uint32_t sums[STUFF_THREADS / 32];
    __shared__ __align__(16) uint8_t shared[STUFF_ROOM];
    const uint32_t tile = blockIdx.y, chunk = blockIdx.x, bytes = bytes_of(job, tile);
    if (chunk > 0 && chunk * WSI_JPEG_CHUNK >= bytes) return;
    const stuffed stuffing = count_stuffing(job, tile, chunk, bytes, sums);
    const int fits = bytes > 0 && bytes + stuffing.all <= job.cut.room;
    if (chunk == 0 && threadIdx.x == 0) job.memory.sizes[tile] = fits ? bytes + stuffing.all : 0;
    if (!fits) return;
    const piece p = load_piece(job, tile, chunk, bytes);
    uint32_t all;
    const uint32_t mine = block_sum_before<STUFF_THREADS>((uint32_t)(p.count + p.stuffing), sums, &all);
    const uint32_t start = chunk * WSI_JPEG_CHUNK + stuffing.before, off = start % 16;
    stuff_piece(p, shared + off + mine);
    __syncthreads();
    write_out(shared, off, all, job.memory.scans + (size_t)tile * job.cut.room + start);
}

extern "C" wsi_status wsi_cuda_jpeg_stuffing(wsi_stream *stream, const wsi_jpeg_encode_job *job, wsi_error *err)
{
    const dim3 grid(job->chunks, (unsigned)job->tiles);
    count_kernel<<<grid, STUFF_THREADS, 0, stream->handle>>>(*job);
    WSI_FORWARD(launched(stream, err));
    stuff_kernel<<<grid, STUFF_THREADS, 0, stream->handle>>>(*job);
    return launched(stream, err);
}
