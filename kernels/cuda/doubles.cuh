/* Samples as float64: what kernels/cpu/doubles.h is on the CPU. */
#ifndef WSI_CUDA_DOUBLES_CUH
#define WSI_CUDA_DOUBLES_CUH

#include "tile.cuh"

/* The sample at p, unscaled and unrounded. symmetric as for to_f32. */
static __device__ __forceinline__ double load_double(const char *p, const view &src, int symmetric)
{
    if (src.type == WSI_F32) return (double)*(const float *)p;
    if (src.type == WSI_U8) return (double)*(const uint8_t *)p;
    if (src.type == WSI_F64) return *(const double *)p;
    if (src.type == WSI_U32) return (double)*(const uint32_t *)p;
    if (src.type == WSI_I32) {
        const double v = (double)*(const int32_t *)p;
        return symmetric && v < -2147483647.0 ? -2147483647.0 : v;
    }
    raw4 r = {};
    float v[LANES];
    load_sample(r, 0, p, src.size);
    to_f32(v, r, src.type, symmetric);
    return (double)v[0];
}

#endif
