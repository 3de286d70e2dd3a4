/* What keeps an image's own type: minimum and maximum of two images or with a number, clip, abs. */
#include "operand.cuh"
#include "pointwise.cuh"

#include "kernels/arithmetic.h"
#include "kernels/px/arithmetic-px.h"

enum { BOUND_GROUPS = 4, PICK_GROUPS = 2 };

extern "C" wsi_status wsi_cuda_minimum_f32(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);
extern "C" wsi_status wsi_cuda_maximum_f32(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

/* NaN stays; high wins over low. */
template <class T> static __device__ __forceinline__ T between(T v, T low, T high)
{
    const T a = v < low ? low : v;
    return a > high ? high : a;
}

/* Values between two of dst's type, which is src's or float32. */
struct bound_body : one_operand {
    wsi_bound_state ends;

    template <class T> __device__ __forceinline__ raw4 bound(const raw4 &in) const
    {
        T low, high;
        raw4 out = {};
        memcpy(&low, ends.low, sizeof low);
        memcpy(&high, ends.high, sizeof high);
        EACH_LANE put<T>(out, j, between(take<T>(in, j), low, high));
        return out;
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 own = in, out = {};
        if (src.type != dst.type) {
            float v[LANES];
            to_f32(v, in, src.type, 0);
            own = raw4{};
            EACH_LANE put<float>(own, j, v[j]);
        }
#define BOUND(value, name, ctype)                                                                                      \
    case value:                                                                                                        \
        out = bound<ctype>(own);                                                                                       \
        break;
        EACH_TYPE(dst.type, BOUND)
#undef BOUND
        store(out, y, group);
    }
};

static __global__ void __launch_bounds__(POINT_THREADS)
    bound_bytes_kernel(view src, view dst, int bytes, uint32_t low, uint32_t high)
{
    map_bytes(src, dst, bytes, [=](uint32_t v) { return __vminu4(__vmaxu4(v, low), high); });
}

static wsi_status run_bound(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const bound_body body = {one_of(args), *(const wsi_bound_state *)args->call.state};
    const view &src = body.src, &dst = body.dst;
    const bool bytes = (src.type == WSI_U8 || src.type == WSI_BOOL) && dst.type == src.type;
    if (!bytes || !lines_fit(src, dst)) return run_pointwise<BOUND_GROUPS>(stream, body, body.n, dst.h, err);
    const uint32_t all = 0x01010101u;
    bound_bytes_kernel<<<bytes_grid(dst, body.n), POINT_THREADS, 0, stream->handle>>>(
        src, dst, body.n, all * body.ends.low[0], all * body.ends.high[0]);
    return launched(stream, err);
}

/* The smaller or the larger of two images of one type. */
template <bool LARGER> struct pick_body : two_operands {

    static __device__ __forceinline__ double pick_one(double a, double b)
    {
        return LARGER ? wsi_px_maximum_f64(a, b) : wsi_px_minimum_f64(a, b);
    }

    static __device__ __forceinline__ float pick_one(float a, float b)
    {
        return LARGER ? wsi_px_maximum_f32(a, b) : wsi_px_minimum_f32(a, b);
    }

    template <class T> static __device__ __forceinline__ T pick_one(T a, T b)
    {
        return LARGER ? max(a, b) : min(a, b);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 out = {};
#define PICK(value, name, ctype)                                                                                       \
    case value:                                                                                                        \
        EACH_LANE put<ctype>(out, j, pick_one(take<ctype>(in.a, j), take<ctype>(in.b, j)));                            \
        break;
        EACH_TYPE(dst.type, PICK)
#undef PICK
        store(out, y, group);
    }
};

template <bool LARGER> static wsi_status run_pick(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const int other = ((const wsi_arithmetic_params *)args->call.params)->other.image;
    if (other < 0) return run_bound(stream, args, err);
    const pick_body<LARGER> body = {two_of(args, other)};
    if (body.src.type != body.other.type)
        return LARGER ? wsi_cuda_maximum_f32(stream, args, err) : wsi_cuda_minimum_f32(stream, args, err);
    return run_pointwise<PICK_GROUPS>(stream, body, body.n, body.dst.h, err);
}

extern "C" wsi_status wsi_cuda_minimum(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_pick<false>(stream, args, err);
}

extern "C" wsi_status wsi_cuda_maximum(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_pick<true>(stream, args, err);
}

extern "C" wsi_status wsi_cuda_clip(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_bound(stream, args, err);
}

struct abs_body : one_operand {

    /* The least value's negative is itself. */
    template <class T, class U> static __device__ __forceinline__ raw4 integers(const raw4 &in)
    {
        raw4 out = {};
        EACH_LANE
        {
            const T v = take<T>(in, j);
            put<U>(out, j, v < 0 ? (U)(0u - (U)v) : (U)v);
        }
        return out;
    }

    template <class U> static __device__ __forceinline__ raw4 floats(const raw4 &in)
    {
        raw4 out = {};
        EACH_LANE put<U>(out, j, take<U>(in, j) & (U) ~(U)0 >> 1);
        return out;
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 out = in;
        if (src.type == WSI_I8) out = integers<int8_t, uint8_t>(in);
        if (src.type == WSI_I16) out = integers<int16_t, uint16_t>(in);
        if (src.type == WSI_I32) out = integers<int32_t, uint32_t>(in);
        if (src.type == WSI_F32) out = floats<uint32_t>(in);
        if (src.type == WSI_F64) out = floats<uint64_t>(in);
        store(out, y, group);
    }
};

extern "C" wsi_status wsi_cuda_abs(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const abs_body body = {one_of(args)};
    return run_pointwise<BOUND_GROUPS>(stream, body, body.n, body.dst.h, err);
}
