/* A second image of a point-wise operation: as many channels as the first, or one that serves for all of them. */
#ifndef WSI_CUDA_OPERAND_CUH
#define WSI_CUDA_OPERAND_CUH

#include "samples.cuh"

/* Samples i .. i+3 of a row of n samples of `channels` channels, from an image that may have one channel only. */
static __device__ __forceinline__ raw4 load4_broadcast(const view &v, int y, int i, int n, int channels)
{
    if (v.channels == channels) return load4(v.row(y), i, n, v.size, v.vector);
    raw4 r = {};
    EACH_LANE if (i + j < n) load_sample(r, j, v.row(y) + (long long)((i + j) / channels) * v.size, v.size);
    return r;
}

#endif
