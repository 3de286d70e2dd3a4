/* threshold: each type is compared in its own arithmetic. */
#include "pointwise.cuh"

#include "kernels/threshold.h"

enum { THRESHOLD_GROUPS = 4 };

struct threshold_body {
    typedef raw4 input;
    view src, dst;
    int n;
    wsi_threshold_state state;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    template <class T> __device__ __forceinline__ uint32_t above(const raw4 &in, T level) const
    {
        uint32_t out = 0;
        EACH_LANE out |= (uint32_t)(take<T>(in, j) > level) << (8 * j);
        return out;
    }

    /* level lies between one below the type's least value and its greatest. */
    template <class T, class Wide> __device__ __forceinline__ uint32_t above_level(const raw4 &in) const
    {
        uint32_t out = 0;
        EACH_LANE out |= (uint32_t)((Wide)take<T>(in, j) > (Wide)state.level) << (8 * j);
        return out;
    }

    __device__ __forceinline__ uint32_t compare(const raw4 &in) const
    {
        switch (src.type) {
        case WSI_I8:
            return above_level<int8_t, int32_t>(in);
        case WSI_U16:
            return above_level<uint16_t, int32_t>(in);
        case WSI_I16:
            return above_level<int16_t, int32_t>(in);
        case WSI_U32:
            return above_level<uint32_t, int64_t>(in);
        case WSI_I32:
            return above_level<int32_t, int64_t>(in);
        case WSI_F32:
            return above<float>(in, state.level_f32);
        case WSI_F64:
            return above<double>(in, state.level_f64);
        default:
            return above_level<uint8_t, int32_t>(in);
        }
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 out = {};
        out.w[0] = compare(in);
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, out);
    }
};

/* Unsigned bytes: a level below 0 or above 255 is beyond what it is compared with. */
static __global__ void __launch_bounds__(POINT_THREADS) threshold_bytes_kernel(view src, view dst, int bytes, int level)
{
    map_bytes(src, dst, bytes, [=](uint32_t v) {
        uint32_t out = 0;
        EACH_LANE out |= (uint32_t)((int)(v >> (8 * j) & 255) > level) << (8 * j);
        return out;
    });
}

extern "C" wsi_status wsi_cuda_threshold(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view dst = view_of(args->call.dst);
    const threshold_body body = {source_under(args->call, 0), dst, dst.w * dst.channels,
                                 *(const wsi_threshold_state *)args->call.state};
    if ((body.src.type == WSI_U8 || body.src.type == WSI_BOOL) && lines_fit(body.src, dst)) {
        threshold_bytes_kernel<<<bytes_grid(dst, body.n), POINT_THREADS, 0, stream->handle>>>(body.src, dst, body.n,
                                                                                              (int)body.state.level);
        return launched(stream, err);
    }
    return run_pointwise<THRESHOLD_GROUPS>(stream, body, body.n, dst.h, err);
}
