/* Conversions between colour spaces: four pixels at a time are three vectors in (four with an opacity) and three out,
 * computed in float64. Blocks walk down the image, so that one that looks 8-bit images up fills its table once for many
 * rows. */
#include "numbers.cuh"
#include "pointwise.cuh"

extern "C" {
#include "kernels/colour.h"
}

enum { COLOUR_CHANNELS = 3, COLOUR_ROWS = 16 /* a block's */, COLOUR_THREADS = 128 };
static_assert(WSI_COLOUR_VALUES % COLOUR_THREADS == 0, "each thread fills as many entries of the table");

/* A conversion: channels in, whether it takes linear light, whether it has roots, and the pixel's function. */
#define CONVERSION(name, function, linear, roots)                                                                      \
    struct name##_conversion {                                                                                         \
        enum { IN = 3, LINEAR = linear, ROOTS = roots };                                                               \
        double scale;                                                                                                  \
        wsi_px_space space;                                                                                            \
        const double *table; /* in device memory; NULL: no 8-bit image */                                              \
                                                                                                                       \
        __device__ __forceinline__ wsi_px_colour convert(const double *v, int tame) const                              \
        {                                                                                                              \
            wsi_px_space s = space;                                                                                    \
            s.tame = tame;                                                                                             \
            return wsi_px_##function(s, wsi_px_triple_of(v[0], v[1], v[2]));                                           \
        }                                                                                                              \
    };

CONVERSION(rgb2hsv, rgb2hsv, 0, 0)
CONVERSION(hsv2rgb, hsv2rgb, 0, 0)
CONVERSION(rgb2xyz, linear2xyz, 1, 1)
CONVERSION(rgb2lab, linear2lab, 1, 1)
CONVERSION(xyz2rgb, xyz2rgb, 0, 1)
CONVERSION(xyz2lab, xyz2lab, 0, 1)
CONVERSION(lab2xyz, lab2xyz, 0, 0)
CONVERSION(lab2rgb, lab2rgb, 0, 1)
CONVERSION(ycbcr, ycbcr, 0, 0)
CONVERSION(combine, combine, 0, 0)

struct rgba2rgb_conversion {
    enum { IN = 4, LINEAR = 0, ROOTS = 0 };
    double scale;
    double background[COLOUR_CHANNELS];
    const double *table;

    __device__ __forceinline__ wsi_px_colour convert(const double *v, int) const
    {
        return wsi_px_rgba2rgb(background, wsi_px_triple_of(v[0], v[1], v[2]), v[3]);
    }
};

/* FROM and TO: the types of source and result, WSI_F32 or WSI_U8; WSI_DTYPE_COUNT: any. */
template <class C, int FROM, int TO> struct colour_job {
    enum {
        LOOKS_UP = C::LINEAR && FROM == WSI_U8,
        MAY_LOOK_UP = C::LINEAR && FROM != WSI_F32,
        FROM_SIZE = FROM == WSI_U8 ? 1 : 4,
        TO_SIZE = TO == WSI_U8 ? 1 : 4
    };
    view src, dst;
    C conversion;

    __device__ __forceinline__ void load(raw4 (&in)[C::IN], int y, int group) const
    {
        const int size = FROM == WSI_DTYPE_COUNT ? src.size : (int)FROM_SIZE;
#pragma unroll
        for (int k = 0; k < C::IN; k++)
            in[k] = load4(src.row(y), LANES * (C::IN * group + k), C::IN * dst.w, size, src.vector);
    }

    /* 1: the four pixels are as px/colour-px.h wants them where a space is tame. */
    __device__ __forceinline__ bool tame(const raw4 (&in)[C::IN]) const
    {
        if (FROM == WSI_U8 || conversion.scale != 1.0) return true; /* integers on 0..1 */
        if (FROM != WSI_F32 && src.type != WSI_F32) return false;
        float most = 0.0f; /* NaN does not count: it stays NaN either way */
#pragma unroll
        for (int k = 0; k < C::IN; k++) EACH_LANE most = fmaxf(most, fabsf(take<float>(in[k], j)));
        return most <= WSI_PX_TAME;
    }

    /* The four pixels' samples, as the conversion takes them. */
    template <int TAME>
    __device__ __forceinline__ void values(double *v, const raw4 (&in)[C::IN], const double *table) const
    {
#pragma unroll
        for (int k = 0; k < C::IN; k++) {
            if (LOOKS_UP || (MAY_LOOK_UP && conversion.table)) {
                EACH_LANE v[LANES * k + j] = table[take<uint8_t>(in[k], j)];
                continue;
            }
            to_f64(v + LANES * k, in[k], FROM == WSI_DTYPE_COUNT ? src.type : FROM);
            EACH_LANE
            {
                const double scaled = v[LANES * k + j] * conversion.scale;
                const double bounded = conversion.scale != 1.0 && scaled < -1.0 ? -1.0 : scaled;
                v[LANES * k + j] = C::LINEAR ? wsi_px_linear_by(bounded, TAME) : bounded;
            }
        }
    }

    template <int TAME>
    __device__ __forceinline__ void finish(const raw4 (&in)[C::IN], int y, int group, const double *table) const
    {
        double v[C::IN * LANES] = {};
        float out[COLOUR_CHANNELS * LANES];
        values<TAME>(v, in, table);
        EACH_LANE
        {
            const wsi_px_colour p = conversion.convert(v + C::IN * j, TAME);
            out[3 * j] = p.a, out[3 * j + 1] = p.b, out[3 * j + 2] = p.c;
        }
        const bool any = TO == WSI_DTYPE_COUNT;
#pragma unroll
        for (int k = 0; k < COLOUR_CHANNELS; k++)
            store4(dst.row(y), LANES * (COLOUR_CHANNELS * group + k), COLOUR_CHANNELS * dst.w,
                   any ? dst.size : (int)TO_SIZE, dst.vector, from_f32(out + LANES * k, any ? dst.type : TO));
    }
};

template <class C, int FROM, int TO>
static __global__ void __launch_bounds__(COLOUR_THREADS)
    colour_kernel(const __grid_constant__ colour_job<C, FROM, TO> job, int groups)
{
    __shared__ double table[job.MAY_LOOK_UP ? WSI_COLOUR_VALUES : 1];
    if (job.MAY_LOOK_UP && job.conversion.table) {
        for (int i = threadIdx.x; i < WSI_COLOUR_VALUES; i += COLOUR_THREADS) table[i] = job.conversion.table[i];
        __syncthreads();
    }
    const int group = blockIdx.x * COLOUR_THREADS + threadIdx.x;
    if (group >= groups) return;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        raw4 in[C::IN];
        job.load(in, y, group);
        if (C::ROOTS && job.tame(in))
            job.template finish<1>(in, y, group, table);
        else
            job.template finish<0>(in, y, group, table);
    }
}

template <int FROM, int TO, class C>
static wsi_status launch(wsi_stream *stream, const wsi_cuda_args *args, const C &conversion, wsi_error *err)
{
    const colour_job<C, FROM, TO> job = {source_under(args->call, 0), view_of(args->call.dst), conversion};
    const int groups = (job.dst.w + LANES - 1) / LANES;
    const dim3 grid(blocks_for(groups, COLOUR_THREADS), rows_for(blocks_for(job.dst.h, COLOUR_ROWS)));
    colour_kernel<C, FROM, TO><<<grid, COLOUR_THREADS, 0, stream->handle>>>(job, groups);
    return launched(stream, err);
}

template <class C>
static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, const C &conversion, wsi_error *err)
{
    const int from = args->call.src[0].fmt.type, to = args->call.dst.fmt.type;
    if (from == WSI_F32 && to == WSI_F32) return launch<WSI_F32, WSI_F32>(stream, args, conversion, err);
    if (from == WSI_F32 && to == WSI_U8) return launch<WSI_F32, WSI_U8>(stream, args, conversion, err);
    if (from == WSI_U8 && to == WSI_F32) return launch<WSI_U8, WSI_F32>(stream, args, conversion, err);
    return launch<WSI_DTYPE_COUNT, WSI_DTYPE_COUNT>(stream, args, conversion, err);
}

#define ENTRY(name)                                                                                                    \
    extern "C" wsi_status wsi_cuda_##name(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)               \
    {                                                                                                                  \
        const wsi_colour_state *s = (const wsi_colour_state *)args->call.state;                                        \
        const wsi_colour_state *on_device = (const wsi_colour_state *)args->device_state;                              \
        const int looked_up = name##_conversion::LINEAR && args->call.src[0].fmt.type == WSI_U8;                       \
        const name##_conversion c = {s->scale, s->space, looked_up ? on_device->linear : NULL};                        \
        return run(stream, args, c, err);                                                                              \
    }

ENTRY(rgb2hsv)
ENTRY(hsv2rgb)
ENTRY(rgb2xyz)
ENTRY(rgb2lab)
ENTRY(xyz2rgb)
ENTRY(xyz2lab)
ENTRY(lab2xyz)
ENTRY(lab2rgb)
ENTRY(ycbcr)
ENTRY(combine)

extern "C" wsi_status wsi_cuda_rgba2rgb(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_rgba_state *s = (const wsi_rgba_state *)args->call.state;
    const rgba2rgb_conversion c = {s->scale, {s->background[0], s->background[1], s->background[2]}, NULL};
    return run(stream, args, c, err);
}

/* Four grey samples to twelve. */
struct triple_body {
    typedef raw4 input;
    view src, dst;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, dst.w, src.size, src.vector);
    }

    template <class T> __device__ __forceinline__ void store(const input &in, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < COLOUR_CHANNELS; k++) {
            raw4 out = {};
            EACH_LANE put<T>(out, j, take<T>(in, (LANES * k + j) / COLOUR_CHANNELS));
            store4(dst.row(y), LANES * (COLOUR_CHANNELS * group + k), COLOUR_CHANNELS * dst.w, dst.size, dst.vector,
                   out);
        }
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        if (src.size == 1)
            store<uint8_t>(in, y, group);
        else if (src.size == 2)
            store<uint16_t>(in, y, group);
        else if (src.size == 4)
            store<uint32_t>(in, y, group);
        else
            store<uint64_t>(in, y, group);
    }
};

extern "C" wsi_status wsi_cuda_gray2rgb(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    enum { GROUPS = 2 };
    const triple_body body = {source_under(args->call, 0), view_of(args->call.dst)};
    return run_pointwise<GROUPS>(stream, body, body.dst.w, body.dst.h, err);
}
