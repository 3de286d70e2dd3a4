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
};

/* What bodies of pointwise.cuh of one and of two images are made from: the images, and loading four samples. */
struct one_operand {
    typedef raw4 input;
    view src, dst;
    int n; /* samples of a row */

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    __device__ __forceinline__ void store(const raw4 &out, int y, int group) const
    {
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, out);
    }

    __device__ __forceinline__ void store_bools(const bool *v, int y, int group) const
    {
        raw4 out = {};
        EACH_LANE put<uint8_t>(out, j, v[j]);
        store(out, y, group);
    }
};

struct two_operands : one_operand {
    typedef operand_pair input;
    view other;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in.a = load4_broadcast(src, y, LANES * group, n, dst.channels);
        in.b = load4_broadcast(other, y, LANES * group, n, dst.channels);
    }
};

static inline one_operand one_of(const wsi_cuda_args *args)
{
    const view dst = view_of(args->call.dst);
    return one_operand{source_under(args->call, 0), dst, dst.w * dst.channels};
}

static inline two_operands two_of(const wsi_cuda_args *args, int other)
{
    return two_operands{one_of(args), source_under(args->call, other)};
}

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

#endif
