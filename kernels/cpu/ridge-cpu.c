/* The ridge filters and hessian_matrix: at each scale a first pass leaves both gradients in a plane, pixel by pixel, as
 * far around the result as the second reaches; the second sums that plane as an image of two channels, so that taps and
 * rows are shared, and each row of Hessians becomes results while it is in cache. */
#include "isa.h"

#include "kernels/ridge.h"
#include "rows.h"
#include "separable-cpu.h"

enum { CHUNK = 256 /* pixels of a row that stay in L1 */ };

/* One scale being computed. */
typedef struct job {
    const wsi_kernel_args *args;
    const wsi_ridge_state *state;
    const wsi_ridge_scale *scale;
    int index;       /* of the scale */
    wsi_rect reach;  /* of the source: where gradients are needed */
    float *gradient; /* gr, gc of each of its pixels */
    float *best;     /* of the scales before; w of dst a row */
} job;

static void keep_gradient(void *to, int64_t i, int64_t y, float *const *out, int64_t n)
{
    const job *j = (const job *)to;
    float *restrict at = j->gradient + 2 * (y * j->reach.w + i);
    const float *restrict gr = out[0], *restrict gc = out[1];
    for (int64_t x = 0; x < n; x++) {
        at[2 * x] = gr[x];
        at[2 * x + 1] = gc[x];
    }
}

static wsi_separable first_stage(const job *j)
{
    const wsi_ridge_scale *s = j->scale;
    return (wsi_separable){.mode = j->state->mode,
                           .verticals = 2,
                           .terms = 2,
                           .outs = 2,
                           .ry = s->radius,
                           .rx = s->radius,
                           .y = {wsi_taps_of(&s->first_derive), wsi_taps_of(&s->first_smooth)},
                           .term = {{0, 0, wsi_taps_of(&s->smooth)}, {1, 1, wsi_taps_of(&s->derive)}},
                           .outside = j->state->outside,
                           .beside = {j->state->beside, j->state->beside}};
}

/* Outputs: Hrr and Hcr, Hrc and Hcc, interleaved. */
static wsi_separable second_stage(const job *j)
{
    const wsi_ridge_scale *s = j->scale;
    wsi_separable f = first_stage(j);
    f.y[0] = wsi_taps_of(&s->derive);
    f.y[1] = wsi_taps_of(&s->smooth);
    f.outside = j->state->beside;
    return f;
}

/* NAME_row: values of n pixels from the two outputs of the second stage. */
#define DEFINE_MEASURE(name)                                                                                           \
    static void name##_row(float *restrict v, const float *restrict d, const float *restrict s, wsi_px_ridge k,        \
                           int64_t n)                                                                                  \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) v[i] = wsi_px_##name(wsi_px_eigen_of(d[2 * i], s[2 * i], s[2 * i + 1]), k);    \
    }

DEFINE_MEASURE(sato)
DEFINE_MEASURE(meijering)
DEFINE_MEASURE(frangi)

static void norm_row(float *restrict v, const float *restrict d, const float *restrict s, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_hessian_norm(wsi_px_eigen_of(d[2 * i], s[2 * i], s[2 * i + 1]));
}

static void measure_row(const job *j, float *v, const float *d, const float *s, int64_t n)
{
    if (j->state->measure == WSI_RIDGE_SATO)
        sato_row(v, d, s, j->scale->k, n);
    else if (j->state->measure == WSI_RIDGE_MEIJERING)
        meijering_row(v, d, s, j->scale->k, n);
    else if (j->state->measure == WSI_RIDGE_NORM)
        norm_row(v, d, s, n);
    else
        frangi_row(v, d, s, j->scale->k, n);
}

static void most_row(float *restrict v, const float *restrict best, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_most(best[i], v[i]);
}

static void one_for_zero_row(float *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = v[i] <= 0.0f ? 1.0f : v[i];
}

/* Pixels x .. x+n-1 of a row of results: into `best`, or, at the last scale, into dst. */
static void finish_row(const job *j, float *v, int64_t x, int64_t y, int64_t n)
{
    const wsi_image *dst = &j->args->dst;
    float *best = j->best + y * dst->w + x;
    if (j->index > 0) most_row(v, best, n);
    if (j->index + 1 < j->state->sigmas.n) {
        memcpy(best, v, (size_t)n * sizeof *v);
        return;
    }
    if (j->state->measure == WSI_RIDGE_HESSIAN) one_for_zero_row(v, n);
    char *to = (char *)wsi_image_row(dst, y) + (size_t)x * wsi_dtype_size(dst->fmt.type);
    WSI_CPU(store_row)(to, dst->fmt.type, v, (size_t)n);
}

static void matrix_row(const job *j, const float *d, const float *s, int64_t x, int64_t y, int64_t n)
{
    const wsi_image *dst = &j->args->dst;
    float v[3 * CHUNK];
    const int swap = j->state->columns_first;
    for (int64_t i = 0; i < n; i++) {
        v[3 * i] = swap ? s[2 * i + 1] : d[2 * i];
        v[3 * i + 1] = swap ? d[2 * i + 1] : s[2 * i];
        v[3 * i + 2] = swap ? d[2 * i] : s[2 * i + 1];
    }
    char *to = (char *)wsi_image_row(dst, y) + (size_t)x * wsi_pixfmt_size(dst->fmt);
    WSI_CPU(store_row)(to, dst->fmt.type, v, (size_t)(3 * n));
}

static void take_hessian(void *to, int64_t i, int64_t y, float *const *out, int64_t n)
{
    const job *j = (const job *)to;
    float v[CHUNK];
    for (int64_t x = 0; x < n / 2; x += CHUNK) {
        const int64_t count = n / 2 - x < CHUNK ? n / 2 - x : CHUNK;
        const float *d = out[0] + 2 * x, *s = out[1] + 2 * x;
        if (j->state->measure == WSI_RIDGE_MATRIX) {
            matrix_row(j, d, s, i / 2 + x, y, count);
        } else {
            measure_row(j, v, d, s, count);
            finish_row(j, v, i / 2 + x, y, count);
        }
    }
}

static void run_scale(job *j)
{
    const wsi_kernel_args *args = j->args;
    const int radius = j->scale->radius;
    const wsi_rect core = {args->ox[0], args->oy[0], args->dst.w, args->dst.h};
    const wsi_rect slide = {0, 0, args->src[0].w, args->src[0].h};
    const wsi_separable first = first_stage(j), second = second_stage(j);
    j->reach = wsi_rect_intersect(wsi_rect_grow(core, radius, radius), slide);
    WSI_CPU(separable)
    (&first, &args->src[0], j->state->symmetric, j->reach.x, j->reach.y, j->reach.w, j->reach.h, args->scratch,
     keep_gradient, j);
    const wsi_image plane = {
        j->gradient, (ptrdiff_t)(2 * sizeof(float)) * j->reach.w, j->reach.w, j->reach.h, {WSI_F32, 2}};
    WSI_CPU(separable)
    (&second, &plane, 0, core.x - j->reach.x, core.y - j->reach.y, core.w, core.h, args->scratch, take_hessian, j);
}

WSI_CPU_KERNEL(ridge)
{
    const wsi_ridge_state *state = (const wsi_ridge_state *)args->state;
    const wsi_ridge_layout l = wsi_ridge_plan(&state->sigmas, args->dst.w, args->dst.h);
    job j = {.args = args, .state = state};
    j.gradient = (float *)(void *)((char *)args->scratch + l.gradient);
    j.best = (float *)(void *)((char *)args->scratch + l.best);
    for (j.index = 0; j.index < state->sigmas.n; j.index++) {
        j.scale = &state->scale[j.index];
        run_scale(&j);
    }
}
