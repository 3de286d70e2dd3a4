/* adjust_gamma, adjust_log and adjust_sigmoid: types of 8 and 16 bits are looked up, the others computed in float64. */
#include "numbers.cuh"
#include "pointwise.cuh"

extern "C" {
#include "kernels/adjust.h"
}

enum { ADJUST_GROUPS = 2, ADJUST_BYTES = 256, ADJUST_ROWS = 16 /* a block's */ };

/* Computed. */
template <int KIND> struct adjust_body {
    typedef raw4 input;
    view src, dst;
    int n;
    wsi_px_adjust px;
    double lowest, highest;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        double v[LANES] = {};
        wsi_px_adjust a = px;
        a.kind = KIND;
        to_f64(v, in, src.type);
        EACH_LANE v[j] = wsi_px_adjust_of(a, v[j]);
        if (src.type != WSI_F32 && src.type != WSI_F64) EACH_LANE v[j] = wsi_px_clip_f64(v[j], lowest, highest);
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, from_f64(v, dst.type));
    }
};

/* A value that a power's short way does not take: a call, since it is rare. */
static __device__ __noinline__ float adjust_odd(const wsi_px_adjust &a, float v)
{
    return (float)wsi_px_adjust_gamma(a, wsi_px_adjust_share(a, (double)v));
}

/* Powers of float32. */
struct gamma_body {
    typedef raw4 input;
    view src, dst;
    int n;
    wsi_px_adjust px; /* of scale 1 */
    float zero;       /* what 0 becomes, and all below */
    float low, high;  /* between these wsi_px_pow_tame holds */

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, (int)sizeof(float), src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 out = {};
        double power[LANES];
        bool tame[LANES], odd = false;
        EACH_LANE
        {
            const float v = take<float>(in, j);
            tame[j] = v >= low && v <= high;
            power[j] = wsi_px_pow_tame((double)(tame[j] ? v : 1.0f), px.parameter);
            odd |= !tame[j] && !(v <= 0.0f);
        }
        if (px.gain != 1.0) EACH_LANE power[j] *= px.gain;
        EACH_LANE put<float>(out, j, tame[j] ? (float)power[j] : zero);
        if (odd) EACH_LANE
            {
                const float v = take<float>(in, j);
                if (!tame[j] && !(v <= 0.0f)) put<float>(out, j, adjust_odd(px, v));
            }
        store4(dst.row(y), LANES * group, n, (int)sizeof(float), dst.vector, out);
    }
};

/* Looked up in the state's table in device memory, which the caches hold. */
struct adjust_table_body {
    typedef raw4 input;
    view src, dst;
    int n;
    const uint16_t *table;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 out = {};
        if (src.size == 1)
            EACH_LANE put<uint8_t>(out, j, (uint8_t)__ldg(table + take<uint8_t>(in, j)));
        else
            EACH_LANE put<uint16_t>(out, j, __ldg(table + take<uint16_t>(in, j)));
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, out);
    }
};

/* Whole lines of bytes, looked up in shared memory. */
static __global__ void __launch_bounds__(POINT_THREADS)
    adjust_bytes_kernel(view src, view dst, int n, const uint16_t *from)
{
    __shared__ uint32_t table[ADJUST_BYTES];
    for (int i = threadIdx.x; i < ADJUST_BYTES; i += POINT_THREADS) table[i] = from[i] & 255;
    __syncthreads();
    map_bytes(src, dst, n, [&](uint32_t v) {
        uint32_t out = 0;
        EACH_LANE out |= table[v >> (8 * j) & 255] << (8 * j);
        return out;
    });
}

static wsi_status look_up(wsi_stream *stream, const adjust_table_body &body, wsi_error *err)
{
    if (body.src.size > 1 || !lines_fit(body.src, body.dst))
        return run_pointwise<ADJUST_GROUPS>(stream, body, body.n, body.dst.h, err);
    const dim3 grid(blocks_for(body.n, BYTE_LINE * POINT_THREADS), rows_for(blocks_for(body.dst.h, ADJUST_ROWS)));
    adjust_bytes_kernel<<<grid, POINT_THREADS, 0, stream->handle>>>(body.src, body.dst, body.n, body.table);
    return launched(stream, err);
}

static bool is_power(const view &src, const view &dst, const wsi_px_adjust &a)
{
    const double y = fabs(a.parameter);
    return a.kind == WSI_ADJUST_GAMMA && src.type == WSI_F32 && dst.type == WSI_F32 && a.scale == 1.0 &&
           a.parameter != 0.0 && a.parameter != 1.0 && y <= 100.0;
}

static wsi_status run_power(wsi_stream *stream, const view &src, const view &dst, const wsi_px_adjust &a,
                            wsi_error *err)
{
    const double most = 300.0 / fabs(a.parameter); /* of |log2| */
    const float high = ldexpf(1.0f, most < 120.0 ? (int)most : 120);
    const float zero = (float)wsi_px_adjust_of(a, 0.0);
    const gamma_body body = {src, dst, dst.w * dst.channels, a, zero, 1.0f / high, high};
    return run_pointwise<ADJUST_GROUPS>(stream, body, body.n, dst.h, err);
}

template <int KIND>
static wsi_status compute(wsi_stream *stream, const view &src, const view &dst, const wsi_adjust_state *s,
                          wsi_error *err)
{
    const adjust_body<KIND> body = {src, dst, dst.w * dst.channels, s->px, s->lowest, s->highest};
    return run_pointwise<ADJUST_GROUPS>(stream, body, body.n, dst.h, err);
}

extern "C" wsi_status wsi_cuda_adjust(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view src = source_under(args->call, 0), dst = view_of(args->call.dst);
    const wsi_adjust_state *s = (const wsi_adjust_state *)args->call.state;
    if (src.size <= 2) {
        const uint16_t *table = ((const wsi_adjust_state *)args->device_state)->table;
        return look_up(stream, adjust_table_body{src, dst, dst.w * dst.channels, table}, err);
    }
    if (is_power(src, dst, s->px)) return run_power(stream, src, dst, s->px, err);
    switch (s->px.kind) {
    case WSI_ADJUST_GAMMA:
        return compute<WSI_ADJUST_GAMMA>(stream, src, dst, s, err);
    case WSI_ADJUST_LOG:
        return compute<WSI_ADJUST_LOG>(stream, src, dst, s, err);
    case WSI_ADJUST_LOG_INVERSE:
        return compute<WSI_ADJUST_LOG_INVERSE>(stream, src, dst, s, err);
    case WSI_ADJUST_SIGMOID:
        return compute<WSI_ADJUST_SIGMOID>(stream, src, dst, s, err);
    default:
        return compute<WSI_ADJUST_SIGMOID_INVERSE>(stream, src, dst, s, err);
    }
}
