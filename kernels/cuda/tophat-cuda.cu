/* White and black top-hats: the opening or closing goes to the result, which then becomes its difference from the
 * image. */
#include "grey.cuh"
#include "pointwise.cuh"

enum { TOPHAT_GROUPS = 2 };

struct tophat_body {
    struct input {
        raw4 image, filtered;
    };
    view src, dst;
    int n, from_image;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in.image = load4(src.row(y), LANES * group, n, src.size, src.vector);
        in.filtered = load4(dst.row(y), LANES * group, n, dst.size, dst.vector);
    }

    /* Integers wrap, whatever their sign. */
    template <class T> __device__ __forceinline__ void subtract(raw4 &out, const raw4 &a, const raw4 &b) const
    {
        EACH_LANE put<T>(out, j, (T)(take<T>(a, j) - take<T>(b, j)));
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        const raw4 &a = from_image ? in.image : in.filtered, &b = from_image ? in.filtered : in.image;
        raw4 out = {};
        if (dst.type == WSI_BOOL)
            out.w[0] = a.w[0] ^ b.w[0];
        else if (dst.type == WSI_F32)
            subtract<float>(out, a, b);
        else if (dst.type == WSI_F64)
            subtract<double>(out, a, b);
        else if (dst.size == 1)
            out.w[0] = __vsub4(a.w[0], b.w[0]);
        else if (dst.size == 2)
            subtract<uint16_t>(out, a, b);
        else
            subtract<uint32_t>(out, a, b);
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, out);
    }
};

static wsi_status difference(wsi_stream *stream, const wsi_cuda_args *args, int from_image, wsi_error *err)
{
    const view dst = view_of(args->call.dst);
    const tophat_body body = {source_under(args->call, 0), dst, dst.w * dst.channels, from_image};
    return run_pointwise<TOPHAT_GROUPS>(stream, body, body.n, dst.h, err);
}

extern "C" wsi_status wsi_cuda_white_tophat(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    WSI_FORWARD(wsi_cuda_opening(stream, args, err));
    return difference(stream, args, 1, err);
}

extern "C" wsi_status wsi_cuda_black_tophat(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    WSI_FORWARD(wsi_cuda_closing(stream, args, err));
    return difference(stream, args, 0, err);
}
