/* Bytes in words: to float32 and back. */
#ifndef WSI_CUDA_BYTES_CUH
#define WSI_CUDA_BYTES_CUH

#include <stdint.h>

#include "kernels/px/px.h"

/* Byte `at` of a word as a float: put into the mantissa of 2^23, which is then taken off. A conversion instruction has
 * an eighth of the rate. */
static __device__ __forceinline__ float byte_as_float(uint32_t word, int at)
{
    return wsi_px_float(__byte_perm(word, 0x4b000000u, 0x7440 + at)) - 8388608.0f;
}

/* The low bytes of four words as one. */
static __device__ __forceinline__ uint32_t pack_bytes(const uint32_t (&b)[4])
{
    return __byte_perm(__byte_perm(b[0], b[1], 0x40), __byte_perm(b[2], b[3], 0x40), 0x5410);
}

#endif
