/* mask: samples are chosen as bits, whatever the image's type. */
#include "operand.cuh"
#include "pointwise.cuh"

#include "kernels/mask.h"

enum { MASK_GROUPS = 2 };

static __device__ __forceinline__ void nonzero(bool *keep, const raw4 &mask, int type)
{
    EACH_LANE keep[j] = false;
#define NONZERO(value, name, ctype)                                                                                    \
    case value:                                                                                                        \
        EACH_LANE keep[j] = take<ctype>(mask, j) != 0;                                                                 \
        break;
    EACH_TYPE(type, NONZERO)
}

template <class T> static __device__ __forceinline__ raw4 choose_of(const raw4 &image, const bool *keep, T fill)
{
    raw4 out = {};
    EACH_LANE put<T>(out, j, keep[j] ? take<T>(image, j) : fill);
    return out;
}

static __device__ __forceinline__ raw4 choose(const raw4 &image, const bool *keep, int size, uint64_t fill)
{
    return size == 1   ? choose_of<uint8_t>(image, keep, (uint8_t)fill)
           : size == 2 ? choose_of<uint16_t>(image, keep, (uint16_t)fill)
           : size == 4 ? choose_of<uint32_t>(image, keep, (uint32_t)fill)
                       : choose_of<uint64_t>(image, keep, fill);
}

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

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        bool keep[LANES];
        nonzero(keep, in.mask, mask.type);
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, choose(in.image, keep, dst.size, fill));
    }
};

/* A mask of one channel for an image of CHANNELS: a group is four pixels. */
template <int CHANNELS> struct mask_pixels_body {
    struct input {
        raw4 image[CHANNELS], mask;
    };
    view src, mask, dst;
    uint64_t fill;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < CHANNELS; k++)
            in.image[k] = load4(src.row(y), LANES * (CHANNELS * group + k), CHANNELS * dst.w, src.size, src.vector);
        in.mask = load4(mask.row(y), LANES * group, dst.w, mask.size, mask.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        bool pixel[LANES];
        nonzero(pixel, in.mask, mask.type);
#pragma unroll
        for (int k = 0; k < CHANNELS; k++) {
            bool keep[LANES];
            EACH_LANE keep[j] = pixel[(LANES * k + j) / CHANNELS];
            store4(dst.row(y), LANES * (CHANNELS * group + k), CHANNELS * dst.w, dst.size, dst.vector,
                   choose(in.image[k], keep, dst.size, fill));
        }
    }
};

extern "C" wsi_status wsi_cuda_mask(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const int which = ((const wsi_mask_params *)args->call.params)->mask.image;
    const view dst = view_of(args->call.dst);
    mask_body body = {source_under(args->call, 0), source_under(args->call, which), dst, dst.w * dst.channels, 0};
    memcpy(&body.fill, ((const wsi_mask_state *)args->call.state)->fill, sizeof body.fill);
    if (body.mask.channels == 1 && dst.channels == 3)
        return run_pointwise<1>(stream, mask_pixels_body<3>{body.src, body.mask, dst, body.fill}, dst.w, dst.h, err);
    return run_pointwise<MASK_GROUPS>(stream, body, body.n, dst.h, err);
}
