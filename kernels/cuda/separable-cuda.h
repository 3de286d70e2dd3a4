/* Which separable filters a GPU computes in one pass over memory, known to the rows (scratch) and to the kernels. */
#ifndef WSI_SEPARABLE_CUDA_H
#define WSI_SEPARABLE_CUDA_H

#include <stddef.h>
#include <stdint.h>

enum {
    WSI_SEPARABLE_CUDA_REACH = 20, /* whose window a thread's registers hold */
    WSI_SEPARABLE_CUDA_HALO = 80,  /* samples on each side of a block's results */
    WSI_SEPARABLE_CUDA_LINE = 4096 /* samples on each side of a line in shared memory, in two passes */
};

static inline int wsi_separable_cuda_once(int ry, int rx, int channels)
{
    return ry <= WSI_SEPARABLE_CUDA_REACH && rx <= WSI_SEPARABLE_CUDA_REACH && rx * channels <= WSI_SEPARABLE_CUDA_HALO;
}

/* 1 when a GPU takes the filter at all. */
static inline int wsi_separable_cuda_takes(int rx, int channels)
{
    return (int64_t)rx * channels <= WSI_SEPARABLE_CUDA_LINE;
}

/* Bytes for verticals in float32, with the columns that sums along x look at. */
static inline size_t wsi_separable_cuda_scratch(int ry, int rx, int verticals, int channels, int64_t w, int64_t h)
{
    if (wsi_separable_cuda_once(ry, rx, channels)) return 0;
    return (size_t)verticals * (size_t)(w + 2 * (int64_t)rx) * (size_t)channels * (size_t)h * sizeof(float);
}

#endif
