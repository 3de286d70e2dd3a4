/* mask and where: samples are chosen as bits, whatever their type. */
#include "operand.cuh"
#include "triples.cuh"

#include "kernels/mask.h"

enum { MASK_GROUPS = 2 };

template <class T>
static __device__ __forceinline__ raw4 choose_of(const raw4 &image, const raw4 &other, const bool *keep)
{
    raw4 out = {};
    EACH_LANE put<T>(out, j, keep[j] ? take<T>(image, j) : take<T>(other, j));
    return out;
}

static __device__ __forceinline__ raw4 choose(const raw4 &image, const raw4 &other, const bool *keep, int size)
{
    return size == 1   ? choose_of<uint8_t>(image, other, keep)
           : size == 2 ? choose_of<uint16_t>(image, other, keep)
           : size == 4 ? choose_of<uint32_t>(image, other, keep)
                       : choose_of<uint64_t>(image, other, keep);
}

/* As samples of a type, which is their own or float32. */
static __device__ __forceinline__ raw4 as_type(const raw4 &r, int own, int type)
{
    if (own == type) return r;
    float v[LANES];
    to_f32(v, r, own, 0);
    return from_f32(v, WSI_F32);
}

/* What the result is where the mask is zero: another image, or one sample four times. */
struct otherwise {
    view image; /* p is NULL for a number */
    raw4 fill;
};

struct choose_body {
    struct input {
        raw4 image, mask, other;
    };
    view src, mask, dst;
    otherwise other;
    int n;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in.image = load4(src.row(y), LANES * group, n, src.size, src.vector);
        in.mask = load4_broadcast(mask, y, LANES * group, n, dst.channels);
        if (other.image.p) in.other = load4_broadcast(other.image, y, LANES * group, n, dst.channels);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        bool keep[LANES];
        nonzero(keep, in.mask, mask.type);
        const raw4 two = other.image.p ? as_type(in.other, other.image.type, dst.type) : other.fill;
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector,
               choose(as_type(in.image, src.type, dst.type), two, keep, dst.size));
    }
};

/* A mask of one channel for images of CHANNELS, of one type: a group is four pixels. */
template <int CHANNELS> struct choose_pixels_body {
    struct input {
        raw4 image[CHANNELS], other[CHANNELS], mask;
    };
    view src, mask, dst;
    otherwise other;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < CHANNELS; k++) {
            const int i = LANES * (CHANNELS * group + k), n = CHANNELS * dst.w;
            in.image[k] = load4(src.row(y), i, n, src.size, src.vector);
            if (other.image.p) in.other[k] = load4(other.image.row(y), i, n, src.size, other.image.vector);
        }
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
                   choose(in.image[k], other.image.p ? in.other[k] : other.fill, keep, dst.size));
        }
    }
};

/* The same for bytes, and a number where the mask is zero: sixteen pixels at a time. */
struct fill_triples {
    struct extra {
        uint32_t keep[LANES]; /* 255 for pixels to keep */
    };
    view mask;
    uint32_t fill; /* four times */

    __device__ __forceinline__ void load(extra &e, int y, int x) const
    {
        const uint4 v = *(const uint4 *)(mask.row(y) + x);
        e.keep[0] = __vcmpne4(v.x, 0), e.keep[1] = __vcmpne4(v.y, 0);
        e.keep[2] = __vcmpne4(v.z, 0), e.keep[3] = __vcmpne4(v.w, 0);
    }

    template <int M> __device__ __forceinline__ uint32_t word(const uint32_t *three, const extra &e, int group) const
    {
        const uint32_t keep = __byte_perm(e.keep[group], 0, M == 0 ? 0x1000 : M == 1 ? 0x2211 : 0x3332);
        return (three[M] & keep) | (fill & ~keep);
    }

    __device__ __forceinline__ char byte(const char *row, int y, int i) const
    {
        return mask.row(y)[i / TRIPLE] ? row[i] : (char)fill;
    }
};

/* One sample of `size` bytes in all four places. */
static raw4 four_of(const void *sample, size_t size)
{
    raw4 r = {};
    for (int j = 0; j < LANES; j++) memcpy((char *)&r + j * size, sample, size);
    return r;
}

static wsi_status run(wsi_stream *stream, const wsi_cuda_args *args, const wsi_where_params &p, wsi_error *err)
{
    choose_body body = {};
    body.dst = view_of(args->call.dst);
    body.src = source_under(args->call, 0);
    body.mask = source_under(args->call, p.condition.image);
    body.n = body.dst.w * body.dst.channels;
    if (p.other.image >= 0)
        body.other.image = source_under(args->call, p.other.image);
    else
        body.other.fill = four_of(((const wsi_mask_state *)args->call.state)->fill, (size_t)body.dst.size);
    const bool plain = body.src.type == body.dst.type &&
                       (p.other.image < 0 ||
                        (body.other.image.type == body.dst.type && body.other.image.channels == body.dst.channels));
    const bool bytes = body.dst.size == 1 && body.mask.size == 1 && p.other.image < 0;
    if (plain && bytes && body.mask.channels == 1 && body.dst.channels == TRIPLE && lines_fit(body.src, body.dst) &&
        lines_fit(body.mask, body.dst))
        return run_triples(stream, body.src, body.dst, fill_triples{body.mask, body.other.fill.w[0]}, err);
    if (plain && body.mask.channels == 1 && body.dst.channels == 3)
        return run_pointwise<1>(stream, choose_pixels_body<3>{body.src, body.mask, body.dst, body.other}, body.dst.w,
                                body.dst.h, err);
    return run_pointwise<MASK_GROUPS>(stream, body, body.n, body.dst.h, err);
}

extern "C" wsi_status wsi_cuda_mask(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run(stream, args, wsi_where_params{((const wsi_mask_params *)args->call.params)->mask, {-1, 0}}, err);
}

extern "C" wsi_status wsi_cuda_where(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run(stream, args, *(const wsi_where_params *)args->call.params, err);
}
