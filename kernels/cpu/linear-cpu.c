/* The kernel of filters that are one separable filter and a step on its outputs. */
#include "isa.h"

#include "kernels/linear.h"
#include "kernels/op.h"
#include "linear-finish.h"
#include "rows.h"
#include "separable-cpu.h"

typedef struct taker {
    const wsi_linear_state *s;
    const wsi_image *dst;
} taker;

static void take(void *to, int64_t i, int64_t y, float *const *out, int64_t n)
{
    const taker *t = (const taker *)to;
    const wsi_linear_state *s = t->s;
    const wsi_dtype type = t->dst->fmt.type;
    wsi_linear_finish_row(s->finish, s->a, s->b, out, n);
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
