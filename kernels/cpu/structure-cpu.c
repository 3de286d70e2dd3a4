/* structure_tensor and corner_harris: products of derivatives of three streaming rows go to a plane of three channels,
 * as far around the result as the window reaches, which is then smoothed as an image of three channels. */
#include "isa.h"

#include "kernels/px/structure-px.h"
#include "kernels/structure.h"
#include "rows.h"
#include "separable-cpu.h"

enum { CHUNK = 256 /* pixels of a row that stay in L1 */ };

typedef struct job {
    const wsi_kernel_args *args;
    const wsi_structure_state *state;
    wsi_structure_layout layout;
    wsi_rect reach; /* of the source: where products are needed */
    float *products;
} job;

/* Source row y on the 0..1 scale, with a pixel more on each side of the reach. */
static void load_window_row(const job *j, float *to, int64_t y)
{
    const wsi_structure_state *s = j->state;
    const wsi_image *src = &j->args->src[0];
    const wsi_edge mode = (wsi_edge)s->mode;
    const int64_t first = j->reach.x - 1, end = j->reach.x + j->reach.w + 1, from = wsi_edge_map(mode, y, src->h);
    const int64_t lo = first < 0 ? 0 : first, hi = end > src->w ? src->w : end;
    if (from < 0) {
        for (int64_t i = 0; i < end - first; i++) to[i] = s->cval;
        return;
    }
    const char *pixels = (const char *)wsi_image_row(src, from) + (size_t)lo * wsi_pixfmt_size(src->fmt);
    WSI_CPU(load_row)(to + (lo - first), pixels, src->fmt.type, 1, (size_t)(hi - lo));
    for (int64_t i = lo - first; i < hi - first; i++) to[i] *= s->scale;
    const int64_t left = wsi_edge_map(mode, -1, src->w), right = wsi_edge_map(mode, src->w, src->w);
    if (first < lo) to[0] = left < 0 ? s->cval : to[left - first];
    if (end > hi) to[end - first - 1] = right < 0 ? s->cval : to[right - first];
}

/* Where constant stands beyond an edge, each derivative is summed along its own axis first, and beyond the edge across
 * it stands the constant itself, not the derivative of a constant: row and column are what that adds. */
typedef struct beyond {
    float row;         /* to the derivative along columns in this row */
    float left, right; /* to the one along rows, in the first and last column of the reach */
} beyond;

static beyond beyond_of(const job *j, int64_t y)
{
    const wsi_image *src = &j->args->src[0];
    const int constant = j->state->mode == WSI_EDGE_CONSTANT;
    const float cval = constant ? j->state->cval : 0.0f;
    beyond b = {0.0f, 0.0f, 0.0f};
    if (y == 0) b.row += cval;
    if (y == src->h - 1) b.row += cval;
    if (j->reach.x == 0) b.left = cval;
    if (j->reach.x + j->reach.w == src->w) b.right = cval;
    return b;
}

static void products_row(float *restrict out, const float *restrict r0, const float *restrict r1,
                         const float *restrict r2, const beyond *b, int swap, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        float gy = wsi_px_edges_slope(r0[i], r0[i + 1], r0[i + 2], r2[i], r2[i + 1], r2[i + 2], 1.0f, 2.0f);
        const float gx = wsi_px_edges_slope(r0[i], r1[i], r2[i], r0[i + 2], r1[i + 2], r2[i + 2], 1.0f, 2.0f) + b->row;
        gy = gy + ((i == 0 ? b->left : 0.0f) + (i == n - 1 ? b->right : 0.0f));
        out[3 * i] = swap ? gx * gx : gy * gy;
        out[3 * i + 1] = gy * gx;
        out[3 * i + 2] = swap ? gy * gy : gx * gx;
    }
}

static void make_products(const job *j)
{
    float *base = (float *)(void *)((char *)j->args->scratch + j->layout.rows);
    float *row[3] = {base, base + j->layout.stride, base + 2 * j->layout.stride};
    load_window_row(j, row[0], j->reach.y - 1);
    load_window_row(j, row[1], j->reach.y);
    for (int64_t y = 0; y < j->reach.h; y++) {
        const beyond b = beyond_of(j, j->reach.y + y);
        load_window_row(j, row[2], j->reach.y + y + 1);
        products_row(j->products + 3 * y * j->reach.w, row[0], row[1], row[2], &b, j->state->columns_first, j->reach.w);
        float *spent = row[0];
        row[0] = row[1];
        row[1] = row[2];
        row[2] = spent;
    }
}

static void harris_row(const job *j, float *restrict v, const float *restrict a, int64_t n)
{
    const int by_eps = j->state->by_eps;
    const float k = j->state->k;
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_harris(a[3 * i], a[3 * i + 1], a[3 * i + 2], by_eps, k);
}

/* Samples i .. i+n-1 of a row, whole pixels of three. */
static void take_tensor(void *to, int64_t i, int64_t y, float *const *out, int64_t n)
{
    const job *j = (const job *)to;
    const wsi_image *dst = &j->args->dst;
    char *row = (char *)wsi_image_row(dst, y);
    const size_t size = wsi_dtype_size(dst->fmt.type);
    float v[CHUNK];
    if (!j->state->harris) {
        WSI_CPU(store_row)(row + (size_t)i * size, dst->fmt.type, out[0], (size_t)n);
        return;
    }
    for (int64_t x = 0; x < n / 3; x += CHUNK) {
        const int64_t count = n / 3 - x < CHUNK ? n / 3 - x : CHUNK;
        harris_row(j, v, out[0] + 3 * x, count);
        WSI_CPU(store_row)(row + (size_t)(i / 3 + x) * size, dst->fmt.type, v, (size_t)count);
    }
}

WSI_CPU_KERNEL(structure)
{
    const wsi_structure_state *s = (const wsi_structure_state *)args->state;
    const int ry = s->y.last, rx = s->x.last;
    const wsi_rect core = {args->ox[0], args->oy[0], args->dst.w, args->dst.h};
    const wsi_rect slide = {0, 0, args->src[0].w, args->src[0].h};
    job j = {.args = args, .state = s, .layout = wsi_structure_plan(ry, rx, core.w, core.h)};
    j.reach = wsi_rect_intersect(wsi_rect_grow(core, rx, ry), slide);
    j.products = (float *)(void *)((char *)args->scratch + j.layout.products);
    make_products(&j);
    const wsi_separable window = {.mode = s->mode,
                                  .verticals = 1,
                                  .terms = 1,
                                  .outs = 1,
                                  .ry = ry,
                                  .rx = rx,
                                  .y = {wsi_taps_of(&s->y)},
                                  .term = {{0, 0, wsi_taps_of(&s->x)}},
                                  .outside = s->cval,
                                  .beside = {s->cval}};
    const wsi_image plane = {
        j.products, (ptrdiff_t)(3 * sizeof(float)) * j.reach.w, j.reach.w, j.reach.h, {WSI_F32, 3}};
    WSI_CPU(separable)
    (&window, &plane, 0, core.x - j.reach.x, core.y - j.reach.y, core.w, core.h, args->scratch, take_tensor, &j);
}
