/* The cast kernel: 81 loops, one a pair of types, generated from px/cast-px.h. */
#include "kernels/op.h"
#include "kernels/px/cast-px.h"
#include "rows.h"

typedef void (*cast_fn)(void *restrict dst, const void *restrict src, size_t n);

#define CAST_LOOP(from, tfrom, to, tto)                                                                                \
    static void cast_##from##_##to(void *restrict dst, const void *restrict src, size_t n)                             \
    {                                                                                                                  \
        const tfrom *restrict s = (const tfrom *)src;                                                                  \
        tto *restrict d = (tto *)dst;                                                                                  \
        for (size_t i = 0; i < n; i++) d[i] = wsi_px_##from##_to_##to(s[i]);                                           \
    }

#define CAST_FROM(from, tfrom)                                                                                         \
    CAST_LOOP(from, tfrom, bool, uint8_t)                                                                              \
    CAST_LOOP(from, tfrom, u8, uint8_t)                                                                                \
    CAST_LOOP(from, tfrom, i8, int8_t)                                                                                 \
    CAST_LOOP(from, tfrom, u16, uint16_t)                                                                              \
    CAST_LOOP(from, tfrom, i16, int16_t)                                                                               \
    CAST_LOOP(from, tfrom, u32, uint32_t)                                                                              \
    CAST_LOOP(from, tfrom, i32, int32_t)                                                                               \
    CAST_LOOP(from, tfrom, f32, float)                                                                                 \
    CAST_LOOP(from, tfrom, f64, double)                                                                                \
    static const cast_fn from_##from[WSI_DTYPE_COUNT] = {cast_##from##_bool, cast_##from##_u8,  cast_##from##_i8,      \
                                                         cast_##from##_u16,  cast_##from##_i16, cast_##from##_u32,     \
                                                         cast_##from##_i32,  cast_##from##_f32, cast_##from##_f64};

CAST_FROM(bool, uint8_t)
CAST_FROM(u8, uint8_t)
CAST_FROM(i8, int8_t)
CAST_FROM(u16, uint16_t)
CAST_FROM(i16, int16_t)
CAST_FROM(u32, uint32_t)
CAST_FROM(i32, int32_t)
CAST_FROM(f32, float)
CAST_FROM(f64, double)

static const cast_fn *const from_type[WSI_DTYPE_COUNT] = {from_bool, from_u8,  from_i8,  from_u16, from_i16,
                                                          from_u32,  from_i32, from_f32, from_f64};

void WSI_CPU(cast_row)(void *dst, wsi_dtype to, const void *src, wsi_dtype from, size_t n)
{
    from_type[from][to](dst, src, n);
}

WSI_CPU_KERNEL(cast)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const size_t n = (size_t)dst->w * (size_t)dst->fmt.channels, left = (size_t)args->ox[0] * wsi_pixfmt_size(src->fmt);
    for (int64_t y = 0; y < dst->h; y++) {
        const char *in = (const char *)wsi_image_row(src, y + args->oy[0]) + left;
        WSI_CPU(cast_row)(wsi_image_row(dst, y), dst->fmt.type, in, src->fmt.type, n);
    }
}
