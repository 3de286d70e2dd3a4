/* hessian_matrix_det from boxes: for each row of results five sums over rows of a window, along which boxes are summed.
 * The boxes lie, and shift at slide edges, as those the reference cuts out of an integral image: a box of n rows begins
 * below row max(first, 0), and what would lie beyond the bottom is left out; so do columns. */
#include "isa.h"

#include "doubles.h"
#include "kernels/differences.h"
#include "kernels/px/differences-px.h"

typedef struct job {
    const wsi_kernel_args *args;
    const wsi_box_state *state;
    int64_t stride, lo, hi; /* lo..hi-1: source columns in the window; zeros behind them */
    double *window, *sums, *boxes;
} job;

static double *slot_of(const job *j, int64_t y)
{
    const int64_t slots = 2 * (int64_t)j->state->size + 1;
    return j->window + (y % slots) * j->stride;
}

static void load_window_row(const job *j, int64_t y)
{
    const wsi_image *src = &j->args->src[0];
    if (y < 0 || y >= src->h) return;
    double *to = slot_of(j, y);
    const int64_t n = j->hi - j->lo;
    const double scale = j->state->scale;
    wsi_load_doubles(to, (const char *)wsi_image_row(src, y) + (size_t)j->lo * wsi_dtype_size(src->fmt.type),
                     src->fmt.type, 1, (size_t)n);
    for (int64_t i = 0; i < n; i++) to[i] = to[i] * scale;
}

static void add_row(double *restrict sum, const double *restrict v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] = sum[i] + v[i];
}

static void sum_rows(const job *j, double *sum, int64_t y, wsi_box_rows rows)
{
    const int64_t h = j->args->src[0].h, begin = wsi_min64(wsi_max64(y + rows.from, 0), h - 1);
    for (int64_t i = 0; i < j->stride; i++) sum[i] = 0.0;
    for (int64_t r = begin + 1; r <= wsi_min64(begin + rows.rows, h - 1); r++)
        add_row(sum, slot_of(j, r), j->hi - j->lo);
}

static void positive(double *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = v[i] < 0.0 ? 0.0 : v[i];
}

/* Boxes of `columns` columns behind column x + from, for all columns x of the result. */
static void sum_columns(const job *j, double *out, const double *sums, int64_t from, int64_t columns)
{
    const int64_t n = j->args->dst.w, last = j->args->src[0].w - 1, x0 = j->args->ox[0] + from;
    const int64_t before = wsi_min64(wsi_max64(-x0, 0), n); /* results whose box begins at column 0 */
    const int64_t end = wsi_min64(wsi_max64(last - x0 + 1, before), n);
    for (int64_t i = before; i < n; i++) out[i] = 0.0;
    for (int64_t k = 1; k <= columns && end > before; k++)
        add_row(out + before, sums + (x0 + before + k - j->lo), end - before);
    double first = 0.0;
    for (int64_t k = 1; k <= columns && before > 0; k++) first = first + sums[k - j->lo];
    for (int64_t i = 0; i < before; i++) out[i] = first;
    positive(out, n);
}

static void finish_row(const job *j, double *restrict out, int64_t n)
{
    const double *restrict b = j->boxes;
    const int64_t s = j->stride;
    const double per_area = j->state->per_area;
    for (int64_t i = 0; i < n; i++) {
        const double cross = b[i] + b[s + i] - b[2 * s + i] - b[3 * s + i];
        out[i] = wsi_px_box_determinant(b[4 * s + i], b[5 * s + i], b[6 * s + i], b[7 * s + i], cross, per_area);
    }
}

static void run_row(const job *j, int64_t y)
{
    const wsi_box_state *s = j->state;
    const wsi_image *dst = &j->args->dst;
    const int64_t third = s->third, stride = j->stride;
    double *sums[WSI_BOX_SUMS], *b = j->boxes;
    for (int k = 0; k < WSI_BOX_SUMS; k++) {
        sums[k] = j->sums + k * stride;
        sum_rows(j, sums[k], y + j->args->oy[0], wsi_box_rows_of(s, k));
    }
    sum_columns(j, b, sums[WSI_BOX_ABOVE], 1, third);
    sum_columns(j, b + stride, sums[WSI_BOX_BELOW], -third, third);
    sum_columns(j, b + 2 * stride, sums[WSI_BOX_ABOVE], -third, third);
    sum_columns(j, b + 3 * stride, sums[WSI_BOX_BELOW], 1, third);
    sum_columns(j, b + 4 * stride, sums[WSI_BOX_WIDE], -s->half, s->size);
    sum_columns(j, b + 5 * stride, sums[WSI_BOX_WIDE], -(third / 2), third);
    sum_columns(j, b + 6 * stride, sums[WSI_BOX_TALL], 1 - third, 2 * third - 1);
    sum_columns(j, b + 7 * stride, sums[WSI_BOX_SIDE], 1 - third, 2 * third - 1);
    finish_row(j, j->sums, dst->w);
    if (s->precise) {
        memcpy(wsi_image_row(dst, y), j->sums, (size_t)dst->w * sizeof(double));
        return;
    }
    float *out = (float *)(void *)(j->sums + stride);
    for (int64_t i = 0; i < dst->w; i++) out[i] = (float)j->sums[i];
    WSI_CPU(store_row)(wsi_image_row(dst, y), dst->fmt.type, out, (size_t)dst->w);
}

WSI_CPU_KERNEL(boxes)
{
    const wsi_box_state *s = (const wsi_box_state *)args->state;
    job j = {.args = args, .state = s, .stride = wsi_box_stride(s->size, args->dst.w)};
    j.lo = wsi_max64(args->ox[0] - s->size, 0);
    j.hi = wsi_min64(args->ox[0] + args->dst.w + s->size, args->src[0].w);
    j.window = (double *)args->scratch;
    j.sums = j.window + (2 * (int64_t)s->size + 1) * j.stride;
    j.boxes = j.sums + WSI_BOX_SUMS * j.stride;
    for (int64_t y = args->oy[0] - s->size; y < args->oy[0] + s->size; y++) load_window_row(&j, y);
    for (int64_t y = 0; y < args->dst.h; y++) {
        load_window_row(&j, y + args->oy[0] + s->size);
        run_row(&j, y);
    }
}
