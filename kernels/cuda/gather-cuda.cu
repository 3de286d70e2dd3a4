/* stack and unstack: each channel of the result comes from a channel of some input. A thread makes four pixels of up to
 * four channels, or four samples of a pixel of more. */
#include "triples.cuh"

#include "kernels/gather.h"

/* Where a channel of the result lies: its samples in row 0, and bytes from pixel to pixel and from row to row. */
struct channel_view {
    const char *p;
    long long stride;
    int apart, whole; /* whole: 1 for an image of one channel, that load4 may read in vectors */
};

template <int CHANNELS> struct gather_body {
    struct input {
        raw4 r[CHANNELS];
    };
    channel_view from[CHANNELS];
    view dst;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
#pragma unroll
        for (int c = 0; c < CHANNELS; c++) {
            const char *row = from[c].p + y * from[c].stride;
            const int x = LANES * group;
            in.r[c] = raw4{};
            if (from[c].apart == dst.size)
                in.r[c] = load4(row, x, dst.w, dst.size, from[c].whole);
            else
                EACH_LANE if (x + j < dst.w)
                    load_sample(in.r[c], j, row + (long long)(x + j) * from[c].apart, dst.size);
        }
    }

    template <class T> __device__ __forceinline__ void interleave(raw4 *out, const input &in) const
    {
#pragma unroll
        for (int at = 0; at < CHANNELS * LANES; at++)
            put<T>(out[at / LANES], at % LANES, take<T>(in.r[at % CHANNELS], at / CHANNELS));
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 out[CHANNELS] = {};
        if (dst.size == 1)
            interleave<uint8_t>(out, in);
        else if (dst.size == 2)
            interleave<uint16_t>(out, in);
        else if (dst.size == 4)
            interleave<uint32_t>(out, in);
        else
            interleave<uint64_t>(out, in);
#pragma unroll
        for (int k = 0; k < CHANNELS; k++)
            store4(dst.row(y), LANES * (CHANNELS * group + k), CHANNELS * dst.w, dst.size, dst.vector, out[k]);
    }
};

/* Any number of channels: sample by sample. */
struct gather_any_body {
    typedef raw4 input;
    view src[WSI_OP_INPUTS_MAX], dst;
    wsi_gather_state state;
    int n;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = raw4{};
        EACH_LANE
        {
            const int i = LANES * group + j, x = i / dst.channels, c = i - x * dst.channels;
            if (i >= n) continue;
            const view &v = src[state.input[c]];
            load_sample(in, j, v.row(y) + ((long long)x * v.channels + state.channel[c]) * v.size, v.size);
        }
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, in);
    }
};

/* Three channels of bytes in another order. Of the twelve bytes of four pixels, the first and the last word of the
 * result come from two words, the middle one from all three. */
struct reorder_triples {
    struct extra {
    };
    uint32_t first, middle_low, middle_high, last; /* selectors of __byte_perm */
    int pick[TRIPLE];

    __device__ __forceinline__ void load(extra &, int, int) const
    {
    }

    template <int M> __device__ __forceinline__ uint32_t word(const uint32_t *three, const extra &, int) const
    {
        if (M == 0) return __byte_perm(three[0], three[1], first);
        if (M == 2) return __byte_perm(three[1], three[2], last);
        return __byte_perm(__byte_perm(three[0], three[1], middle_low), __byte_perm(three[1], three[2], middle_high),
                           0x5410);
    }

    __device__ __forceinline__ char byte(const char *row, int, int i) const
    {
        const int c = i % TRIPLE;
        return row[i - c + (c == 0 ? pick[0] : c == 1 ? pick[1] : pick[2])];
    }
};

/* The selector of bytes i .. i + 3 of four pixels, out of the two words that begin at byte `from`. */
static uint32_t selector(const int *pick, int i, int count, int from)
{
    uint32_t s = 0;
    for (int k = 0; k < count; k++)
        s |= (uint32_t)((i + k) / TRIPLE * TRIPLE + pick[(i + k) % TRIPLE] - from) << (4 * k);
    return s;
}

static bool reorders_bytes(const gather_any_body &any)
{
    return any.src[0].size == 1 && any.src[0].channels == TRIPLE && any.dst.channels == TRIPLE &&
           lines_fit(any.src[0], any.dst);
}

static wsi_status reorder(wsi_stream *stream, const gather_any_body &any, wsi_error *err)
{
    const int pick[TRIPLE] = {any.state.channel[0], any.state.channel[1], any.state.channel[2]};
    const reorder_triples op = {selector(pick, 0, 4, 0),
                                selector(pick, 4, 2, 0),
                                selector(pick, 6, 2, 4),
                                selector(pick, 8, 4, 4),
                                {pick[0], pick[1], pick[2]}};
    return run_triples(stream, any.src[0], any.dst, op, err);
}

template <int CHANNELS> static wsi_status run_few(wsi_stream *stream, const gather_any_body &any, wsi_error *err)
{
    gather_body<CHANNELS> body = {};
    body.dst = any.dst;
    for (int c = 0; c < CHANNELS; c++) {
        const view &v = any.src[any.state.input[c]];
        body.from[c] = channel_view{v.p + any.state.channel[c] * v.size, v.stride, v.channels * v.size,
                                    v.channels == 1 && v.vector};
    }
    return run_pointwise<1>(stream, body, body.dst.w, body.dst.h, err);
}

static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    gather_any_body any = {};
    any.dst = view_of(args->call.dst);
    any.state = *(const wsi_gather_state *)args->call.state;
    any.n = any.dst.w * any.dst.channels;
    for (int i = 0; i < args->call.inputs; i++) any.src[i] = source_under(args->call, i);
    if (args->call.inputs == 1 && reorders_bytes(any)) return reorder(stream, any, err);
    switch (any.dst.channels) {
    case 1:
        return run_few<1>(stream, any, err);
    case 2:
        return run_few<2>(stream, any, err);
    case 3:
        return run_few<3>(stream, any, err);
    case 4:
        return run_few<4>(stream, any, err);
    default:
        return run_pointwise<1>(stream, any, any.n, any.dst.h, err);
    }
}

extern "C" wsi_status wsi_cuda_stack(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run(stream, args, err);
}

extern "C" wsi_status wsi_cuda_unstack(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run(stream, args, err);
}
