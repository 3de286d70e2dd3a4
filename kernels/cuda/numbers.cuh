/* Four samples as float64 values, unscaled, and back: cut off, not rounded, and within the type's range already. The
 * CPU's load_row64 and store_row64. */
#ifndef WSI_CUDA_NUMBERS_CUH
#define WSI_CUDA_NUMBERS_CUH

#include "samples.cuh"

static __device__ __forceinline__ void to_f64(double *v, const raw4 &r, int type)
{
#define LOAD(value, name, ctype)                                                                                       \
    case value:                                                                                                        \
        EACH_LANE v[j] = (double)take<ctype>(r, j);                                                                    \
        break;
    EACH_TYPE(type, LOAD)
#undef LOAD
}

static __device__ __forceinline__ raw4 from_f64(const double *v, int type)
{
    raw4 r = {};
#define STORE(value, name, ctype)                                                                                      \
    case value:                                                                                                        \
        EACH_LANE put<ctype>(r, j, (ctype)v[j]);                                                                       \
        break;
    EACH_TYPE(type, STORE)
#undef STORE
    return r;
}

#endif
