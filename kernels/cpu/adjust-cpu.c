/* The kernel of the intensity adjustments: a look-up for types of 8 and 16 bits, loops of their own for powers and
 * logarithms of float32, else blocks of samples in float64. */
#include "blocks.h"
#include "blocks64.h"

#include "kernels/adjust.h"
#include "kernels/px/arithmetic-px.h"

/* Eight bytes at a time, by hand: gathering them with vector instructions takes longer. */
static void look_up_8(uint8_t *restrict dst, const uint8_t *restrict src, const uint16_t *restrict table, int64_t n)
{
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t in, out = 0;
        memcpy(&in, src + i, sizeof in);
        for (int k = 0; k < 64; k += 8) out |= (uint64_t)(uint8_t)table[in >> k & 255] << k;
        memcpy(dst + i, &out, sizeof out);
    }
    for (; i < n; i++) dst[i] = (uint8_t)table[src[i]];
}

static void look_up_16(uint16_t *restrict dst, const uint16_t *restrict src, const uint16_t *restrict table, int64_t n)
{
    for (int64_t i = 0; i < n; i++) dst[i] = table[src[i]];
}

/* Floats, whose scale is 1, are multiplied by it, which takes less time than a division. */
#define ADJUST(name)                                                                                                   \
    static void adjust_##name(double *v, wsi_px_adjust a, int64_t n)                                                   \
    {                                                                                                                  \
        const double factor = 1.0 / a.scale;                                                                           \
        if (factor == 1.0) {                                                                                           \
            for (int64_t i = 0; i < n; i++) v[i] = wsi_px_adjust_##name(a, (v[i] < 0.0 ? 0.0 : v[i]) * a.scale);       \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++) v[i] = wsi_px_adjust_##name(a, wsi_px_adjust_share(a, v[i]));              \
        }                                                                                                              \
    }

ADJUST(gamma)
ADJUST(log)
ADJUST(log_inverse)
ADJUST(sigmoid)
ADJUST(sigmoid_inverse)

/* In the order of wsi_px_adjustment. */
static void (*const adjustments[])(double *, wsi_px_adjust, int64_t) = {adjust_gamma, adjust_log, adjust_log_inverse,
                                                                        adjust_sigmoid, adjust_sigmoid_inverse};

static void adjust(const wsi_kernel_args *args, double *v, int64_t n)
{
    const wsi_adjust_state *s = (const wsi_adjust_state *)args->state;
    const double lo = s->lowest, hi = s->highest;
    adjustments[s->px.kind](v, s->px, n);
    if (hi == HUGE_VAL) return;
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_clip_f64(v[i], lo, hi);
}

/* ---- float32: what a sample's steps make of it, in several loops, because these steps wait for one another, and in
 * one loop a processor sees too few samples at once ---- */

/* |log2 x| <= 149 for all float32 values: up to this exponent wsi_px_exp2 needs no bounds. */
#define TAME_EXPONENT 2.0

/* v[i] = factor log2 v[i]. tame: as of wsi_px_log2_of. */
static void logarithms(double *restrict v, double factor, int tame, int64_t n)
{
    double s[WSI_BLOCK_SAMPLES];
    if (!tame) {
        for (int64_t i = 0; i < n; i++) v[i] = factor * wsi_px_log2(v[i]);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        const wsi_px_log2_parts parts = wsi_px_log2_split(v[i]);
        v[i] = parts.exponent;
        s[i] = parts.s;
    }
    for (int64_t i = 0; i < n; i++) {
        const wsi_px_log2_parts parts = {v[i], s[i]};
        v[i] = factor * wsi_px_log2_join(parts);
    }
}

static void exponentials(double *v, int tame, int64_t n)
{
    if (tame) {
        for (int64_t i = 0; i < n; i++) v[i] = wsi_px_exp2_of(v[i], 1);
    } else {
        for (int64_t i = 0; i < n; i++) v[i] = wsi_px_exp2(v[i]);
    }
}

/* v[i]: `more` and the share of the maximum. Returns 1 when all samples are finite and `least` or more. */
static int shares(double *restrict v, const float *restrict in, double more, float least, int64_t n)
{
    const uint32_t first = wsi_px_bits(least), all = 0x7f800000u - first;
    uint32_t wild = 0;
    for (int64_t i = 0; i < n; i++) {
        wild |= wsi_px_bits(in[i]) - first >= all;
        v[i] = more + (double)(in[i] < 0.0f ? 0.0f : in[i]);
    }
    return !wild;
}

static void results(float *restrict out, const double *restrict v, wsi_px_adjust a, int64_t n)
{
    for (int64_t i = 0; i < n; i++) out[i] = (float)((v[i] * a.scale) * a.gain);
}

static wsi_px_adjust adjustment(const wsi_kernel_args *args)
{
    return ((const wsi_adjust_state *)args->state)->px;
}

static void log_block(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n)
{
    const int64_t samples = n * args->dst.fmt.channels;
    double v[WSI_BLOCK_SAMPLES];
    logarithms(v, 1.0, shares(v, in, 1.0, 0.0f, samples), samples);
    results(out, v, adjustment(args), samples);
}

/* wsi_px_pow_f64, of whose cases only one is left: 1 to any power is 1 without being told so. */
static void gamma_block(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n)
{
    const wsi_px_adjust a = adjustment(args);
    const int64_t samples = n * args->dst.fmt.channels;
    double v[WSI_BLOCK_SAMPLES];
    const int tame = shares(v, in, 0.0, 1.17549435e-38f, samples);
    logarithms(v, a.parameter, tame, samples);
    exponentials(v, tame && fabs(a.parameter) <= TAME_EXPONENT, samples);
    results(out, v, a, samples);
}

/* The block function for float32 images, NULL where there is none: gamma 0 and 1 are cases of their own. */
static wsi_block_fn block_of(const wsi_kernel_args *args)
{
    const wsi_px_adjust a = adjustment(args);
    if (args->src[0].fmt.type != WSI_F32 || args->dst.fmt.type != WSI_F32) return NULL;
    if (a.kind == WSI_ADJUST_LOG) return log_block;
    const int usual = a.parameter != 0.0 && a.parameter != 1.0 && fabs(a.parameter) < HUGE_VAL;
    return a.kind == WSI_ADJUST_GAMMA && usual ? gamma_block : NULL;
}

/* ---- the kernel ---- */

static void look_up(const wsi_kernel_args *args)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const uint16_t *table = ((const wsi_adjust_state *)args->state)->table;
    const int64_t n = dst->w * dst->fmt.channels;
    const size_t left = (size_t)args->ox[0] * wsi_pixfmt_size(src->fmt);
    for (int64_t y = 0; y < dst->h; y++) {
        const void *in = (const char *)wsi_image_row(src, y + args->oy[0]) + left;
        void *out = wsi_image_row(dst, y);
        if (wsi_dtype_size(dst->fmt.type) == 1)
            look_up_8((uint8_t *)out, (const uint8_t *)in, table, n);
        else
            look_up_16((uint16_t *)out, (const uint16_t *)in, table, n);
    }
}

WSI_CPU_KERNEL(adjust)
{
    const wsi_block_fn block = block_of(args);
    if (wsi_dtype_size(args->dst.fmt.type) <= 2)
        look_up(args);
    else if (block)
        wsi_each_block(args, 0, block);
    else
        wsi_each_block64(args, adjust);
}
