/* digitize: how many of a few rising thresholds a pixel is not below; in float32 where that holds all values of the
 * type, otherwise in float64. */
#include "operand.cuh"
#include "pointwise.cuh"

#include "kernels/arithmetic.h"
#include "kernels/digitize.h"

enum { DIGITIZE_GROUPS = 4 };

template <class T> struct digitize_body : one_operand {
    int count;
    T level[WSI_DIGITIZE_MAX];

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        T v[LANES];
        int number[LANES] = {};
        raw4 out = {};
        to_values(v, in, src.type);
        for (int k = 0; k < count; k++) EACH_LANE number[j] += !(v[j] < level[k]);
        EACH_LANE put<uint8_t>(out, j, (uint8_t)number[j]);
        store(out, y, group);
    }
};

template <class T>
static wsi_status run_digitize(wsi_stream *stream, const wsi_cuda_args *args, const T *level, wsi_error *err)
{
    digitize_body<T> body = {one_of(args), ((const wsi_digitize_state *)args->call.state)->count, {}};
    for (int k = 0; k < body.count; k++) body.level[k] = level[k];
    return run_pointwise<DIGITIZE_GROUPS>(stream, body, body.n, body.dst.h, err);
}

extern "C" wsi_status wsi_cuda_digitize(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_digitize_state *s = (const wsi_digitize_state *)args->call.state;
    return wsi_dtype_wide(args->call.src[0].fmt.type) ? run_digitize(stream, args, s->f64, err)
                                                      : run_digitize(stream, args, s->f32, err);
}
