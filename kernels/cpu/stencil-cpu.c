/* Correlation with two-dimensional weights: streams down a strip of columns with a window of converted, edge-extended
 * source rows. Four running sums stay in registers over the loops of taps, which the vectoriser does not manage from
 * plain loops. */
#include "stencil-cpu.h"

#include "extend.h"
#include "kernels/px/separable-px.h"
#include "linear-finish.h"

static inline wsi_vf load(const float *p)
{
    return *(const wsi_vf *)p;
}

static inline void store(float *p, wsi_vf v)
{
    *(wsi_vf *)p = v;
}

enum { L = WSI_VF_LANES };

/* One kernel's weights over the window: rows[i] + j * channels is tap (i, j) of the first result. */
typedef struct taps {
    const float *const *rows;
    const float *w;
    int columns, count; /* of rows */
    int channels;
} taps;

static inline void block(float *out, const taps *t, int64_t x)
{
    const float *w = t->w;
    wsi_vf s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    for (int j = 0; j < t->columns; j++, x += t->channels) {
        wsi_vf t0 = {0}, t1 = {0}, t2 = {0}, t3 = {0};
        for (int i = 0; i < t->count; i++, w++) {
            const float *at = t->rows[i] + x;
            t0 = WSI_PX_TAP(t0, *w, load(at));
            t1 = WSI_PX_TAP(t1, *w, load(at + L));
            t2 = WSI_PX_TAP(t2, *w, load(at + 2 * L));
            t3 = WSI_PX_TAP(t3, *w, load(at + 3 * L));
        }
        s0 = s0 + t0;
        s1 = s1 + t1;
        s2 = s2 + t2;
        s3 = s3 + t3;
    }
    store(out, s0);
    store(out + L, s1);
    store(out + 2 * L, s2);
    store(out + 3 * L, s3);
}

static inline void vector(float *out, const taps *t, int64_t x)
{
    const float *w = t->w;
    wsi_vf s = {0};
    for (int j = 0; j < t->columns; j++, x += t->channels) {
        wsi_vf sum = {0};
        for (int i = 0; i < t->count; i++, w++) sum = WSI_PX_TAP(sum, *w, load(t->rows[i] + x));
        s = s + sum;
    }
    store(out, s);
}

/* n results, written as whole vectors; `from`: the window's sample under the first one's first tap. */
static void sum_taps(float *out, const taps *t, int64_t from, int64_t n)
{
    int64_t x = 0;
    for (; x + 4 * L <= n; x += 4 * L) block(out + x, t, from + x);
    for (; x < n; x += L) vector(out + x, t, from + x);
}

typedef struct strip {
    const wsi_kernel_args *args;
    const wsi_stencil_state *s;
    wsi_stencil_layout layout;
    int64_t x, w; /* result columns x .. x+w-1 */
    float *window;
    float *out[2];
    const float **rows;
} strip;

/* Source row y into its slot of the window: as far on both sides as on the farther one, since the edge mode may map
 * what lies beyond one end to the other side of the pixel. */
static void load_row(const strip *s, int64_t y)
{
    const wsi_stencil_state *k = s->s;
    const wsi_image *src = &s->args->src[0];
    const int64_t n = s->w + 2 * (k->w / 2);
    float *to = s->window + ((y % k->h + k->h) % k->h) * s->layout.stride;
    wsi_extend_row_as(to, src, k->symmetric, y, s->args->ox[0] + s->x - k->w / 2, n, (wsi_edge)k->mode, k->outside);
    /* Slack: read by whole vectors, never used. */
    for (int64_t i = n * src->fmt.channels; i < s->layout.stride; i++) to[i] = 0.0f;
}

static void filter_row(const strip *s, int64_t y)
{
    const wsi_stencil_state *k = s->s;
    const wsi_image *dst = &s->args->dst;
    const int channels = dst->fmt.channels;
    const int64_t n = s->w * channels, first = y + s->args->oy[0] - k->top;
    for (int i = 0; i < k->h; i++) s->rows[i] = s->window + (((first + i) % k->h + k->h) % k->h) * s->layout.stride;
    for (int m = 0; m < k->kernels; m++) {
        const taps t = {s->rows, wsi_stencil_taps(k) + (size_t)m * (size_t)(k->w * k->h), k->w, k->h, channels};
        sum_taps(s->out[m], &t, (k->w / 2 - k->left) * channels, n);
    }
    wsi_linear_finish_row(k->finish, k->a, k->b, s->out, n);
    char *to = (char *)wsi_image_row(dst, y) + (size_t)s->x * wsi_pixfmt_size(dst->fmt);
    WSI_CPU(store_row)(to, dst->fmt.type, s->out[0], (size_t)n);
}

void WSI_CPU(stencil)(const wsi_kernel_args *args, const wsi_stencil_state *k)
{
    const wsi_image *dst = &args->dst;
    strip s = {.args = args, .s = k};
    s.layout = wsi_stencil_plan(k->w, k->h, k->kernels, dst->fmt.channels, dst->w);
    s.window = (float *)args->scratch;
    for (int m = 0; m < k->kernels; m++) s.out[m] = s.window + k->h * s.layout.stride + m * s.layout.out_stride;
    s.rows = (const float **)(void *)(s.window + k->h * s.layout.stride + k->kernels * s.layout.out_stride);
    for (s.x = 0; s.x < dst->w; s.x += s.layout.strip) {
        s.w = wsi_min64(dst->w - s.x, s.layout.strip);
        const int64_t first = args->oy[0] - k->top;
        for (int64_t y = 0; y < k->h - 1; y++) load_row(&s, first + y);
        for (int64_t y = 0; y < dst->h; y++) {
            load_row(&s, first + y + k->h - 1);
            filter_row(&s, y);
        }
    }
}
