/* hessian_matrix_eigvals and structure_tensor_eigenvalues: four pixels at a time are three vectors in and two out. */
#include "pointwise.cuh"

#include "kernels/px/hessian-px.h"

struct eigenvalues_body {
    enum { IN = 3, OUT = 2 };
    struct input {
        raw4 r[IN];
    };
    view src, dst;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < IN; k++)
            in.r[k] = load4(src.row(y), LANES * (IN * group + k), IN * dst.w, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float v[IN * LANES], out[OUT * LANES];
#pragma unroll
        for (int k = 0; k < IN; k++) to_f32(v + LANES * k, in.r[k], src.type, 0);
        EACH_LANE
        {
            const wsi_px_eigen e = wsi_px_eigen_of(v[IN * j], v[IN * j + 1], v[IN * j + 2]);
            out[OUT * j] = e.high, out[OUT * j + 1] = e.low;
        }
#pragma unroll
        for (int k = 0; k < OUT; k++)
            store4(dst.row(y), LANES * (OUT * group + k), OUT * dst.w, dst.size, dst.vector,
                   from_f32(out + LANES * k, dst.type));
    }
};

extern "C" wsi_status wsi_cuda_eigenvalues(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const eigenvalues_body body = {source_under(args->call, 0), view_of(args->call.dst)};
    return run_pointwise<1>(stream, body, body.dst.w, body.dst.h, err);
}
