/* The equalize_adapthist kernel: runs of pixels become indices (kernels/clahe.c), results, and samples. Look-ups come
 * apart from arithmetic, which is then done in vectors. */
#include <math.h>

#include "kernels/clahe.h"
#include "kernels/op.h"
#include "rows64.h"

void WSI_CPU(clahe_results)(const wsi_clahe_state *, const uint16_t *, int64_t, int64_t, int64_t, int32_t *);

typedef struct corners {
    uint16_t v[4][WSI_CLAHE_RUN];
} corners;

static void blend(int32_t *restrict result, const corners *c, int64_t from, int64_t edge, double y, int64_t n)
{
    const int first = (int)from;
    for (int i = 0; i < (int)n; i++) {
        const uint16_t v[4] = {c->v[0][i], c->v[1][i], c->v[2][i], c->v[3][i]};
        result[i] = wsi_px_clahe_blend(v, (double)(first + i) / (double)edge, y);
    }
}

void WSI_CPU(clahe_results)(const wsi_clahe_state *s, const uint16_t *index, int64_t x, int64_t y, int64_t n,
                            int32_t *result)
{
    const wsi_clahe_grid *g = &s->grid;
    const wsi_px_clahe_place down = wsi_px_clahe_place_of(y, g->ky, g->ny);
    corners c;
    uint16_t bin[WSI_CLAHE_RUN];
    for (int64_t i = 0; i < n; i++) bin[i] = s->bin_of[index[i]];
    for (int64_t i = 0; i < n;) {
        const wsi_px_clahe_place across = wsi_px_clahe_place_of(x + i, g->kx, g->nx);
        const int64_t from = (x + i + g->kx / 2) % g->kx, run = wsi_min64(n - i, g->kx - from);
        const uint16_t *const map[4] = {
            wsi_clahe_map(s, across.before, down.before), wsi_clahe_map(s, across.after, down.before),
            wsi_clahe_map(s, across.before, down.after), wsi_clahe_map(s, across.after, down.after)};
        for (int k = 0; k < 4; k++)
            for (int64_t j = 0; j < run; j++) c.v[k][j] = map[k][bin[i + j]];
        blend(result + i, &c, from, g->kx, down.share, run);
        i += run;
    }
}

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

/* Three of `channels` values a pixel, apart, and the largest of them. */
static void split(double c[4][WSI_CLAHE_RUN], const double *v, int channels, double least, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) c[k][i] = v[i * channels + k] < least ? least : v[i * channels + k];
    for (int64_t i = 0; i < n; i++) {
        const double a = c[0][i] > c[1][i] ? c[0][i] : c[1][i];
        c[3][i] = c[2][i] > a ? c[2][i] : a;
    }
}

static void store_colour(const wsi_clahe_state *s, float *to, const void *from, wsi_pixfmt fmt, const int32_t *result,
                         int64_t n)
{
    double v[4 * WSI_CLAHE_RUN], c[4][WSI_CLAHE_RUN];
    float out[3][WSI_CLAHE_RUN];
    WSI_CPU(load_row64)(v, from, fmt.type, (size_t)(n * fmt.channels));
    split(c, v, fmt.channels, lowest(fmt.type), n);
    for (int64_t i = 0; i < n; i++) {
        const double value = wsi_clahe_share(s, result[i]);
        for (int k = 0; k < 3; k++) out[k][i] = wsi_px_clahe_channel(c[k][i], c[3][i], value);
    }
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) to[3 * i + k] = out[k][i];
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
            WSI_CPU(clahe_results)(s, index, args->at_x + x, args->at_y + y, n, result);
            if (dst->fmt.channels == 1)
                store_gray(s, to, result, n);
            else
                store_colour(s, to, from, src->fmt, result, n);
        }
}
