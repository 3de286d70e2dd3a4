/* compare and threshold: in float32 where that holds all values of the types compared, otherwise in float64. */
#include "operand.cuh"
#include "pointwise.cuh"

#include "kernels/arithmetic.h"
#include "kernels/compare.h"

enum { COMPARE_GROUPS = 4, COMPARE_IMAGE_GROUPS = 2 };

/* A comparison as in wsi_compare_state. */
struct comparison {
    int how, flip, negate;

    template <class T> __device__ __forceinline__ bool holds(T a, T b) const
    {
        const T x = negate ? -a : a, y = negate ? -b : b;
        return (how == WSI_HOW_ABOVE ? x > y : how == WSI_HOW_AT_LEAST ? x >= y : x == y) != (flip != 0);
    }
};

/* T: what is compared in. Levels of integers are whole, at most one beyond the type's range. */
template <class T> struct level_body : one_operand {
    comparison op;
    T level;

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        T a[LANES];
        bool out[LANES];
        to_values(a, in, src.type);
        EACH_LANE out[j] = op.holds(a[j], level);
        store_bools(out, y, group);
    }
};

template <class T> struct compare_body : two_operands {
    comparison op;

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        T a[LANES], b[LANES];
        bool out[LANES];
        to_values(a, in.a, src.type);
        to_values(b, in.b, other.type);
        EACH_LANE out[j] = op.holds(a[j], b[j]);
        store_bools(out, y, group);
    }
};

/* Unsigned bytes: a level below 0 or above 255 is beyond what it is compared with. */
static __global__ void __launch_bounds__(POINT_THREADS)
    level_bytes_kernel(view src, view dst, int bytes, comparison op, int level)
{
    map_bytes(src, dst, bytes, [=](uint32_t v) {
        uint32_t out = 0;
        EACH_LANE
        {
            const int x = (int)(v >> (8 * j) & 255);
            out |= (uint32_t)((op.how == WSI_HOW_SAME ? x == level : x > level) != (op.flip != 0)) << (8 * j);
        }
        return out;
    });
}

static wsi_status run_level(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const one_operand images = one_of(args);
    const view &src = images.src, &dst = images.dst;
    const wsi_compare_state s = *(const wsi_compare_state *)args->call.state;
    const comparison op = {s.how, s.flip, s.negate};
    const int n = images.n;
    if (src.size == 1 && src.type != WSI_I8 && lines_fit(src, dst)) {
        level_bytes_kernel<<<bytes_grid(dst, n), POINT_THREADS, 0, stream->handle>>>(src, dst, n, op, (int)s.level);
        return launched(stream, err);
    }
    if (wsi_dtype_wide((wsi_dtype)src.type)) {
        const double level = src.type == WSI_F64 ? s.level_f64 : (double)s.level;
        return run_pointwise<COMPARE_GROUPS>(stream, level_body<double>{images, op, level}, n, dst.h, err);
    }
    const float level = src.type == WSI_F32 ? s.level_f32 : (float)s.level;
    return run_pointwise<COMPARE_GROUPS>(stream, level_body<float>{images, op, level}, n, dst.h, err);
}

extern "C" wsi_status wsi_cuda_threshold(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_level(stream, args, err);
}

template <class T>
static wsi_status run_images(wsi_stream *stream, const wsi_cuda_args *args, int other, wsi_error *err)
{
    const wsi_compare_state *s = (const wsi_compare_state *)args->call.state;
    const compare_body<T> body = {two_of(args, other), comparison{s->how, s->flip, s->negate}};
    return run_pointwise<COMPARE_IMAGE_GROUPS>(stream, body, body.n, body.dst.h, err);
}

extern "C" wsi_status wsi_cuda_compare(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const int other = ((const wsi_compare_params *)args->call.params)->other.image;
    const wsi_image *src = args->call.src;
    if (other < 0) return run_level(stream, args, err);
    return wsi_dtype_wide(src[0].fmt.type) || wsi_dtype_wide(src[other].fmt.type)
               ? run_images<double>(stream, args, other, err)
               : run_images<float>(stream, args, other, err);
}
