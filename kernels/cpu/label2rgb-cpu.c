/* The label2rgb kernel: blocks of the image as a base, then the colours of labels over it. Neighbours mostly have one
 * label, whose colour is looked up once. */
#include "rows.h"
#include "rows64.h"

#include "kernels/label2rgb.h"
#include "kernels/op.h"

enum { PIXELS = 256 };

/* n pixels of an image as float32 RGB over white. */
static void load_base(float *restrict base, const void *from, wsi_pixfmt fmt, const wsi_px_labels *s, int64_t n)
{
    const double scale = s->scale, factor = s->saturation;
    const int64_t samples = n * fmt.channels;
    const float alpha = s->image_alpha;
    double v[3 * PIXELS];
    WSI_CPU(load_row64)(v, from, fmt.type, (size_t)samples);
    for (int64_t i = 0; i < samples; i++) {
        const double scaled = v[i] * scale;
        v[i] = scaled < 0.0 ? 0.0 : scaled;
    }
    if (fmt.channels == 1) {
        for (int64_t i = 0; i < 3 * n; i++) base[i] = (float)v[i / 3];
    } else {
        for (int64_t i = 0; i < n; i++) {
            const wsi_px_colour p = wsi_px_saturate(wsi_px_triple_of(v[3 * i], v[3 * i + 1], v[3 * i + 2]), factor);
            base[3 * i] = p.a;
            base[3 * i + 1] = p.b;
            base[3 * i + 2] = p.c;
        }
    }
    for (int64_t i = 0; i < 3 * n; i++) base[i] = wsi_px_over_white(base[i], alpha);
}

static const float *colour_of(const wsi_px_labels *s, double label)
{
    if (label == s->background) return s->paints_background ? s->background_colour : NULL;
    return s->colour[wsi_px_label_index(label, s->background, s->lowest, s->colours, s->reciprocal)];
}

/* base and the colours over it, in place. */
static void paint(float *restrict base, const double *restrict label, const wsi_px_labels *s, int64_t n)
{
    const float alpha = s->alpha;
    for (int64_t i = 0; i < n;) {
        const double l = label[i];
        const float *colour = colour_of(s, l);
        int64_t end = i + 1;
        while (end < n && label[end] == l) end++;
        for (; colour && i < end; i++)
            for (int c = 0; c < 3; c++) base[3 * i + c] = wsi_px_label_blend(colour[c], base[3 * i + c], alpha);
        i = end;
    }
}

WSI_CPU_KERNEL(label2rgb)
{
    const wsi_px_labels *s = &((const wsi_label2rgb_state *)args->state)->px;
    const int image = ((const wsi_label2rgb_params *)args->params)->image.image;
    const wsi_image *src = &args->src[0], *under = image >= 0 ? &args->src[image] : NULL, *dst = &args->dst;
    float base[3 * PIXELS];
    double label[PIXELS];
    for (int64_t y = 0; y < dst->h; y++)
        for (int64_t x = 0; x < dst->w; x += PIXELS) {
            const int64_t n = dst->w - x < PIXELS ? dst->w - x : PIXELS;
            memset(base, 0, sizeof base);
            if (under) {
                const char *row = (const char *)wsi_image_row(under, y + args->oy[image]);
                load_base(base, row + (size_t)(x + args->ox[image]) * wsi_pixfmt_size(under->fmt), under->fmt, s, n);
            }
            const char *labels = (const char *)wsi_image_row(src, y + args->oy[0]);
            WSI_CPU(load_row64)
            (label, labels + (size_t)(x + args->ox[0]) * wsi_pixfmt_size(src->fmt), src->fmt.type, (size_t)n);
            paint(base, label, s, n);
            WSI_CPU(store_row)
            ((char *)wsi_image_row(dst, y) + (size_t)x * wsi_pixfmt_size(dst->fmt), dst->fmt.type, base,
             (size_t)(3 * n));
        }
}
