/* What the median's methods share. */
#ifndef WSI_CUDA_MEDIAN_CUH
#define WSI_CUDA_MEDIAN_CUH

#include "keys.cuh"
#include "tile.cuh"

#include "kernels/median.h"

#include "median-cuda.h"

enum { MEDIAN_BOX = WSI_MEDIAN_CUDA_BOX };

/* Stores a key as sample i of row y. */
static __device__ __forceinline__ void median_store(const view &dst, int y, long long i, uint64_t key)
{
    raw4 keys = {};
    keys.w[0] = (uint32_t)key, keys.w[1] = (uint32_t)(key >> 32);
    store_sample(dst.row(y) + i * dst.size, from_keys(keys, dst.type, KEY_RANK), 0, dst.size);
}

/* Shared memory of the method in bit planes: the planes, and those of the result. */
static inline size_t median_planes_bytes(int box, int size)
{
    return 8 * (size_t)size * ((32 + (size_t)box - 1) * 9 + 260) * sizeof(uint32_t);
}

/* Footprints beyond the box on samples of 8 bits, whose histogram moves: 1 where shared memory holds it, and the pass.
 */
extern "C" int wsi_cuda_median_marches(const wsi_stream *stream, const wsi_cuda_args *args);
extern "C" wsi_status wsi_cuda_median_march(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

/* Footprints beyond the box, counting keys in scratch. */
extern "C" wsi_status wsi_cuda_median_large(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

#endif
