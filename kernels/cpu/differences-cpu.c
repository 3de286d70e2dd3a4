/* hessian_matrix without Gaussian derivatives, hessian_matrix_det without boxes, and shape_index: streams rows. A
 * window of source rows becomes a row of the smoothed image, five of those a row of second differences. */
#include "isa.h"

#include "doubles.h"
#include "kernels/differences.h"
#include "kernels/edge.h"
#include "kernels/px/differences-px.h"

typedef struct job {
    const wsi_kernel_args *args;
    const wsi_differences_state *state;
    wsi_differences_layout layout;
    wsi_rect reach; /* of the source: where the smoothed image is needed */
    int64_t first;  /* source column of the first sum along y */
    int64_t lo, hi; /* source columns there are */
    double *scratch;
} job;

static double *slot_of(const job *j, int64_t at, int64_t y, int64_t slots)
{
    return j->scratch + at + (((y % slots) + slots) % slots) * j->layout.stride;
}

static int64_t slots_of(const job *j)
{
    return 2 * (int64_t)j->state->radius + 1;
}

/* Source row y on the 0..1 scale, mapped when beyond the slide: columns lo..hi-1. */
static void load_window_row(const job *j, int64_t y)
{
    const wsi_image *src = &j->args->src[0];
    double *to = slot_of(j, j->layout.window, y, slots_of(j));
    const int64_t from = wsi_edge_map((wsi_edge)j->state->mode, y, src->h), n = j->hi - j->lo;
    const double scale = j->state->scale;
    if (from < 0) {
        for (int64_t i = 0; i < n; i++) to[i] = j->state->cval;
        return;
    }
    const char *pixels = (const char *)wsi_image_row(src, from) + (size_t)j->lo * wsi_dtype_size(src->fmt.type);
    wsi_load_doubles(to, pixels, src->fmt.type, 1, (size_t)n);
    for (int64_t i = 0; i < n; i++) to[i] = to[i] * scale;
}

/* Pairs of taps are added from the outermost inwards, after the middle one, as SciPy adds them. */
static void begin_sum(double *restrict sum, const double *restrict v, double w, int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] = v[i] * w;
}

static void add_pair(double *restrict sum, const double *restrict a, const double *restrict b, double w, int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] = sum[i] + (a[i] + b[i]) * w;
}

static void sum_rows(const job *j, double *sums, int64_t y)
{
    const int64_t slots = slots_of(j), n = j->hi - j->lo, at = j->layout.window;
    begin_sum(sums, slot_of(j, at, y, slots), j->state->w[0], n);
    for (int k = j->state->radius; k >= 1; k--)
        add_pair(sums, slot_of(j, at, y - k, slots), slot_of(j, at, y + k, slots), j->state->w[k], n);
}

/* Sums along y beyond the slide's left and right edges. sums: those of column `first` on. */
static void extend_sums(const job *j, double *sums)
{
    const int64_t last = j->first + j->reach.w + 2 * (int64_t)j->state->radius;
    for (int64_t x = j->first; x < last; x++) {
        if (x == j->lo) x = j->hi;
        if (x >= last) break;
        const int64_t from = wsi_edge_map((wsi_edge)j->state->mode, x, j->args->src[0].w);
        sums[x - j->first] = from < 0 ? j->state->cval : sums[from - j->first];
    }
}

static void smooth_row(const job *j, int64_t y)
{
    const int r = j->state->radius;
    double *sums = j->scratch + j->layout.sums, *to = slot_of(j, j->layout.smooth, y, WSI_SMOOTH_ROWS);
    sum_rows(j, sums + (j->lo - j->first), y);
    extend_sums(j, sums);
    begin_sum(to, sums + r, j->state->w[0], j->reach.w);
    for (int k = r; k >= 1; k--) add_pair(to, sums + r - k, sums + r + k, j->state->w[k], j->reach.w);
}

static void difference_rows(double *restrict out, const double *restrict before, const double *restrict next,
                            double step, int64_t n)
{
    for (int64_t i = 0; i < n; i++) out[i] = wsi_px_difference(before[i], next[i], step);
}

/* Along a row of the reach; its ends count as the slide's: where they are not, nobody looks at them. */
static void difference_columns(double *restrict out, const double *restrict v, int64_t n)
{
    for (int64_t i = 1; i + 1 < n; i++) out[i] = wsi_px_difference(v[i - 1], v[i + 1], 0.5);
    out[0] = n > 1 ? wsi_px_difference(v[0], v[1], 1.0) : 0.0;
    if (n > 1) out[n - 1] = wsi_px_difference(v[n - 2], v[n - 1], 1.0);
}

static int64_t within(int64_t y, int64_t h)
{
    return y < 0 ? 0 : y >= h ? h - 1 : y;
}

/* The difference along y of the smoothed image. */
static void derive_row(const job *j, double *out, int64_t y)
{
    const int64_t h = j->args->src[0].h, a = within(y - 1, h), b = within(y + 1, h), at = j->layout.smooth;
    difference_rows(out, slot_of(j, at, a, WSI_SMOOTH_ROWS), slot_of(j, at, b, WSI_SMOOTH_ROWS), wsi_px_step(a, b),
                    j->reach.w);
}

static void finish_row(const job *j, const double *rr, const double *rc, const double *cc, float *restrict out,
                       int64_t n)
{
    const int swap = j->state->columns_first;
    if (j->state->result == WSI_DIFFERENCES_DETERMINANT) {
        for (int64_t i = 0; i < n; i++) out[i] = wsi_px_determinant(rr[i], rc[i], cc[i]);
    } else if (j->state->result == WSI_DIFFERENCES_SHAPE_INDEX) {
        for (int64_t i = 0; i < n; i++) out[i] = wsi_px_shape_index(rr[i], rc[i], cc[i]);
    } else {
        for (int64_t i = 0; i < n; i++) {
            out[3 * i] = (float)(swap ? cc[i] : rr[i]);
            out[3 * i + 1] = (float)rc[i];
            out[3 * i + 2] = (float)(swap ? rr[i] : cc[i]);
        }
    }
}

/* Row y of the result, of source row at. */
static void second_differences(const job *j, int64_t y, int64_t at)
{
    const wsi_image *dst = &j->args->dst;
    const int64_t stride = j->layout.stride, n = j->reach.w, h = j->args->src[0].h;
    const int64_t a = within(at - 1, h), b = within(at + 1, h), skip = j->args->ox[0] - j->reach.x;
    double *t = j->scratch + j->layout.derived;
    double *before = t, *next = t + stride, *rr = t + 2 * stride, *rc = t + 3 * stride, *cc = t + 4 * stride;
    float *out = (float *)(void *)(t + 5 * stride); /* three channels of float32 in two rows */
    derive_row(j, before, a);
    derive_row(j, next, b);
    difference_rows(rr, before, next, wsi_px_step(a, b), n);
    derive_row(j, before, at);
    difference_columns(rc, before, n);
    difference_columns(next, slot_of(j, j->layout.smooth, at, WSI_SMOOTH_ROWS), n);
    difference_columns(cc, next, n);
    finish_row(j, rr + skip, rc + skip, cc + skip, out, dst->w);
    WSI_CPU(store_row)(wsi_image_row(dst, y), dst->fmt.type, out, (size_t)(dst->w * dst->fmt.channels));
}

WSI_CPU_KERNEL(differences)
{
    const wsi_differences_state *s = (const wsi_differences_state *)args->state;
    const wsi_image *src = &args->src[0];
    const wsi_rect core = {args->ox[0], args->oy[0], args->dst.w, args->dst.h}, slide = {0, 0, src->w, src->h};
    job j = {.args = args, .state = s, .scratch = (double *)args->scratch};
    j.layout = wsi_differences_plan(s->radius, args->dst.w);
    j.reach = wsi_rect_intersect(wsi_rect_grow(core, 2, 2), slide);
    j.first = j.reach.x - s->radius;
    j.lo = wsi_max64(j.first, 0);
    j.hi = wsi_min64(j.reach.x + j.reach.w + s->radius, src->w);
    const int64_t end = j.reach.y + j.reach.h;
    int64_t next = j.reach.y; /* row to be smoothed */
    for (int64_t y = next - s->radius; y < next + s->radius; y++) load_window_row(&j, y);
    for (int64_t y = 0; y < args->dst.h; y++) {
        const int64_t at = y + args->oy[0];
        for (; next < wsi_min64(at + 3, end); next++) {
            load_window_row(&j, next + s->radius);
            smooth_row(&j, next);
        }
        second_differences(&j, y, at);
    }
}
