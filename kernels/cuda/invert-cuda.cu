/* invert: integers of every width flip their bits. */
#include "pointwise.cuh"

#include "kernels/invert.h"
#include "kernels/px/invert-px.h"

enum { INVERT_GROUPS = 4 };

struct invert_body {
    typedef raw4 input;
    view src, dst;
    int n;
    int negate;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    template <class T> __device__ __forceinline__ T real(T x) const
    {
        return negate ? -x : WSI_PX_INVERT_FLOAT(x, (T)1);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 out = {};
        if (src.type == WSI_BOOL) {
            EACH_LANE put<uint8_t>(out, j, WSI_PX_INVERT_BOOL(take<uint8_t>(in, j)));
        } else if (src.type == WSI_F32) {
            EACH_LANE put<float>(out, j, real(take<float>(in, j)));
        } else if (src.type == WSI_F64) {
            EACH_LANE put<double>(out, j, real(take<double>(in, j)));
        } else {
            EACH_LANE out.w[j] = WSI_PX_INVERT_INTEGER(in.w[j]);
        }
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, out);
    }
};

static __global__ void __launch_bounds__(POINT_THREADS) invert_bytes_kernel(view src, view dst, int bytes)
{
    map_bytes(src, dst, bytes, [](uint32_t v) { return WSI_PX_INVERT_INTEGER(v); });
}

extern "C" wsi_status wsi_cuda_invert(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_invert_params *p = (const wsi_invert_params *)args->call.params;
    const view dst = view_of(args->call.dst);
    const invert_body body = {source_under(args->call, 0), dst, dst.w * dst.channels, p->signed_float};
    const int integer = body.src.type != WSI_BOOL && body.src.type != WSI_F32 && body.src.type != WSI_F64;
    if (integer && lines_fit(body.src, dst)) {
        const int bytes = body.n * dst.size;
        invert_bytes_kernel<<<bytes_grid(dst, bytes), POINT_THREADS, 0, stream->handle>>>(body.src, dst, bytes);
        return launched(stream, err);
    }
    return run_pointwise<INVERT_GROUPS>(stream, body, body.n, dst.h, err);
}
