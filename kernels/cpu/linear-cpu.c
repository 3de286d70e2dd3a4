/* The kernel of filters that are one separable filter and a step on its outputs. */
#include "isa.h"

#include "kernels/linear.h"
#include "kernels/op.h"
#include "kernels/px/linear-px.h"
#include "rows.h"
#include "separable-cpu.h"

typedef struct taker {
    const wsi_linear_state *s;
    const wsi_image *dst;
} taker;

static void clip_row(float *restrict v, float lo, float hi, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_clip_f32(v[i], lo, hi);
}

static void turn_row(float *restrict v, const float *restrict o1, float a, float b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_linear_turn(v[i], o1[i], a, b);
}

static void modulus_row(float *restrict v, const float *restrict o1, float a, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_linear_modulus(v[i], o1[i], a);
}

static void take(void *to, int64_t i, int64_t y, float *const *out, int64_t n)
{
    const taker *t = (const taker *)to;
    const wsi_linear_state *s = t->s;
    const wsi_dtype type = t->dst->fmt.type;
    if (s->finish == WSI_LINEAR_CLIP) clip_row(out[0], s->a, s->b, n);
    if (s->finish == WSI_LINEAR_TURN) turn_row(out[0], out[1], s->a, s->b, n);
    if (s->finish == WSI_LINEAR_MODULUS) modulus_row(out[0], out[1], s->a, n);
    WSI_CPU(store_row)
    ((char *)wsi_image_row(t->dst, y) + (size_t)i * wsi_dtype_size(type), type, out[0], (size_t)n);
}

WSI_CPU_KERNEL(linear)
{
    const wsi_linear_state *s = (const wsi_linear_state *)args->state;
    const wsi_image *dst = &args->dst;
    taker to = {s, dst};
    wsi_separable filter;
    wsi_linear_filter(s, &filter);
    WSI_CPU(separable)
    (&filter, &args->src[0], s->symmetric, args->ox[0], args->oy[0], dst->w, dst->h, args->scratch, take, &to);
}
