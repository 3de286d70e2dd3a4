/* Masks cut into tiles of bits for the encoders on the host: an eighth of the memory, and a tile in one stretch instead
 * of rows that lie pages apart. */
#include "launch.cuh"

enum { TILES_THREADS = 128, WORD_BITS = 32 };

struct mask_tiles {
    const char *src;
    char *dst;
    long long stride, tile_bytes;
    int w, h, edge, across; /* across: tiles of a row */
    int aligned;            /* rows of the mask start at multiples of 16 bytes */

    __device__ __forceinline__ uint32_t *word_of(int x, int y) const
    {
        const int tile = x / edge;
        const long long bit = (long long)(y % edge) * edge + (x - tile * edge);
        return (uint32_t *)(dst + ((long long)(y / edge) * across + tile) * tile_bytes + bit / 8);
    }
};

/* Four bytes of 0 and 1 as bits. */
static __device__ __forceinline__ uint32_t four_bits(uint32_t v)
{
    return v * 0x01020408u >> 24 & 15u;
}

static __device__ __forceinline__ uint32_t sixteen_bits(const uint4 v)
{
    return four_bits(v.x) | four_bits(v.y) << 4 | four_bits(v.z) << 8 | four_bits(v.w) << 12;
}

static __global__ void __launch_bounds__(TILES_THREADS) mask_tiles_kernel(const __grid_constant__ mask_tiles job)
{
    const int x = WORD_BITS * (blockIdx.x * TILES_THREADS + threadIdx.x);
    if (x >= job.w) return;
    for (int y = blockIdx.y; y < job.h; y += gridDim.y) {
        const char *from = job.src + y * job.stride + x;
        uint32_t bits = 0;
        if (job.aligned && x + WORD_BITS <= job.w)
            bits = sixteen_bits(((const uint4 *)from)[0]) | sixteen_bits(((const uint4 *)from)[1]) << 16;
        else
            for (int k = 0; k < WORD_BITS && x + k < job.w; k++) bits |= (uint32_t)from[k] << k;
        *job.word_of(x, y) = bits;
    }
}

extern "C" wsi_status wsi_device_mask_tiles(wsi_stream *stream, const wsi_image *mask, int64_t edge, void *dst,
                                            wsi_error *err)
{
    const mask_tiles job = {(const char *)mask->data,
                            (char *)dst,
                            (long long)mask->stride,
                            (long long)wsi_mask_tile_bytes(edge),
                            (int)mask->w,
                            (int)mask->h,
                            (int)edge,
                            (int)((mask->w + edge - 1) / edge),
                            ((uintptr_t)mask->data | (uintptr_t)mask->stride) % sizeof(uint4) == 0};
    const dim3 grid(blocks_for(mask->w, WORD_BITS * TILES_THREADS), rows_for(mask->h));
    mask_tiles_kernel<<<grid, TILES_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
