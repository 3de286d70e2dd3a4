/* One sample of a row as float32: for kernels whose threads look at columns. */
#ifndef WSI_CUDA_SAMPLE_CUH
#define WSI_CUDA_SAMPLE_CUH

#include "samples.cuh"

/* Sample i of a row. TYPE: a wsi_dtype, or WSI_DTYPE_COUNT for one known at run time (type, size). symmetric: as for
 * to_f32. */
template <int TYPE>
static __device__ __forceinline__ float sample_f32(const char *row, long long i, int type, int size, int symmetric = 0)
{
    if constexpr (TYPE == WSI_F32) return ((const float *)row)[i];
    if constexpr (TYPE == WSI_U8) return (float)((const uint8_t *)row)[i];
    raw4 r = {};
    float v[LANES];
    load_sample(r, 0, row + i * size, size);
    to_f32(v, r, type, symmetric);
    return v[0];
}

#endif
