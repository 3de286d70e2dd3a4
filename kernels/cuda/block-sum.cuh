/* Sums over the threads of a block. */
#ifndef WSI_CUDA_BLOCK_SUM_CUH
#define WSI_CUDA_BLOCK_SUM_CUH

#include <stdint.h>

static __device__ __forceinline__ uint32_t warp_sum_up_to(uint32_t v)
{
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int i = 1; i < 32; i *= 2) {
        const uint32_t before = __shfl_up_sync(0xffffffffu, v, i);
        if (lane >= i) v += before;
    }
    return v;
}

/* The sum of v over the threads before this one; *all gets the sum over the whole block. Every thread calls it; all
 * have left it when it is called again with the same `shared`. */
template <int THREADS>
static __device__ __forceinline__ uint32_t block_sum_before(uint32_t v, uint32_t (&shared)[THREADS / 32], uint32_t *all)
{
    const int warp = threadIdx.x / 32;
    const uint32_t mine = warp_sum_up_to(v);
    if (threadIdx.x % 32 == 31) shared[warp] = mine;
    __syncthreads();
    uint32_t before = 0, sum = 0;
#pragma unroll
    for (int i = 0; i < THREADS / 32; i++) {
        if (i == warp) before = sum;
        sum += shared[i];
    }
    __syncthreads();
    *all = sum;
    return before + mine - v;
}

#endif
