/* rgb2gray: four pixels at a time are three vectors in and one out. */
#include "pointwise.cuh"

#include "kernels/gray.h"

enum { GRAY_GROUPS = 2, GRAY_CHANNELS = 3 };

struct gray_body {
    struct input {
        raw4 r[GRAY_CHANNELS];
    };
    view src, dst;
    wsi_px_gray weights;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < GRAY_CHANNELS; k++)
            in.r[k] =
                load4(src.row(y), LANES * (GRAY_CHANNELS * group + k), GRAY_CHANNELS * dst.w, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float v[GRAY_CHANNELS * LANES], gray[LANES];
#pragma unroll
        for (int k = 0; k < GRAY_CHANNELS; k++) to_f32(v + LANES * k, in.r[k], src.type, 1);
        EACH_LANE gray[j] = wsi_px_gray_of(weights, v[3 * j], v[3 * j + 1], v[3 * j + 2]);
        store4(dst.row(y), LANES * group, dst.w, dst.size, dst.vector, from_f32(gray, dst.type));
    }
};

extern "C" wsi_status wsi_cuda_rgb2gray(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view dst = view_of(args->call.dst);
    const gray_body body = {source_under(args->call, 0), dst, ((const wsi_gray_state *)args->call.state)->weights};
    return run_pointwise<GRAY_GROUPS>(stream, body, dst.w, dst.h, err);
}
