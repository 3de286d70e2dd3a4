/* The kernel of operations that are a function of one sample (kernels/mapping.h): a look-up for types of 8 and 16 bits,
 * else blocks of samples in float64. */
#include "kernels/mapping.h"
#include "kernels/op.h"
#include "rows64.h"

enum { BLOCK = 512, BYTES = 256 };

/* A channel of a row: `flip` makes unsigned what is signed, in the order of values. */
#define LOOK_UP(name, from, to)                                                                                        \
    static void look_up_##name(to *restrict dst, const from *restrict src, const to *restrict table, int flip,         \
                               int64_t n, int step)                                                                    \
    {                                                                                                                  \
        if (step == 1) {                                                                                               \
            for (int64_t i = 0; i < n; i++) dst[i] = table[(from)(src[i] ^ flip)];                                     \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++) dst[i * step] = table[(from)(src[i * step] ^ flip)];                       \
        }                                                                                                              \
    }

LOOK_UP(u8, uint8_t, uint8_t)
LOOK_UP(u8_f32, uint8_t, float)

/* Tables of 16 bits stay as they are: few of their entries are looked at by a tile. */
#define LOOK_UP_LONG(name, to)                                                                                         \
    static void look_up_##name(to *restrict dst, const uint16_t *restrict src, const double *restrict table, int flip, \
                               int64_t n, int step)                                                                    \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) dst[i * step] = (to)table[(uint16_t)(src[i * step] ^ flip)];                   \
    }

LOOK_UP_LONG(u16, uint16_t)
LOOK_UP_LONG(i16, int16_t)
LOOK_UP_LONG(u16_f32, float)

/* One table's share of an image: all samples, or those of a channel. */
typedef struct share {
    const wsi_kernel_args *args;
    const double *table;
    int first, step; /* sample of the first pixel, samples from one to the next */
    int flip;
} share;

static const void *source_at(const share *s, int64_t y)
{
    const wsi_kernel_args *a = s->args;
    const wsi_pixfmt fmt = a->src[0].fmt;
    return (const char *)wsi_image_row(&a->src[0], y + a->oy[0]) + (size_t)a->ox[0] * wsi_pixfmt_size(fmt) +
           (size_t)s->first * wsi_dtype_size(fmt.type);
}

static void *result_at(const share *s, int64_t y)
{
    const wsi_image *dst = &s->args->dst;
    return (char *)wsi_image_row(dst, y) + (size_t)s->first * wsi_dtype_size(dst->fmt.type);
}

static void look_up_bytes(const share *s, int entries)
{
    const wsi_image *dst = &s->args->dst;
    const int64_t n = dst->w * dst->fmt.channels / s->step;
    float f[BYTES];
    uint8_t u[BYTES];
    for (int i = 0; i < BYTES; i++) {
        f[i] = (float)s->table[i < entries ? i : entries - 1];
        u[i] = (uint8_t)(int32_t)s->table[i < entries ? i : entries - 1];
    }
    for (int64_t y = 0; y < dst->h; y++) {
        const uint8_t *from = (const uint8_t *)source_at(s, y);
        if (dst->fmt.type == WSI_F32)
            look_up_u8_f32((float *)result_at(s, y), from, f, s->flip, n, s->step);
        else
            look_up_u8((uint8_t *)result_at(s, y), from, u, s->flip, n, s->step);
    }
}

static void look_up_words(const share *s)
{
    const wsi_image *dst = &s->args->dst;
    const int64_t n = dst->w * dst->fmt.channels / s->step;
    for (int64_t y = 0; y < dst->h; y++) {
        const uint16_t *from = (const uint16_t *)source_at(s, y);
        if (dst->fmt.type == WSI_F32)
            look_up_u16_f32((float *)result_at(s, y), from, s->table, s->flip, n, s->step);
        else if (dst->fmt.type == WSI_I16)
            look_up_i16((int16_t *)result_at(s, y), from, s->table, s->flip, n, s->step);
        else
            look_up_u16((uint16_t *)result_at(s, y), from, s->table, s->flip, n, s->step);
    }
}

static void look_up(const wsi_kernel_args *args, const wsi_mapping_state *state)
{
    const wsi_dtype type = args->src[0].fmt.type;
    for (int t = 0; t < state->tables; t++) {
        const int step = state->tables > 1 ? args->dst.fmt.channels : 1;
        const share s = {args, wsi_mapping_y(state, t), t, step, -(int)wsi_mapping_first(type)};
        if (wsi_dtype_size(type) == 1)
            look_up_bytes(&s, state->n);
        else
            look_up_words(&s);
    }
}

/* One table for all samples. */
static void apply_lines(double *restrict to, const double *restrict from, wsi_px_mapping m, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] = wsi_px_mapping_line(m, from[i]);
}

static void apply(double *to, const double *from, const wsi_mapping_state *state, int channels, int64_t n)
{
    const int step = state->tables > 1 ? channels : 1;
    if (state->lines) {
        apply_lines(to, from, wsi_mapping_of(state, 0), n);
        return;
    }
    for (int c = 0; c < step; c++) {
        const wsi_px_mapping m = wsi_mapping_of(state, c);
        for (int64_t i = c; i < n; i += step) to[i] = wsi_px_mapping_of(m, from[i]);
    }
}

/* Blocks of whole pixels. */
static void compute(const wsi_kernel_args *args, const wsi_mapping_state *state)
{
    const wsi_image *dst = &args->dst;
    const wsi_dtype type = args->src[0].fmt.type;
    const share all = {.args = args};
    const int channels = dst->fmt.channels;
    const int64_t samples = dst->w * channels, step = BLOCK / channels * channels;
    double block[BLOCK], mapped[BLOCK];
    for (int64_t y = 0; y < dst->h; y++)
        for (int64_t at = 0; at < samples; at += step) {
            const int64_t n = samples - at < step ? samples - at : step;
            const char *from = (const char *)source_at(&all, y) + (size_t)at * wsi_dtype_size(type);
            WSI_CPU(load_row64)(block, from, type, (size_t)n);
            apply(mapped, block, state, channels, n);
            char *to = (char *)result_at(&all, y) + (size_t)at * wsi_dtype_size(dst->fmt.type);
            WSI_CPU(store_row64)(to, dst->fmt.type, mapped, (size_t)n);
        }
}

WSI_CPU_KERNEL(mapping)
{
    const wsi_mapping_state *state = (const wsi_mapping_state *)args->state;
    if (wsi_mapping_entries(args->src[0].fmt.type) > 0)
        look_up(args, state);
    else
        compute(args, state);
}
