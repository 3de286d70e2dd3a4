/* Second images of point-wise operations: as many channels as the first, or one that serves for all of them. */
#ifndef WSI_CUDA_OPERAND_CUH
#define WSI_CUDA_OPERAND_CUH

#include "numbers.cuh"

/* Samples i .. i+3 of a row of n samples of `channels` channels, from an image that may have one channel only. */
static __device__ __forceinline__ raw4 load4_broadcast(const view &v, int y, int i, int n, int channels)
{
    if (v.channels == channels) return load4(v.row(y), i, n, v.size, v.vector);
    raw4 r = {};
    EACH_LANE if (i + j < n) load_sample(r, j, v.row(y) + (long long)((i + j) / channels) * v.size, v.size);
    return r;
}

/* Four samples of two images under way. */
struct operand_pair {
    raw4 a, b;

    __device__ __forceinline__ void load(const view &one, const view &two, int y, int i, int n, int channels)
    {
        a = load4_broadcast(one, y, i, n, channels);
        b = load4_broadcast(two, y, i, n, channels);
    }
};

/* As values to compute with, unscaled. */
static __device__ __forceinline__ void to_values(float *v, const raw4 &r, int type)
{
    to_f32(v, r, type, 0);
}

static __device__ __forceinline__ void to_values(double *v, const raw4 &r, int type)
{
    to_f64(v, r, type);
}

/* Which are not 0. */
static __device__ __forceinline__ void nonzero(bool *keep, const raw4 &r, int type)
{
    EACH_LANE keep[j] = false;
#define NONZERO(value, name, ctype)                                                                                    \
    case value:                                                                                                        \
        EACH_LANE keep[j] = take<ctype>(r, j) != 0;                                                                    \
        break;
    EACH_TYPE(type, NONZERO)
#undef NONZERO
}

/* Stores samples i .. i+3 of a row of bool. */
static __device__ __forceinline__ void store_bools(const view &dst, int y, int i, int n, const bool *v)
{
    raw4 out = {};
    EACH_LANE put<uint8_t>(out, j, v[j]);
    store4(dst.row(y), i, n, dst.size, dst.vector, out);
}

#endif
