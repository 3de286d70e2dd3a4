/* The rescale_intensity kernel: blocks of samples to float64, through the formula, and back. */
#include "isa.h"

#include "kernels/op.h"
#include "kernels/px/cast-px.h"
#include "kernels/rescale.h"

enum { BLOCK = 512 };

#define LOAD_AND_STORE(name, ctype, arg)                                                                               \
    static void load_##name(double *restrict to, const void *restrict from, int64_t n)                                 \
    {                                                                                                                  \
        const ctype *p = (const ctype *)from;                                                                          \
        for (int64_t i = 0; i < n; i++) to[i] = (double)p[i];                                                          \
    }                                                                                                                  \
    static void store_##name(void *restrict to, const double *restrict from, int64_t n)                                \
    {                                                                                                                  \
        ctype *p = (ctype *)to;                                                                                        \
        for (int64_t i = 0; i < n; i++) p[i] = (ctype)from[i];                                                         \
    }

WSI_PX_TYPES(LOAD_AND_STORE, )

typedef void (*load_fn)(double *restrict to, const void *restrict from, int64_t n);
typedef void (*store_fn)(void *restrict to, const double *restrict from, int64_t n);

static const load_fn loads[WSI_DTYPE_COUNT] = {load_bool, load_u8,  load_i8,  load_u16, load_i16,
                                               load_u32,  load_i32, load_f32, load_f64};
static const store_fn stores[WSI_DTYPE_COUNT] = {store_bool, store_u8,  store_i8,  store_u16, store_i16,
                                                 store_u32,  store_i32, store_f32, store_f64};

static void rescale(double *v, wsi_px_rescale r, int64_t n)
{
    if (r.in_span == 0) {
        for (int64_t i = 0; i < n; i++) v[i] = wsi_px_rescale_flat(r, v[i]);
    } else {
        for (int64_t i = 0; i < n; i++) v[i] = wsi_px_rescale_of(r, v[i]);
    }
}

WSI_CPU_KERNEL(rescale_intensity)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const wsi_px_rescale r = ((const wsi_rescale_state *)args->state)->range;
    const size_t from_size = wsi_dtype_size(src->fmt.type), to_size = wsi_dtype_size(dst->fmt.type);
    const int64_t samples = dst->w * dst->fmt.channels;
    double block[BLOCK];
    for (int64_t y = 0; y < dst->h; y++) {
        const char *in =
            (const char *)wsi_image_row(src, y + args->oy[0]) + (size_t)args->ox[0] * wsi_pixfmt_size(src->fmt);
        char *out = (char *)wsi_image_row(dst, y);
        for (int64_t i = 0; i < samples; i += BLOCK) {
            const int64_t n = samples - i < BLOCK ? samples - i : BLOCK;
            loads[src->fmt.type](block, in + (size_t)i * from_size, n);
            rescale(block, r, n);
            stores[dst->fmt.type](out + (size_t)i * to_size, block, n);
        }
    }
}
