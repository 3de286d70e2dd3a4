/* Kernels of the conversions between colour spaces: blocks of pixels as three planes of float64, so that every
 * conversion is one loop that vectorises. */
#include "rows.h"
#include "rows64.h"
#include "stores.h"

#include "kernels/colour.h"
#include "kernels/op.h"

enum { PIXELS = 256, CHANNELS_MAX = 4 };

/* Planes of PIXELS each. */
typedef double planes[CHANNELS_MAX][PIXELS];

typedef void (*colour_fn)(const void *state, float *restrict out, const planes *in, int64_t n);
typedef void (*load_fn)(const wsi_kernel_args *args, planes *to, const void *from, int64_t n);

static double scale_of(const wsi_kernel_args *args)
{
    return *(const double *)args->state; /* the first member of every state here */
}

/* As img_as_float. Scaled by 1, signed integers are plain numbers. */
static void load_planes(const wsi_kernel_args *args, planes *to, const void *from, int64_t n)
{
    const wsi_pixfmt fmt = args->src[0].fmt;
    const double scale = scale_of(args), least = scale == 1.0 ? -HUGE_VAL : -1.0;
    double samples[CHANNELS_MAX * PIXELS];
    WSI_CPU(load_row64)(samples, from, fmt.type, (size_t)(n * fmt.channels));
    for (int c = 0; c < fmt.channels; c++)
        for (int64_t i = 0; i < n; i++) {
            const double v = samples[i * fmt.channels + c] * scale;
            (*to)[c][i] = v < least ? least : v;
        }
}

/* Whether samples are such that conversions may take their shorter way: as most are, unless one is infinite or NaN.
 * Integers on 0..1 always are. The bits of sizes are in their order, and NaN's come last. */
static int tame(const void *state, const planes *in, int64_t n)
{
    const uint64_t most = wsi_px_bits_f64((double)WSI_PX_TAME);
    uint64_t wild = 0;
    if (((const wsi_colour_state *)state)->scale != 1.0) return 1;
    for (int c = 0; c < 3; c++)
        for (int64_t i = 0; i < n; i++) wild |= most - (wsi_px_bits_f64((*in)[c][i]) & (uint64_t)INT64_MAX);
    return !(wild >> 63);
}

/* And to linear light; uint8 by the table. */
static void load_linear(const wsi_kernel_args *args, planes *to, const void *from, int64_t n)
{
    if (args->src[0].fmt.type == WSI_U8) {
        const double *table = ((const wsi_colour_state *)args->state)->linear;
        const uint8_t *p = (const uint8_t *)from;
        for (int64_t i = 0; i < n; i++)
            for (int c = 0; c < 3; c++) (*to)[c][i] = table[p[3 * i + c]];
        return;
    }
    load_planes(args, to, from, n);
    if (tame(args->state, (const planes *)to, n)) {
        for (int c = 0; c < 3; c++)
            for (int64_t i = 0; i < n; i++) (*to)[c][i] = wsi_px_linear_by((*to)[c][i], 1);
    } else {
        for (int c = 0; c < 3; c++)
            for (int64_t i = 0; i < n; i++) (*to)[c][i] = wsi_px_linear((*to)[c][i]);
    }
}

static void each_block(const wsi_kernel_args *args, load_fn load, colour_fn fn)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const size_t from_size = wsi_pixfmt_size(src->fmt), to_size = wsi_pixfmt_size(dst->fmt);
    const int streams = dst->fmt.type == WSI_F32 && wsi_stores_stream(dst);
    planes in;
    float out[3 * PIXELS];
    for (int64_t y = 0; y < dst->h; y++) {
        const char *from = (const char *)wsi_image_row(src, y + args->oy[0]) + (size_t)args->ox[0] * from_size;
        char *to = (char *)wsi_image_row(dst, y);
        for (int64_t x = 0; x < dst->w; x += PIXELS) {
            const int64_t n = dst->w - x < PIXELS ? dst->w - x : PIXELS;
            load(args, &in, from + (size_t)x * from_size, n);
            fn(args->state, out, (const planes *)&in, n);
            if (streams)
                wsi_stores_put(to + (size_t)x * to_size, (const char *)out, (size_t)n * to_size, NULL, 0);
            else
                WSI_CPU(store_row)(to + (size_t)x * to_size, dst->fmt.type, out, (size_t)(3 * n));
        }
    }
    if (streams) wsi_stores_done();
}

/* wsi_px_FUNCTION of each pixel of `in` with wsi_px_space `space`. */
#define EACH_PIXEL(function)                                                                                           \
    for (int64_t i = 0; i < n; i++) {                                                                                  \
        const wsi_px_triple p = wsi_px_triple_of((*in)[0][i], (*in)[1][i], (*in)[2][i]);                               \
        const wsi_px_colour v = wsi_px_##function(space, p);                                                           \
        out[3 * i] = v.a;                                                                                              \
        out[3 * i + 1] = v.b;                                                                                          \
        out[3 * i + 2] = v.c;                                                                                          \
    }

#define SPACE_OF(state) ((const wsi_colour_state *)(state))->space

/* A kernel of that. */
#define COLOUR(name, function, load)                                                                                   \
    static void name##_block(const void *state, float *restrict out, const planes *in, int64_t n)                      \
    {                                                                                                                  \
        const wsi_px_space space = SPACE_OF(state);                                                                    \
        EACH_PIXEL(function)                                                                                           \
    }                                                                                                                  \
    WSI_CPU_KERNEL(name)                                                                                               \
    {                                                                                                                  \
        each_block(args, load, name##_block);                                                                          \
    }

/* The same of a conversion with a shorter way: what a pixel gets does not depend on which its block takes. */
#define TWO_WAYS(name, function, load)                                                                                 \
    static void tame_##name(wsi_px_space space, float *restrict out, const planes *in, int64_t n)                      \
    {                                                                                                                  \
        space.tame = 1;                                                                                                \
        EACH_PIXEL(function)                                                                                           \
    }                                                                                                                  \
    static void any_##name(wsi_px_space space, float *restrict out, const planes *in, int64_t n)                       \
    {                                                                                                                  \
        space.tame = 0;                                                                                                \
        EACH_PIXEL(function)                                                                                           \
    }                                                                                                                  \
    static void name##_block(const void *state, float *restrict out, const planes *in, int64_t n)                      \
    {                                                                                                                  \
        (tame(state, in, n) ? tame_##name : any_##name)(SPACE_OF(state), out, in, n);                                  \
    }                                                                                                                  \
    WSI_CPU_KERNEL(name)                                                                                               \
    {                                                                                                                  \
        each_block(args, load, name##_block);                                                                          \
    }

COLOUR(rgb2hsv, rgb2hsv, load_planes)
TWO_WAYS(hsv2rgb, hsv2rgb, load_planes)
COLOUR(rgb2xyz, linear2xyz, load_linear)
TWO_WAYS(rgb2lab, linear2lab, load_linear)
COLOUR(xyz2rgb, xyz2rgb, load_planes)
TWO_WAYS(xyz2lab, xyz2lab, load_planes)
COLOUR(lab2xyz, lab2xyz, load_planes)
COLOUR(lab2rgb, lab2rgb, load_planes)
COLOUR(ycbcr, ycbcr, load_planes)
COLOUR(combine, combine, load_planes)

static void rgba_block(const void *state, float *restrict out, const planes *in, int64_t n)
{
    const wsi_rgba_state s = *(const wsi_rgba_state *)state;
    for (int64_t i = 0; i < n; i++) {
        const wsi_px_triple p = wsi_px_triple_of((*in)[0][i], (*in)[1][i], (*in)[2][i]);
        const wsi_px_colour v = wsi_px_rgba2rgb(s.background, p, (*in)[3][i]);
        out[3 * i] = v.a;
        out[3 * i + 1] = v.b;
        out[3 * i + 2] = v.c;
    }
}

WSI_CPU_KERNEL(rgba2rgb)
{
    each_block(args, load_planes, rgba_block);
}

#define TRIPLE(ctype, bits)                                                                                            \
    static void triple_##bits(void *restrict to, const void *restrict from, int64_t n)                                 \
    {                                                                                                                  \
        ctype *out = (ctype *)to;                                                                                      \
        const ctype *in = (const ctype *)from;                                                                         \
        for (int64_t i = 0; i < n; i++) out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = in[i];                          \
    }

TRIPLE(uint8_t, 8)
TRIPLE(uint16_t, 16)
TRIPLE(uint32_t, 32)
TRIPLE(uint64_t, 64)

WSI_CPU_KERNEL(gray2rgb)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const size_t size = wsi_dtype_size(dst->fmt.type);
    for (int64_t y = 0; y < dst->h; y++) {
        const void *in = (const char *)wsi_image_row(src, y + args->oy[0]) + (size_t)args->ox[0] * size;
        void *out = wsi_image_row(dst, y);
        if (size == 1)
            triple_8(out, in, dst->w);
        else if (size == 2)
            triple_16(out, in, dst->w);
        else if (size == 4)
            triple_32(out, in, dst->w);
        else
            triple_64(out, in, dst->w);
    }
}
