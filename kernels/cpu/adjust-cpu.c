/* The kernel of the intensity adjustments: a look-up for types of 8 and 16 bits, else blocks of samples in float64. */
#include "blocks64.h"

#include "kernels/adjust.h"

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
    if (wsi_dtype_size(args->dst.fmt.type) <= 2)
        look_up(args);
    else
        wsi_each_block64(args, adjust);
}
