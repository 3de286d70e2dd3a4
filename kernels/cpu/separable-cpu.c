/* Separable correlation: streams down a strip of columns. A window of source rows, converted to float32 once, lies in
 * scratch; a group of output rows at a time is the verticals' sums of the window, extended at slide edges, then the
 * terms' sums along x, which the taker gets. No intermediate image exists.
 *
 * The sums are written with compiler vectors: four running sums must stay in registers over the loop of taps, which the
 * vectoriser does not manage from plain loops. */
#include "separable-cpu.h"

#include <string.h>

#include "kernels/px/separable-px.h"
#include "rows.h"

static inline wsi_vf load(const float *p)
{
    return *(const wsi_vf *)p;
}

/* add: to what stands there. */
static inline void put(float *p, wsi_vf v, int add)
{
    if (add) v = load(p) + v;
    *(wsi_vf *)p = v;
}

enum { L = WSI_VF_LANES, GROUP = WSI_SEPARABLE_GROUP };

/* Where sample 0 of tap k of a run of sums lies: k rows, or k pixels away. */
typedef struct column_taps {
    const float *const *rows; /* [0] is the middle tap's */
    int64_t at;
} column_taps;
typedef struct row_taps {
    const float *middle;
    int64_t step; /* floats between pixels: channels */
} row_taps;

#define COLUMN_TAP(k) (in.rows[k] + in.at)
#define ROW_TAP(k) (in.middle + (k)*in.step)

static inline wsi_vf even_start(const float *at, float w)
{
    return load(at) * w;
}

static inline wsi_vf zero_start(const float *at, float w)
{
    (void)at, (void)w;
    return (wsi_vf){0};
}

static inline wsi_vf even_step(wsi_vf sum, float w, const float *before, const float *after)
{
    return WSI_PX_FOLD(sum, w, load(before), load(after));
}

static inline wsi_vf odd_step(wsi_vf sum, float w, const float *before, const float *after)
{
    return WSI_PX_UNFOLD(sum, w, load(before), load(after));
}

/* The last pair of the group that starts with pair k. */
static inline int group_end(int k, int last)
{
    return last - k < WSI_PX_FOLD_GROUP ? last : k + WSI_PX_FOLD_GROUP - 1;
}

/* Pair k to four vectors of sums. */
#define ADD_PAIR(s, TAP, STEP)                                                                                         \
    {                                                                                                                  \
        const float *a = TAP(-k), *b = TAP(k);                                                                         \
        s##0 = STEP(s##0, w[k], a, b);                                                                                 \
        s##1 = STEP(s##1, w[k], a + L, b + L);                                                                         \
        s##2 = STEP(s##2, w[k], a + 2 * L, b + 2 * L);                                                                 \
        s##3 = STEP(s##3, w[k], a + 3 * L, b + 3 * L);                                                                 \
    }

/* Defines NAME_block, four vectors of sums, and NAME_vector, one. add: to what stands there. */
#define DEFINE_SUMS(name, taps_type, TAP, START, STEP)                                                                 \
    static inline void name##_block(float *restrict out, taps_type in, const float *w, int k, int last, int add)       \
    {                                                                                                                  \
        const float *c = TAP(0);                                                                                       \
        wsi_vf s0 = START(c, *w), s1 = START(c + L, *w), s2 = START(c + 2 * L, *w), s3 = START(c + 3 * L, *w);         \
        for (const int end = group_end(k, last); k <= end; k++) ADD_PAIR(s, TAP, STEP);                                \
        while (k <= last) {                                                                                            \
            wsi_vf t0 = {0}, t1 = {0}, t2 = {0}, t3 = {0};                                                             \
            for (const int end = group_end(k, last); k <= end; k++) ADD_PAIR(t, TAP, STEP);                            \
            s0 = s0 + t0;                                                                                              \
            s1 = s1 + t1;                                                                                              \
            s2 = s2 + t2;                                                                                              \
            s3 = s3 + t3;                                                                                              \
        }                                                                                                              \
        put(out, s0, add);                                                                                             \
        put(out + L, s1, add);                                                                                         \
        put(out + 2 * L, s2, add);                                                                                     \
        put(out + 3 * L, s3, add);                                                                                     \
    }                                                                                                                  \
    static inline void name##_vector(float *restrict out, taps_type in, const float *w, int k, int last, int add)      \
    {                                                                                                                  \
        wsi_vf s = START(TAP(0), *w);                                                                                  \
        for (const int end = group_end(k, last); k <= end; k++) s = STEP(s, w[k], TAP(-k), TAP(k));                    \
        while (k <= last) {                                                                                            \
            wsi_vf t = {0};                                                                                            \
            for (const int end = group_end(k, last); k <= end; k++) t = STEP(t, w[k], TAP(-k), TAP(k));                \
            s = s + t;                                                                                                 \
        }                                                                                                              \
        put(out, s, add);                                                                                              \
    }

/* The same for ANY: groups of taps. */
#define DEFINE_GROUPS(name, taps_type, TAP)                                                                            \
    static inline void name##_block(float *restrict out, taps_type in, const float *w, int k, int last, int add)       \
    {                                                                                                                  \
        wsi_vf s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};                                                                 \
        while (k <= last) {                                                                                            \
            const int end = k + WSI_PX_TAP_GROUP <= last ? k + WSI_PX_TAP_GROUP : last + 1;                            \
            wsi_vf t0 = {0}, t1 = {0}, t2 = {0}, t3 = {0};                                                             \
            for (; k < end; k++) {                                                                                     \
                const float *at = TAP(k);                                                                              \
                t0 = WSI_PX_TAP(t0, w[k], load(at));                                                                   \
                t1 = WSI_PX_TAP(t1, w[k], load(at + L));                                                               \
                t2 = WSI_PX_TAP(t2, w[k], load(at + 2 * L));                                                           \
                t3 = WSI_PX_TAP(t3, w[k], load(at + 3 * L));                                                           \
            }                                                                                                          \
            s0 = s0 + t0;                                                                                              \
            s1 = s1 + t1;                                                                                              \
            s2 = s2 + t2;                                                                                              \
            s3 = s3 + t3;                                                                                              \
        }                                                                                                              \
        put(out, s0, add);                                                                                             \
        put(out + L, s1, add);                                                                                         \
        put(out + 2 * L, s2, add);                                                                                     \
        put(out + 3 * L, s3, add);                                                                                     \
    }                                                                                                                  \
    static inline void name##_vector(float *restrict out, taps_type in, const float *w, int k, int last, int add)      \
    {                                                                                                                  \
        wsi_vf s = {0};                                                                                                \
        while (k <= last) {                                                                                            \
            const int end = k + WSI_PX_TAP_GROUP <= last ? k + WSI_PX_TAP_GROUP : last + 1;                            \
            wsi_vf t = {0};                                                                                            \
            for (; k < end; k++) t = WSI_PX_TAP(t, w[k], load(TAP(k)));                                                \
            s = s + t;                                                                                                 \
        }                                                                                                              \
        put(out, s, add);                                                                                              \
    }

DEFINE_SUMS(even_column, column_taps, COLUMN_TAP, even_start, even_step)
DEFINE_SUMS(odd_column, column_taps, COLUMN_TAP, zero_start, odd_step)
DEFINE_GROUPS(any_column, column_taps, COLUMN_TAP)
DEFINE_SUMS(even_row, row_taps, ROW_TAP, even_start, even_step)
DEFINE_SUMS(odd_row, row_taps, ROW_TAP, zero_start, odd_step)
DEFINE_GROUPS(any_row, row_taps, ROW_TAP)

/* Apart, so that the registers of one loop serve that loop alone. */
#define OUTLINED __attribute__((noinline))

/* n sums of each of `count` rows. All rows of a block come before the next block, since they share their inputs, which
 * are then in L1. */
typedef struct group {
    const float *const *rows; /* of the window; result row 0 is centred on rows[0] */
    float *sums;              /* a row `stride` after the other */
    int64_t stride, n;
    int count;
} group;

#define DEFINE_COLUMNS(name)                                                                                           \
    static OUTLINED void name##_sums(const group *g, const float *w, int from, int last)                               \
    {                                                                                                                  \
        int64_t i = 0;                                                                                                 \
        for (; i + 4 * L <= g->n; i += 4 * L)                                                                          \
            for (int y = 0; y < g->count; y++)                                                                         \
                name##_block(g->sums + y * g->stride + i, (column_taps){g->rows + y, i}, w, from, last, 0);            \
        for (; i < g->n; i += L)                                                                                       \
            for (int y = 0; y < g->count; y++)                                                                         \
                name##_vector(g->sums + y * g->stride + i, (column_taps){g->rows + y, i}, w, from, last, 0);           \
    }

DEFINE_COLUMNS(even_column)
DEFINE_COLUMNS(odd_column)
DEFINE_COLUMNS(any_column)

static void sum_columns(const group *g, wsi_taps w)
{
    if (w.kind == WSI_TAPS_EVEN)
        even_column_sums(g, w.w, 1, w.last);
    else if (w.kind == WSI_TAPS_ODD)
        odd_column_sums(g, w.w, 1, w.last);
    else
        any_column_sums(g, w.w, w.first, w.last);
}

#define DEFINE_ROW(name)                                                                                               \
    static OUTLINED void name##_sums(float *out, row_taps in, const float *w, int from, int last, int64_t n, int add)  \
    {                                                                                                                  \
        int64_t i = 0;                                                                                                 \
        for (; i + 4 * L <= n; i += 4 * L)                                                                             \
            name##_block(out + i, (row_taps){in.middle + i, in.step}, w, from, last, add);                             \
        for (; i < n; i += L) name##_vector(out + i, (row_taps){in.middle + i, in.step}, w, from, last, add);          \
    }

DEFINE_ROW(even_row)
DEFINE_ROW(odd_row)
DEFINE_ROW(any_row)

static void sum_row(float *out, row_taps in, wsi_taps w, int64_t n, int add)
{
    if (w.kind == WSI_TAPS_EVEN)
        even_row_sums(out, in, w.w, 1, w.last, n, add);
    else if (w.kind == WSI_TAPS_ODD)
        odd_row_sums(out, in, w.w, 1, w.last, n, add);
    else
        any_row_sums(out, in, w.w, w.first, w.last, n, add);
}

/* What filtering one strip needs. */
typedef struct strip {
    const wsi_separable *filter;
    const wsi_image *src;
    int symmetric, ry, rx;
    wsi_separable_layout layout;
    int64_t ox, oy, x, w, h; /* result columns x .. x+w-1, h rows */
    int64_t lo, hi;          /* source columns in the window */
    float *window, *sums;
    float *out[WSI_SEPARABLE_OUTS_MAX];
    const float **rows;
    wsi_separable_fn take;
    void *to;
} strip;

/* Converts source row y (mapped when beyond the slide) into its slot of the window. */
static void load_window_row(const strip *s, int64_t y)
{
    const wsi_image *src = s->src;
    const int64_t slots = 2 * s->ry + GROUP, slot = ((y % slots) + slots) % slots;
    float *to = s->window + slot * s->layout.stride;
    const int64_t n = (s->hi - s->lo) * src->fmt.channels, from = wsi_edge_map((wsi_edge)s->filter->mode, y, src->h);
    if (from < 0) {
        for (int64_t i = 0; i < n; i++) to[i] = s->filter->outside;
    } else {
        const char *pixels = (const char *)wsi_image_row(src, from) + (size_t)s->lo * wsi_pixfmt_size(src->fmt);
        WSI_CPU(load_row)(to, pixels, src->fmt.type, s->symmetric, (size_t)n);
    }
    for (int64_t i = n; i < s->layout.stride; i++) to[i] = 0.0f; /* slack: read by whole blocks, never used */
}

/* Extends a vertical's sums of columns lo..hi to the left and right of the slide. */
static void extend_row(const strip *s, float *sums, float beside)
{
    const int channels = s->src->fmt.channels;
    const int64_t w = s->src->w, first = s->ox + s->x - s->rx, last = first + s->w + 2 * s->rx;
    for (int64_t x = first; x < last; x++) {
        if (x == s->lo) x = s->hi;
        if (x >= last) break;
        const int64_t from = wsi_edge_map((wsi_edge)s->filter->mode, x, w);
        for (int c = 0; c < channels; c++)
            sums[(x - s->lo) * channels + c] = from < 0 ? beside : sums[(from - s->lo) * channels + c];
    }
}

/* Result row y, whose verticals are row i of the group, to the taker. */
static void take_row(const strip *s, int64_t y, int i)
{
    const int channels = s->src->fmt.channels;
    const int64_t n = s->w * channels;
    unsigned begun = 0;
    for (int t = 0; t < s->filter->terms; t++) {
        const wsi_separable_term *term = &s->filter->term[t];
        const float *sums = s->sums + (term->vertical * GROUP + i) * s->layout.stride;
        const row_taps in = {sums + (int64_t)s->rx * channels, channels};
        sum_row(s->out[term->out], in, term->x, n, begun >> term->out & 1);
        begun |= 1u << term->out;
    }
    s->take(s->to, s->x * channels, y, s->out, n);
}

/* Result rows y .. y + count - 1, whose source rows are in the window. */
static void filter_group(const strip *s, int64_t y, int count)
{
    const wsi_separable *f = s->filter;
    const int channels = s->src->fmt.channels, slots = 2 * s->ry + GROUP;
    const int64_t first = y + s->oy - s->ry; /* source row of rows[0] */
    const int64_t left = (s->lo - (s->ox + s->x - s->rx)) * channels;
    int64_t slot = ((first % slots) + slots) % slots;
    for (int i = 0; i < slots; i++) {
        s->rows[i] = s->window + slot * s->layout.stride;
        slot = slot + 1 == slots ? 0 : slot + 1;
    }
    for (int v = 0; v < f->verticals; v++) {
        const int64_t stride = s->layout.stride;
        const group g = {s->rows + s->ry, s->sums + v * GROUP * stride + left, stride, (s->hi - s->lo) * channels,
                         count};
        sum_columns(&g, f->y[v]);
        for (int i = 0; i < count; i++) extend_row(s, g.sums + i * stride, f->beside[v]);
    }
    for (int i = 0; i < count; i++) take_row(s, y + i, i);
}

static void filter_strip(const strip *s)
{
    const int64_t ahead = s->oy + s->ry;
    for (int64_t y = s->oy - s->ry; y < ahead; y++) load_window_row(s, y);
    for (int64_t y = 0; y < s->h; y += GROUP) {
        const int count = s->h - y < GROUP ? (int)(s->h - y) : GROUP;
        for (int i = 0; i < count; i++) load_window_row(s, y + ahead + i);
        filter_group(s, y, count);
    }
}

void WSI_CPU(separable)(const wsi_separable *filter, const wsi_image *src, int symmetric, int64_t ox, int64_t oy,
                        int64_t w, int64_t h, void *scratch, wsi_separable_fn take, void *to)
{
    float *base = (float *)scratch;
    strip s = {
        .filter = filter, .src = src, .symmetric = symmetric, .ox = ox, .oy = oy, .h = h, .take = take, .to = to};
    s.ry = filter->ry;
    s.rx = filter->rx;
    s.layout = wsi_separable_plan(s.ry, s.rx, filter->verticals, filter->outs, src->fmt.channels, w);
    s.window = base + s.layout.window;
    s.sums = base + s.layout.sums;
    s.rows = (const float **)(void *)(base + s.layout.pointers);
    for (int m = 0; m < filter->outs; m++) s.out[m] = base + s.layout.out + m * s.layout.out_stride;
    /* Slack is read by whole vectors. */
    memset(s.sums, 0, (size_t)(s.layout.out - s.layout.sums) * sizeof(float));
    for (s.x = 0; s.x < w; s.x += s.layout.strip) {
        s.w = w - s.x < s.layout.strip ? w - s.x : s.layout.strip;
        const int64_t first = ox + s.x - s.rx, last = first + s.w + 2 * (int64_t)s.rx;
        s.lo = first < 0 ? 0 : first;
        s.hi = last > src->w ? src->w : last;
        filter_strip(&s);
    }
}

void WSI_CPU(separable_store)(void *to, int64_t i, int64_t y, float *const *out, int64_t n)
{
    const wsi_separable_images *images = (const wsi_separable_images *)to;
    for (int m = 0; m < images->count; m++) {
        const wsi_image *im = &images->image[m];
        char *at = (char *)wsi_image_row(im, y) + (size_t)i * wsi_dtype_size(im->fmt.type);
        WSI_CPU(store_row)(at, im->fmt.type, out[m], (size_t)n);
    }
}
