/* The invert kernel. Integers of every width flip their bits, so bytes serve for all of them. */
#include "isa.h"

#include "kernels/invert.h"
#include "kernels/op.h"
#include "kernels/px/invert-px.h"

static void invert_bytes(uint8_t *restrict dst, const uint8_t *restrict src, int64_t n)
{
    for (int64_t i = 0; i < n; i++) dst[i] = (uint8_t)WSI_PX_INVERT_INTEGER(src[i]);
}

static void invert_bool(uint8_t *restrict dst, const uint8_t *restrict src, int64_t n)
{
    for (int64_t i = 0; i < n; i++) dst[i] = WSI_PX_INVERT_BOOL(src[i]);
}

#define INVERT_FLOAT(name, ctype)                                                                                      \
    static void invert_##name(ctype *restrict dst, const ctype *restrict src, int negate, int64_t n)                   \
    {                                                                                                                  \
        if (negate) {                                                                                                  \
            for (int64_t i = 0; i < n; i++) dst[i] = -src[i];                                                          \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++) dst[i] = WSI_PX_INVERT_FLOAT(src[i], (ctype)1);                            \
        }                                                                                                              \
    }

INVERT_FLOAT(f32, float)
INVERT_FLOAT(f64, double)

WSI_CPU_KERNEL(invert)
{
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const int negate = ((const wsi_invert_params *)args->params)->signed_float;
    const size_t left = (size_t)args->ox[0] * wsi_pixfmt_size(src->fmt);
    const int64_t n = dst->w * dst->fmt.channels, bytes = n * (int64_t)wsi_dtype_size(dst->fmt.type);
    for (int64_t y = 0; y < dst->h; y++) {
        const void *in = (const char *)wsi_image_row(src, y + args->oy[0]) + left;
        void *out = wsi_image_row(dst, y);
        switch (src->fmt.type) {
        case WSI_BOOL:
            invert_bool((uint8_t *)out, (const uint8_t *)in, n);
            break;
        case WSI_F32:
            invert_f32((float *)out, (const float *)in, negate, n);
            break;
        case WSI_F64:
            invert_f64((double *)out, (const double *)in, negate, n);
            break;
        default:
            invert_bytes((uint8_t *)out, (const uint8_t *)in, bytes);
            break;
        }
    }
}
