/* The binary and the isotropic forms of erosion, dilation, opening and closing: the source becomes a plane of truth
 * values in scratch, on which the grey operation runs. */
#include "grey.cuh"
#include "pointwise.cuh"

#include "kernels/binary.h"

enum { TRUTH_GROUPS = 4 };

struct truth_body {
    typedef raw4 input;
    view src, dst;
    int n;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    template <class T> __device__ __forceinline__ uint32_t not_zero(const raw4 &in) const
    {
        uint32_t out = 0;
        EACH_LANE out |= (uint32_t)(take<T>(in, j) != (T)0) << (8 * j);
        return out;
    }

    __device__ __forceinline__ uint32_t truth(const raw4 &in) const
    {
        if (src.type == WSI_F32) return not_zero<float>(in);
        if (src.type == WSI_F64) return not_zero<double>(in);
        if (src.size == 1) return not_zero<uint8_t>(in);
        return src.size == 2 ? not_zero<uint16_t>(in) : not_zero<uint32_t>(in);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 out = {};
        out.w[0] = truth(in);
        store4(dst.row(y), LANES * group, n, 1, dst.vector, out);
    }
};

static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, int stages, wsi_cuda_fn grey, wsi_error *err)
{
    const wsi_image *src = &args->call.src[0];
    if (src->fmt.type == WSI_BOOL) return grey(stream, args, err);
    const wsi_rect seen = wsi_binary_seen(&args->call, stages);
    const wsi_cuda_args on_truth = {wsi_binary_call(&args->call, seen), args->device_state};
    const truth_body body = {view_of(wsi_image_crop(src, seen)), view_of(on_truth.call.src[0]),
                             (int)seen.w * src->fmt.channels};
    WSI_FORWARD(run_pointwise<TRUTH_GROUPS>(stream, body, body.n, seen.h, err));
    return grey(stream, &on_truth, err);
}

extern "C" wsi_status wsi_cuda_binary_erosion(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run(stream, args, 1, wsi_cuda_erosion, err);
}

extern "C" wsi_status wsi_cuda_binary_dilation(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run(stream, args, 1, wsi_cuda_dilation, err);
}

extern "C" wsi_status wsi_cuda_binary_opening(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run(stream, args, 2, wsi_cuda_opening, err);
}

extern "C" wsi_status wsi_cuda_binary_closing(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run(stream, args, 2, wsi_cuda_closing, err);
}
