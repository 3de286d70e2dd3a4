/* channel: images of 2 to 4 channels are read as whole vectors, of which one sample in so many is kept; others sample
 * by sample. */
#include "pointwise.cuh"

#include "kernels/channel.h"

enum { CHANNEL_GROUPS = 2 };

/* Channels: those of the source; a thread's group is four pixels. */
template <int CHANNELS> struct channel_body {
    struct input {
        raw4 r[CHANNELS];
    };
    view src, dst;
    int index;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < CHANNELS; k++)
            in.r[k] = load4(src.row(y), LANES * (CHANNELS * group + k), CHANNELS * dst.w, src.size, src.vector);
    }

    template <class T> __device__ __forceinline__ raw4 keep(const input &in) const
    {
        raw4 out = {};
        EACH_LANE
        {
            T v = 0;
#pragma unroll
            for (int c = 0; c < CHANNELS; c++) {
                const int at = CHANNELS * j + c;
                if (c == index) v = take<T>(in.r[at / LANES], at % LANES);
            }
            put<T>(out, j, v);
        }
        return out;
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        const raw4 out = src.size == 1   ? keep<uint8_t>(in)
                         : src.size == 2 ? keep<uint16_t>(in)
                         : src.size == 4 ? keep<uint32_t>(in)
                                         : keep<uint64_t>(in);
        store4(dst.row(y), LANES * group, dst.w, dst.size, dst.vector, out);
    }
};

struct channel_any_body {
    typedef raw4 input;
    view src, dst;
    int index;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        const char *p = src.row(y) + ((long long)LANES * group * src.channels + index) * src.size;
        in = raw4{};
        EACH_LANE if (LANES * group + j < dst.w)
            load_sample(in, j, p + (long long)j * src.channels * src.size, src.size);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        store4(dst.row(y), LANES * group, dst.w, dst.size, dst.vector, in);
    }
};

extern "C" wsi_status wsi_cuda_channel(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view src = source_under(args->call, 0), dst = view_of(args->call.dst);
    const int index = (int)((const wsi_channel_params *)args->call.params)->index;
    switch (src.channels) {
    case 2:
        return run_pointwise<CHANNEL_GROUPS>(stream, channel_body<2>{src, dst, index}, dst.w, dst.h, err);
    case 3:
        return run_pointwise<CHANNEL_GROUPS>(stream, channel_body<3>{src, dst, index}, dst.w, dst.h, err);
    case 4:
        return run_pointwise<CHANNEL_GROUPS>(stream, channel_body<4>{src, dst, index}, dst.w, dst.h, err);
    default:
        return run_pointwise<CHANNEL_GROUPS>(stream, channel_any_body{src, dst, index}, dst.w, dst.h, err);
    }
}
