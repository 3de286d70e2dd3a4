/* Arithmetic with float32 results: on two operands, in float32 or in float64, and of one. */
#include "operand.cuh"
#include "pointwise.cuh"

#include "kernels/arithmetic.h"
#include "kernels/px/arithmetic-px.h"

enum { ARITHMETIC_GROUPS = 2 };

/* Operations as types with a function of two values of either width. */
#define BINARY(name)                                                                                                   \
    struct name##_of {                                                                                                 \
        static __device__ __forceinline__ float at(float a, float b)                                                   \
        {                                                                                                              \
            return wsi_px_##name##_f32(a, b);                                                                          \
        }                                                                                                              \
        static __device__ __forceinline__ double at(double a, double b)                                                \
        {                                                                                                              \
            return wsi_px_##name##_f64(a, b);                                                                          \
        }                                                                                                              \
    };

#define UNARY(name, function)                                                                                          \
    struct name##_of {                                                                                                 \
        static __device__ __forceinline__ float at(float a, float)                                                     \
        {                                                                                                              \
            return function(a);                                                                                        \
        }                                                                                                              \
    };

BINARY(add)
BINARY(subtract)
BINARY(multiply)
BINARY(divide)
BINARY(power)
BINARY(minimum)
BINARY(maximum)

/* The exponent is a number. */
struct power_by_of {
    static __device__ __forceinline__ float at(float a, float b)
    {
        return wsi_px_power_by(a, b);
    }
};

UNARY(sqrt, wsi_px_sqrt)
UNARY(log, wsi_px_log_any)
UNARY(exp, wsi_px_exp_any)

/* The other operand is an image. T: what is computed in. */
template <class Op, class T> struct image_body : two_operands {

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        T a[LANES], b[LANES];
        float out[LANES];
        to_values(a, in.a, src.type);
        to_values(b, in.b, other.type);
        EACH_LANE out[j] = (float)Op::at(a[j], b[j]);
        store(from_f32(out, dst.type), y, group);
    }
};

/* The other operand is a number. */
template <class Op, class T> struct number_body : one_operand {
    T value;

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        T a[LANES];
        float out[LANES];
        to_values(a, in, src.type);
        EACH_LANE out[j] = (float)Op::at(a[j], value);
        store(from_f32(out, dst.type), y, group);
    }
};

template <class Op, class T> static wsi_status run_as(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_operand operand = ((const wsi_arithmetic_params *)args->call.params)->other;
    if (operand.image < 0) {
        const number_body<Op, T> body = {one_of(args), (T)operand.value};
        return run_pointwise<ARITHMETIC_GROUPS>(stream, body, body.n, body.dst.h, err);
    }
    const image_body<Op, T> body = {two_of(args, operand.image)};
    return run_pointwise<ARITHMETIC_GROUPS>(stream, body, body.n, body.dst.h, err);
}

template <class Op> static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const int other = ((const wsi_arithmetic_params *)args->call.params)->other.image;
    const wsi_image *src = args->call.src;
    const bool wide = wsi_dtype_wide(src[0].fmt.type) || (other >= 0 && wsi_dtype_wide(src[other].fmt.type));
    return wide ? run_as<Op, double>(stream, args, err) : run_as<Op, float>(stream, args, err);
}

#define ENTRY(name)                                                                                                    \
    extern "C" wsi_status wsi_cuda_##name(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)               \
    {                                                                                                                  \
        return run<name##_of>(stream, args, err);                                                                      \
    }

ENTRY(add)
ENTRY(subtract)
ENTRY(multiply)
ENTRY(divide)

extern "C" wsi_status wsi_cuda_power(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_operand operand = ((const wsi_arithmetic_params *)args->call.params)->other;
    if (operand.image >= 0) return run<power_of>(stream, args, err);
    const number_body<power_by_of, float> body = {one_of(args), (float)operand.value};
    return run_pointwise<ARITHMETIC_GROUPS>(stream, body, body.n, body.dst.h, err);
}

/* For images of which one type or both are not the result's (bound-cuda.cu). */
extern "C" wsi_status wsi_cuda_minimum_f32(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<minimum_of>(stream, args, err);
}

extern "C" wsi_status wsi_cuda_maximum_f32(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run<maximum_of>(stream, args, err);
}

#define MATHS_ENTRY(name)                                                                                              \
    extern "C" wsi_status wsi_cuda_##name(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)               \
    {                                                                                                                  \
        const number_body<name##_of, float> body = {one_of(args), 0.0f};                                               \
        return run_pointwise<ARITHMETIC_GROUPS>(stream, body, body.n, body.dst.h, err);                                \
    }

MATHS_ENTRY(sqrt)
MATHS_ENTRY(log)
MATHS_ENTRY(exp)
