/* Filters that are one separable filter and a step on its outputs, on a GPU: kernels/linear.h. */
#ifndef WSI_CUDA_LINEAR_CUH
#define WSI_CUDA_LINEAR_CUH

#include "separable.cuh"

#include "kernels/px/linear-px.h"
extern "C" {
#include "kernels/linear.h"
}

/* The step; which one is the same for a whole launch. */
template <int OUTS> struct linear_finish {
    int finish;
    float a, b;

    __device__ __forceinline__ float operator()(const float (&v)[OUTS]) const
    {
        const float o1 = OUTS > 1 ? v[OUTS - 1] : 0.0f;
        if (finish == WSI_LINEAR_CLIP) return wsi_px_linear_clip(v[0], a, b);
        if (finish == WSI_LINEAR_TURN) return wsi_px_linear_turn(v[0], o1, a, b);
        if (finish == WSI_LINEAR_MODULUS) return wsi_px_linear_modulus(v[0], o1, a);
        return v[0];
    }
};

template <class Shape, int MOST = SEPARABLE_REACH>
static wsi_status run_linear(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_linear_state *s = (const wsi_linear_state *)args->call.state;
    const view dst = view_of(args->call.dst);
    wsi_separable filter;
    wsi_linear_filter(s, &filter);
    const separable_call call = {
        &filter, view_of(args->call.src[0]), s->symmetric, (int)args->call.ox[0], (int)args->call.oy[0], dst.w,
        dst.h,   args->call.scratch};
    typedef linear_finish<Shape::OUTS> step;
    const store_through<Shape::OUTS, step> finish = {dst, step{s->finish, s->a, s->b}};
    return run_separable<Shape, false, MOST>(stream, call, device_taps_of(args), finish, err);
}

/* The shapes of derivatives and waves. */
extern "C" wsi_status wsi_cuda_linear_pair(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

#endif
