/* image_to_absorbance and absorbance_to_image, sample by sample. */
#include "numbers.cuh"
#include "pointwise.cuh"

extern "C" {
#include "kernels/absorbance.h"
}

enum { ABSORBANCE_GROUPS = 2 };

struct absorbance_views {
    typedef raw4 input;
    view src, dst;
    int n;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    __device__ __forceinline__ void store(const raw4 &out, int y, int group) const
    {
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, out);
    }
};

struct absorbance_body : absorbance_views {
    wsi_absorbance_state state;

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float v[LANES];
        to_f32(v, in, src.type, 0);
        EACH_LANE v[j] = wsi_px_absorbance_of(v[j], state.low, state.high);
        store(from_f32(v, dst.type), y, group);
    }
};

struct intensity_body : absorbance_views {
    wsi_intensity_state state;

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        double v[LANES] = {};
        to_f64(v, in, src.type);
        EACH_LANE v[j] = wsi_px_intensity_of(v[j], state.source);
        if (dst.type != WSI_F32) EACH_LANE v[j] = wsi_px_whole_in(v[j], state.lowest, state.highest);
        store(from_f64(v, dst.type), y, group);
    }
};

template <class Body> static void look_at(Body *body, const wsi_cuda_args *args)
{
    body->src = source_under(args->call, 0);
    body->dst = view_of(args->call.dst);
    body->n = body->dst.w * body->dst.channels;
}

extern "C" wsi_status wsi_cuda_image_to_absorbance(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    absorbance_body body;
    look_at(&body, args);
    body.state = *(const wsi_absorbance_state *)args->call.state;
    return run_pointwise<ABSORBANCE_GROUPS>(stream, body, body.n, body.dst.h, err);
}

extern "C" wsi_status wsi_cuda_absorbance_to_image(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    intensity_body body;
    look_at(&body, args);
    body.state = *(const wsi_intensity_state *)args->call.state;
    return run_pointwise<ABSORBANCE_GROUPS>(stream, body, body.n, body.dst.h, err);
}
