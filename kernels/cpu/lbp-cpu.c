/* The local_binary_pattern kernel: a window of source rows in float64 with zeros beyond the slide, and a stretch of
 * pixels at a time, neighbour by neighbour. */
#include "isa.h"

#include "doubles.h"
#include "kernels/lbp.h"
#include "kernels/px/lbp-px.h"

enum { CHUNK = 128 /* pixels whose neighbours stay in cache */ };

typedef struct window {
    const wsi_kernel_args *args;
    const wsi_lbp_state *state;
    size_t stride;
    int rows;
    double *at;
} window;

/* Row y of the source in its slot, from column ox - reach_x on. */
static double *slot_of(const window *w, int64_t y)
{
    return w->at + (size_t)(((y % w->rows) + w->rows) % w->rows) * w->stride;
}

static void load_window_row(const window *w, int64_t y)
{
    const wsi_image *src = &w->args->src[0];
    double *to = slot_of(w, y);
    const int64_t first = w->args->ox[0] - w->state->reach_x;
    const int64_t end = w->args->ox[0] + w->args->dst.w + w->state->reach_x;
    const int64_t lo = wsi_max64(first, 0), hi = wsi_min64(end, src->w);
    for (int64_t i = 0; i < end - first; i++) to[i] = 0.0;
    if (y < 0 || y >= src->h) return;
    const char *pixels = (const char *)wsi_image_row(src, y) + (size_t)lo * wsi_dtype_size(src->fmt.type);
    wsi_load_doubles(to + (lo - first), pixels, src->fmt.type, 0, (size_t)(hi - lo));
}

/* Neighbour p of n pixels of the result from (x, y) on. */
static void one_point(const window *w, const wsi_lbp_point *p, int64_t x, int64_t y, double *restrict v, int n)
{
    const int64_t column = x + w->state->reach_x, row = y + w->args->oy[0];
    const double *restrict top = slot_of(w, row + p->top) + column;
    const double *restrict bottom = slot_of(w, row + p->bottom) + column;
    const int left = p->left, right = p->right;
    const double place = p->x, first = (double)(w->args->at_x + x);
    const double fy = wsi_px_lbp_part((double)(w->args->at_y + y), p->y, p->top);
    for (int i = 0; i < n; i++)
        v[i] = wsi_px_lbp_between(top[i + left], top[i + right], bottom[i + left], bottom[i + right],
                                  wsi_px_lbp_part(first + (double)i, place, left), fy);
}

static void add_bits(uint32_t *restrict bits, const double *restrict v, const double *restrict middle, int place,
                     int64_t n)
{
    for (int64_t i = 0; i < n; i++) bits[i] |= (uint32_t)(v[i] - middle[i] >= 0.0) << place;
}

#define DEFINE_CODES(name)                                                                                             \
    static void name##_codes(float *restrict out, const uint32_t *restrict bits, uint32_t points, int64_t n)           \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) out[i] = (float)(int32_t)wsi_px_lbp_##name(bits[i], points);                   \
    }

DEFINE_CODES(smallest)
DEFINE_CODES(uniform)
DEFINE_CODES(rotated)

/* The variance of the neighbours, which are gone through again for their distance from the mean. */
static void variances(float *restrict out, double (*restrict v)[CHUNK], int points, int64_t n)
{
    double mean[CHUNK], sum[CHUNK];
    for (int64_t i = 0; i < n; i++) mean[i] = sum[i] = 0.0;
    for (int p = 0; p < points; p++)
        for (int64_t i = 0; i < n; i++) mean[i] += v[p][i];
    for (int64_t i = 0; i < n; i++) mean[i] = mean[i] / (double)points;
    for (int p = 0; p < points; p++)
        for (int64_t i = 0; i < n; i++) sum[i] += (v[p][i] - mean[i]) * (v[p][i] - mean[i]);
    for (int64_t i = 0; i < n; i++) out[i] = wsi_px_lbp_variance(sum[i], (uint32_t)points);
}

static void finish_codes(const window *w, float *out, const uint32_t *bits, double (*v)[CHUNK], int64_t n)
{
    const uint32_t points = (uint32_t)w->state->points;
    switch (w->state->method) {
    case WSI_LBP_DEFAULT:
        for (int64_t i = 0; i < n; i++) out[i] = (float)(int32_t)bits[i];
        break;
    case WSI_LBP_ROR:
        smallest_codes(out, bits, points, n);
        break;
    case WSI_LBP_NRI_UNIFORM:
        rotated_codes(out, bits, points, n);
        break;
    case WSI_LBP_VAR:
        variances(out, v, (int)points, n);
        break;
    default:
        uniform_codes(out, bits, points, n);
        break;
    }
}

static void run_chunk(const window *w, int64_t x, int64_t y, int64_t n)
{
    double v[WSI_LBP_POINTS_MAX][CHUNK];
    uint32_t bits[CHUNK] = {0};
    float out[CHUNK];
    const wsi_image *dst = &w->args->dst;
    const double *middle = slot_of(w, y + w->args->oy[0]) + x + w->state->reach_x;
    for (int p = 0; p < w->state->points; p++) {
        one_point(w, &w->state->point[p], x, y, v[p], (int)n);
        add_bits(bits, v[p], middle, p, n);
    }
    finish_codes(w, out, bits, v, n);
    char *to = (char *)wsi_image_row(dst, y) + (size_t)x * wsi_dtype_size(dst->fmt.type);
    WSI_CPU(store_row)(to, dst->fmt.type, out, (size_t)n);
}

WSI_CPU_KERNEL(lbp)
{
    const wsi_lbp_state *s = (const wsi_lbp_state *)args->state;
    const window w = {args, s, wsi_lbp_stride(args->dst.w, s->reach_x), 2 * s->reach_y + 1, (double *)args->scratch};
    for (int64_t y = args->oy[0] - s->reach_y; y < args->oy[0] + s->reach_y; y++) load_window_row(&w, y);
    for (int64_t y = 0; y < args->dst.h; y++) {
        load_window_row(&w, y + args->oy[0] + s->reach_y);
        for (int64_t x = 0; x < args->dst.w; x += CHUNK) run_chunk(&w, x, y, wsi_min64(CHUNK, args->dst.w - x));
    }
}
