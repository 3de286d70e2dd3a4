/* The rescale_intensity kernel: blocks of samples to float64, through the formula, and back. */
#include "rows64.h"

#include "kernels/op.h"
#include "kernels/rescale.h"

enum { BLOCK = 512 };

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
            WSI_CPU(load_row64)(block, in + (size_t)i * from_size, src->fmt.type, (size_t)n);
            rescale(block, r, n);
            WSI_CPU(store_row64)(out + (size_t)i * to_size, dst->fmt.type, block, (size_t)n);
        }
    }
}
