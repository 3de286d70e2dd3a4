/* The gaussian kernel: streams down a strip of columns. A window of source rows, converted to float32 once, lies in
 * scratch; a group of output rows at a time is the vertical sum of the window, extended at slide edges, then the
 * horizontal sum, then stored in the output's type. No intermediate image exists.
 *
 * The two sums are written with compiler vectors: four running sums must stay in registers over the loop of taps,
 * which the vectoriser does not manage from plain loops. */
#include "isa.h"

#include "kernels/gaussian.h"
#include "kernels/op.h"
#include "kernels/px/gaussian-px.h"
#include "rows.h"

static inline wsi_vf load(const float *p)
{
    return *(const wsi_vf *)p;
}

static inline void store(float *p, wsi_vf v)
{
    *(wsi_vf *)p = v;
}

enum { L = WSI_VF_LANES };
_Static_assert(WSI_GAUSSIAN_VECTOR % WSI_VF_LANES == 0, "rows are padded to whole vectors");

/* Defines NAME_block, four vectors of sums over taps, and NAME_vector, one. AT points at the centre, BEFORE and AFTER
 * at the two sides of tap k. */
#define DEFINE_SUMS(name, in_type, AT, BEFORE, AFTER)                                                                  \
    static inline void name##_block(float *restrict out, in_type in, const float *w, int r, int64_t at)                \
    {                                                                                                                  \
        const float *c = AT;                                                                                           \
        wsi_vf s0 = load(c) * w[0], s1 = load(c + L) * w[0], s2 = load(c + 2 * L) * w[0], s3 = load(c + 3 * L) * w[0]; \
        for (int k = 1; k <= r; k++) {                                                                                 \
            const float *a = BEFORE, *b = AFTER;                                                                       \
            s0 = WSI_PX_FOLD(s0, w[k], load(a), load(b));                                                              \
            s1 = WSI_PX_FOLD(s1, w[k], load(a + L), load(b + L));                                                      \
            s2 = WSI_PX_FOLD(s2, w[k], load(a + 2 * L), load(b + 2 * L));                                              \
            s3 = WSI_PX_FOLD(s3, w[k], load(a + 3 * L), load(b + 3 * L));                                              \
        }                                                                                                              \
        store(out, s0);                                                                                                \
        store(out + L, s1);                                                                                            \
        store(out + 2 * L, s2);                                                                                        \
        store(out + 3 * L, s3);                                                                                        \
    }                                                                                                                  \
    static inline void name##_vector(float *restrict out, in_type in, const float *w, int r, int64_t at)               \
    {                                                                                                                  \
        const float *c = AT;                                                                                           \
        wsi_vf s = load(c) * w[0];                                                                                     \
        for (int k = 1; k <= r; k++) s = WSI_PX_FOLD(s, w[k], load(BEFORE), load(AFTER));                              \
        store(out, s);                                                                                                 \
    }

typedef const float *const *window_rows;
typedef struct interleaved {
    const float *row;
    int64_t step; /* floats between taps: channels */
} interleaved;

DEFINE_SUMS(vertical, window_rows, in[r] + at, in[r - k] + at, in[r + k] + at)
DEFINE_SUMS(horizontal, interleaved, in.row + at, c - k * in.step, c + k * in.step)

/* A group of rows being filtered. */
typedef struct group {
    const float *const *rows; /* of the window; output row g is centred on rows[ry + g] */
    float *sums;              /* vertical sums, a row `stride` after the other */
    int64_t stride;
    int count, channels;
    const wsi_gaussian_state *weights;
} group;

/* n vertical sums of each row, stored from `left` on. All rows of a block come before the next block, since they share
 * their inputs, which are then in L1. Whole vectors are written. */
static void sum_rows(const group *g, int64_t left, int64_t n)
{
    const wsi_gaussian_state *k = g->weights;
    int64_t i = 0;
    for (; i + 4 * L <= n; i += 4 * L)
        for (int y = 0; y < g->count; y++)
            vertical_block(g->sums + y * g->stride + left + i, g->rows + y, k->wy, k->ry, i);
    for (; i < n; i += L)
        for (int y = 0; y < g->count; y++)
            vertical_vector(g->sums + y * g->stride + left + i, g->rows + y, k->wy, k->ry, i);
}

/* n horizontal sums of one row, to out. */
static void sum_columns(const group *g, int y, float *out, int64_t n)
{
    const wsi_gaussian_state *k = g->weights;
    const interleaved in = {g->sums + y * g->stride + k->rx * g->channels, g->channels};
    int64_t i = 0;
    for (; i + 4 * L <= n; i += 4 * L) horizontal_block(out + i, in, k->wx, k->rx, i);
    for (; i < n; i += L) horizontal_vector(out + i, in, k->wx, k->rx, i);
}

/* What filtering one strip needs. */
typedef struct strip {
    const wsi_kernel_args *args;
    const wsi_gaussian_state *state;
    wsi_edge mode;
    int symmetric;
    wsi_gaussian_layout layout;
    int64_t x, w;   /* dst columns x .. x+w-1 */
    int64_t lo, hi; /* source columns in the window */
    float *window, *sums, *out;
    const float **rows;
} strip;

/* Converts source row y (mapped when beyond the slide) into its slot of the window. */
static void load_window_row(const strip *s, int64_t y)
{
    const wsi_image *src = &s->args->src[0];
    const int64_t slots = 2 * s->state->ry + WSI_GAUSSIAN_GROUP, slot = ((y % slots) + slots) % slots;
    float *to = s->window + slot * s->layout.stride;
    const int64_t n = (s->hi - s->lo) * src->fmt.channels, from = wsi_edge_map(s->mode, y, src->h);
    if (from < 0) {
        for (int64_t i = 0; i < n; i++) to[i] = s->state->outside;
    } else {
        const char *pixels = (const char *)wsi_image_row(src, from) + (size_t)s->lo * wsi_pixfmt_size(src->fmt);
        WSI_CPU(load_row)(to, pixels, src->fmt.type, s->symmetric, (size_t)n);
    }
    for (int64_t i = n; i < s->layout.stride; i++) to[i] = 0.0f; /* slack: read by whole blocks, never used */
}

/* Extends the vertical sums of columns lo..hi to the left and right of the slide. */
static void extend_row(const strip *s, float *sums)
{
    const int channels = s->args->dst.fmt.channels, rx = s->state->rx;
    const int64_t w = s->args->src[0].w, first = s->args->ox[0] + s->x - rx, last = first + s->w + 2 * rx;
    const float cval = (float)((const wsi_gaussian_params *)s->args->params)->cval;
    for (int64_t x = first; x < last; x++) {
        if (x == s->lo) x = s->hi;
        if (x >= last) break;
        const int64_t from = wsi_edge_map(s->mode, x, w);
        for (int c = 0; c < channels; c++)
            sums[(x - s->lo) * channels + c] = from < 0 ? cval : sums[(from - s->lo) * channels + c];
    }
}

/* Output rows y .. y + count - 1, whose source rows are in the window. */
static void filter_group(const strip *s, int64_t y, int count)
{
    const wsi_gaussian_state *k = s->state;
    const wsi_image *dst = &s->args->dst;
    const int channels = dst->fmt.channels, slots = 2 * k->ry + WSI_GAUSSIAN_GROUP;
    const int64_t first = y + s->args->oy[0] - k->ry; /* source row of rows[0] */
    int64_t slot = ((first % slots) + slots) % slots;
    for (int i = 0; i < slots; i++) {
        s->rows[i] = s->window + slot * s->layout.stride;
        slot = slot + 1 == slots ? 0 : slot + 1;
    }
    const group g = {s->rows, s->sums, s->layout.stride, count, channels, k};
    const int64_t n = s->w * channels, left = (s->lo - (s->args->ox[0] + s->x - k->rx)) * channels;
    sum_rows(&g, left, (s->hi - s->lo) * channels);
    for (int i = 0; i < count; i++) {
        extend_row(s, s->sums + i * s->layout.stride + left);
        sum_columns(&g, i, s->out, n);
        char *to = (char *)wsi_image_row(dst, y + i) + (size_t)s->x * wsi_pixfmt_size(dst->fmt);
        WSI_CPU(store_row)(to, dst->fmt.type, s->out, (size_t)n);
    }
}

static void filter_strip(const strip *s)
{
    const int64_t h = s->args->dst.h, ahead = s->args->oy[0] + s->state->ry;
    for (int64_t y = s->args->oy[0] - s->state->ry; y < ahead; y++) load_window_row(s, y);
    for (int64_t y = 0; y < h; y += WSI_GAUSSIAN_GROUP) {
        const int count = h - y < WSI_GAUSSIAN_GROUP ? (int)(h - y) : WSI_GAUSSIAN_GROUP;
        for (int i = 0; i < count; i++) load_window_row(s, y + ahead + i);
        filter_group(s, y, count);
    }
}

WSI_CPU_KERNEL(gaussian)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)args->params;
    const wsi_gaussian_state *g = (const wsi_gaussian_state *)args->state;
    const wsi_image *dst = &args->dst, *src = &args->src[0];
    float *scratch = (float *)args->scratch;
    strip s = {.args = args, .state = g, .mode = (wsi_edge)p->mode, .symmetric = !p->preserve_range};
    s.layout = wsi_gaussian_plan(g->ry, g->rx, dst->fmt.channels, dst->w);
    s.window = scratch + s.layout.window;
    s.sums = scratch + s.layout.sums;
    s.out = scratch + s.layout.out;
    s.rows = (const float **)(void *)(scratch + s.layout.pointers);
    memset(s.sums, 0, (size_t)(s.layout.out - s.layout.sums) * sizeof(float)); /* slack is read by whole vectors */
    for (s.x = 0; s.x < dst->w; s.x += s.layout.strip) {
        s.w = dst->w - s.x < s.layout.strip ? dst->w - s.x : s.layout.strip;
        const int64_t first = args->ox[0] + s.x - g->rx, last = first + s.w + 2 * (int64_t)g->rx;
        s.lo = first < 0 ? 0 : first;
        s.hi = last > src->w ? src->w : last;
        filter_strip(&s);
    }
}
