/* The equalize_adapthist kernel: runs of pixels become results (kernels/clahe.c), and those samples. */
#include <math.h>

#include "kernels/clahe.h"
#include "kernels/op.h"
#include "rows64.h"

static void store_gray(const wsi_clahe_state *s, float *to, const int32_t *result, int64_t n)
{
    const double low = s->low, span = s->span;
    if (span == 0.0) {
        for (int64_t i = 0; i < n; i++) to[i] = (float)wsi_clahe_share(s, result[i]);
    } else {
        for (int64_t i = 0; i < n; i++) to[i] = (float)(((double)result[i] - low) / span);
    }
}

/* Signed integers end at minus their largest value, as floats made of them do. */
static double lowest(wsi_dtype type)
{
    return type == WSI_I8 ? -127.0 : type == WSI_I16 ? -32767.0 : -HUGE_VAL;
}

static void store_colour(const wsi_clahe_state *s, float *to, const void *from, wsi_pixfmt fmt, const int32_t *result,
                         int64_t n)
{
    const double least = lowest(fmt.type);
    const int channels = fmt.channels;
    double v[4 * WSI_CLAHE_RUN];
    WSI_CPU(load_row64)(v, from, fmt.type, (size_t)(n * channels));
    for (int64_t i = 0; i < n; i++) {
        const double value = wsi_clahe_share(s, result[i]);
        double c[3], largest = least;
        for (int k = 0; k < 3; k++) {
            c[k] = v[i * channels + k] < least ? least : v[i * channels + k];
            largest = c[k] > largest ? c[k] : largest;
        }
        for (int k = 0; k < 3; k++) to[3 * i + k] = wsi_px_clahe_channel(c[k], largest, value);
    }
}

WSI_CPU_KERNEL(clahe)
{
    const wsi_clahe_state *s = (const wsi_clahe_state *)args->state;
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const size_t pixel = wsi_pixfmt_size(src->fmt);
    uint16_t index[WSI_CLAHE_RUN];
    int32_t result[WSI_CLAHE_RUN];
    for (int64_t y = 0; y < dst->h; y++)
        for (int64_t x = 0; x < dst->w; x += WSI_CLAHE_RUN) {
            const int64_t n = wsi_min64(dst->w - x, WSI_CLAHE_RUN);
            const char *from = (const char *)wsi_image_row(src, y + args->oy[0]) + (size_t)(x + args->ox[0]) * pixel;
            float *to = (float *)wsi_image_row(dst, y) + x * dst->fmt.channels;
            wsi_clahe_indices(index, from, src->fmt, n);
            wsi_clahe_results(s, index, args->at_x + x, args->at_y + y, n, result);
            if (dst->fmt.channels == 1)
                store_gray(s, to, result, n);
            else
                store_colour(s, to, from, src->fmt, result, n);
        }
}
