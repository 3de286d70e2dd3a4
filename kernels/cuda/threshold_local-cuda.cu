/* threshold_local: the filter's own kernels, then the offset. */
#include "local-cuda.cuh"
#include "pointwise.cuh"

extern "C" {
#include "kernels/threshold_local.h"
}

extern "C" wsi_status wsi_cuda_gaussian(wsi_stream *, const wsi_cuda_args *, wsi_error *);
extern "C" wsi_status wsi_cuda_median(wsi_stream *, const wsi_cuda_args *, wsi_error *);

/* Four samples of any type as float32 less the offset; src may be dst. */
struct subtract_body {
    typedef raw4 input;
    view src, dst;
    float offset;

    __device__ __forceinline__ void load(raw4 &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, src.w * src.channels, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const raw4 &in, int y, int group) const
    {
        float v[LANES];
        to_f32(v, in, src.type, 0);
        EACH_LANE v[j] = v[j] - offset;
        store4(dst.row(y), LANES * group, dst.w * dst.channels, dst.size, dst.vector, from_f32(v, WSI_F32));
    }
};

static wsi_status subtract(wsi_stream *stream, const wsi_image &from, const wsi_image &to, float offset, wsi_error *err)
{
    return run_pointwise<4>(stream, subtract_body{view_of(from), view_of(to), offset},
                            (long long)to.w * to.fmt.channels, to.h, err);
}

extern "C" wsi_status wsi_cuda_threshold_local(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    typedef wsi_threshold_local_state state;
    const state *s = (const state *)args->call.state;
    const char *device = (const char *)args->device_state;
    const wsi_image &dst = args->call.dst;
    const int method = ((const wsi_threshold_local_params *)args->call.params)->method;
    wsi_cuda_args filter = *args;
    if (method == WSI_THRESHOLD_MEAN) return wsi_cuda_local(stream, args, &s->mean, err);
    if (method == WSI_THRESHOLD_GAUSSIAN) {
        filter.call.params = &s->gaussian_params;
        filter.call.state = &s->gaussian;
        filter.device_state = device + offsetof(state, gaussian);
        WSI_FORWARD(wsi_cuda_gaussian(stream, &filter, err));
        return s->offset == 0.0f ? WSI_OK : subtract(stream, dst, dst, s->offset, err);
    }
    const wsi_pixfmt fmt = args->call.src[0].fmt;
    filter.call.params = &s->median_params;
    filter.call.state = &s->median;
    filter.device_state = device + offsetof(state, median);
    filter.call.dst = wsi_image{args->call.scratch, (ptrdiff_t)wsi_threshold_local_row(dst.w, fmt), dst.w, dst.h, fmt};
    filter.call.scratch = (char *)args->call.scratch + wsi_threshold_local_plane(dst.w, dst.h, fmt);
    WSI_FORWARD(wsi_cuda_median(stream, &filter, err));
    return subtract(stream, filter.call.dst, dst, s->offset, err);
}
