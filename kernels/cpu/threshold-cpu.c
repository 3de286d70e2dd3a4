/* The threshold kernel: one comparing loop a sample type. */
#include "isa.h"

#include "kernels/op.h"
#include "kernels/threshold.h"

#define ABOVE(name, ctype, cmp)                                                                                        \
    static void above_##name(uint8_t *restrict dst, const ctype *restrict src, cmp level, int64_t n)                   \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) dst[i] = (cmp)src[i] > level;                                                  \
    }

ABOVE(u8, uint8_t, int16_t)
ABOVE(i8, int8_t, int16_t)
ABOVE(u16, uint16_t, int32_t)
ABOVE(i16, int16_t, int32_t)
ABOVE(u32, uint32_t, int64_t)
ABOVE(i32, int32_t, int64_t)
ABOVE(f32, float, float)
ABOVE(f64, double, double)

WSI_CPU_KERNEL(threshold)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const wsi_threshold_state *s = (const wsi_threshold_state *)args->state;
    const int64_t n = dst->w * dst->fmt.channels;
    const size_t left = (size_t)args->ox[0] * wsi_pixfmt_size(src->fmt);
    for (int64_t y = 0; y < dst->h; y++) {
        const void *in = (const char *)wsi_image_row(src, y + args->oy[0]) + left;
        uint8_t *out = (uint8_t *)wsi_image_row(dst, y);
        switch (src->fmt.type) {
        case WSI_I8:
            above_i8(out, (const int8_t *)in, (int16_t)s->level, n);
            break;
        case WSI_U16:
            above_u16(out, (const uint16_t *)in, (int32_t)s->level, n);
            break;
        case WSI_I16:
            above_i16(out, (const int16_t *)in, (int32_t)s->level, n);
            break;
        case WSI_U32:
            above_u32(out, (const uint32_t *)in, s->level, n);
            break;
        case WSI_I32:
            above_i32(out, (const int32_t *)in, s->level, n);
            break;
        case WSI_F32:
            above_f32(out, (const float *)in, s->level_f32, n);
            break;
        case WSI_F64:
            above_f64(out, (const double *)in, s->level_f64, n);
            break;
        default:
            above_u8(out, (const uint8_t *)in, (int16_t)s->level, n);
            break;
        }
    }
}
