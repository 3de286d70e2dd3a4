/* White and black top-hats: the image less its opening, and its closing less the image. */
#include "isa.h"

#include "grey.h"

/* dst = a - b, where dst is a or b. Integers wrap as the reference's do, whatever their sign. */
#define SUBTRACT(name, ctype, sign)                                                                                    \
    static void subtract_##name(void *dst, const void *a, const void *b, int64_t n)                                    \
    {                                                                                                                  \
        ctype *d = (ctype *)dst;                                                                                       \
        const ctype *p = (const ctype *)a, *q = (const ctype *)b;                                                      \
        WSI_IVDEP for (int64_t i = 0; i < n; i++) d[i] = (ctype)(p[i] sign q[i]);                                      \
    }

SUBTRACT(bool, uint8_t, ^)
SUBTRACT(8, uint8_t, -)
SUBTRACT(16, uint16_t, -)
SUBTRACT(32, uint32_t, -)
SUBTRACT(f32, float, -)
SUBTRACT(f64, double, -)

/* Leaves the difference of the image and what dst holds in dst. */
static void difference(const wsi_kernel_args *args, int from_image)
{
    static void (*const rows[WSI_DTYPE_COUNT])(void *, const void *, const void *, int64_t) = {
        subtract_bool, subtract_8,  subtract_8,   subtract_16, subtract_16,
        subtract_32,   subtract_32, subtract_f32, subtract_f64};
    const wsi_image *dst = &args->dst, *src = &args->src[0];
    const int64_t n = dst->w * dst->fmt.channels;
    for (int64_t y = 0; y < dst->h; y++) {
        char *filtered = (char *)wsi_image_row(dst, y);
        const char *image = (const char *)wsi_image_row(src, y + args->oy[0]);
        image += (size_t)args->ox[0] * wsi_pixfmt_size(src->fmt);
        rows[dst->fmt.type](filtered, from_image ? image : filtered, from_image ? filtered : image, n);
    }
}

WSI_CPU_KERNEL(white_tophat)
{
    WSI_CPU(opening)(args);
    difference(args, 1);
}

WSI_CPU_KERNEL(black_tophat)
{
    WSI_CPU(closing)(args);
    difference(args, 0);
}
