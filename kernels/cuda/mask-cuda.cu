/* mask: samples are chosen as bits, whatever the image's type. */
#include "operand.cuh"
#include "pointwise.cuh"

#include "kernels/mask.h"

enum { MASK_GROUPS = 2 };

struct mask_body {
    struct input {
        raw4 image, mask;
    };
    view src, mask, dst;
    int n;
    uint64_t fill; /* one sample's bits */

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in.image = load4(src.row(y), LANES * group, n, src.size, src.vector);
        in.mask = load4_broadcast(mask, y, LANES * group, n, dst.channels);
    }

    template <class T> __device__ __forceinline__ raw4 choose(const raw4 &image, const bool *keep) const
    {
        raw4 out = {};
        EACH_LANE put<T>(out, j, keep[j] ? take<T>(image, j) : (T)fill);
        return out;
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        bool keep[LANES] = {};
#define NONZERO(value, name, ctype)                                                                                    \
    case value:                                                                                                        \
        EACH_LANE keep[j] = take<ctype>(in.mask, j) != 0;                                                              \
        break;
        EACH_TYPE(mask.type, NONZERO)
        const raw4 out = dst.size == 1   ? choose<uint8_t>(in.image, keep)
                         : dst.size == 2 ? choose<uint16_t>(in.image, keep)
                         : dst.size == 4 ? choose<uint32_t>(in.image, keep)
                                         : choose<uint64_t>(in.image, keep);
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, out);
    }
};

extern "C" wsi_status wsi_cuda_mask(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const int which = ((const wsi_mask_params *)args->call.params)->mask.image;
    const view dst = view_of(args->call.dst);
    mask_body body = {source_under(args->call, 0), source_under(args->call, which), dst, dst.w * dst.channels, 0};
    memcpy(&body.fill, ((const wsi_mask_state *)args->call.state)->fill, sizeof body.fill);
    return run_pointwise<MASK_GROUPS>(stream, body, body.n, dst.h, err);
}
