/* add and multiply, in float32. */
#include "operand.cuh"
#include "pointwise.cuh"

#include "kernels/arithmetic.h"

enum { ARITHMETIC_GROUPS = 2 };

enum arithmetic { ADD, MULTIPLY };

/* The other operand is an image. */
template <arithmetic WHAT> struct image_body {
    struct input {
        raw4 a, b;
    };
    view src, other, dst;
    int n;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in.a = load4_broadcast(src, y, LANES * group, n, dst.channels);
        in.b = load4_broadcast(other, y, LANES * group, n, dst.channels);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float a[LANES], b[LANES];
        to_f32(a, in.a, src.type, 0);
        to_f32(b, in.b, other.type, 0);
        EACH_LANE a[j] = WHAT == ADD ? a[j] + b[j] : a[j] * b[j];
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, from_f32(a, dst.type));
    }
};

/* The other operand is a number. */
template <arithmetic WHAT> struct number_body {
    typedef raw4 input;
    view src, dst;
    int n;
    float value;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float a[LANES];
        to_f32(a, in, src.type, 0);
        EACH_LANE a[j] = WHAT == ADD ? a[j] + value : a[j] * value;
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, from_f32(a, dst.type));
    }
};

template <arithmetic WHAT> static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_operand operand = ((const wsi_arithmetic_params *)args->call.params)->other;
    const view src = source_under(args->call, 0), dst = view_of(args->call.dst);
    const int n = dst.w * dst.channels;
    if (operand.image < 0) {
        const number_body<WHAT> body = {src, dst, n, (float)operand.value};
        return run_pointwise<ARITHMETIC_GROUPS>(stream, body, n, dst.h, err);
    }
    const image_body<WHAT> body = {src, source_under(args->call, operand.image), dst, n};
    return run_pointwise<ARITHMETIC_GROUPS>(stream, body, n, dst.h, err);
}

extern "C" wsi_status wsi_cuda_add(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<ADD>(stream, args, err);
}

extern "C" wsi_status wsi_cuda_multiply(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<MULTIPLY>(stream, args, err);
}
