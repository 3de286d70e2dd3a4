/* Erosion and dilation, and opening and closing as two of them.
 *
 * One source row at a time: extend it at slide edges; for each chord of the footprint, by rising width, take the
 * running minimum over it as the minimum of two runs of power-of-two width, which are themselves doubled from the
 * row (log2(width) steps for all chords together); fold that into the output rows that see the source row through
 * this chord. Cost: a few vector minima a row of the footprint, nothing grows with its area.
 * Tall rectangles take their vertical minima by van Herk (1992) and Gil and Werman (1993): about three a pixel.
 * Below, "minimum" stands for minimum or maximum. */
#include "isa.h"

#include "kernels/morphology.h"
#include "kernels/op.h"
#include "kernels/px/morphology-px.h"

/* The operations on runs of samples that depend on the sample type. */
typedef struct fold_type {
    /* dst[i] = min(a[i], b[i]); dst may be a, and b may lie ahead of it in the same row. n counts samples. */
    void (*pair)(void *dst, const void *a, const void *b, int64_t n);
    void (*clean)(void *row, int64_t n); /* rids floats of NaN and -0; NULL for integers */
} fold_type;

#define PAIR(name, ctype, pick)                                                                                        \
    static void pair_##name(void *dst, const void *a, const void *b, int64_t n)                                        \
    {                                                                                                                  \
        ctype *d = (ctype *)dst;                                                                                       \
        const ctype *p = (const ctype *)a, *q = (const ctype *)b;                                                      \
        WSI_IVDEP for (int64_t i = 0; i < n; i++)                                                                      \
        {                                                                                                              \
            const ctype u = p[i], v = q[i];                                                                            \
            d[i] = pick(u, v);                                                                                         \
        }                                                                                                              \
    }

#define CLEAN(name, ctype, neutral)                                                                                    \
    static void clean_##name(void *row, int64_t n)                                                                     \
    {                                                                                                                  \
        ctype *p = (ctype *)row;                                                                                       \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const ctype v = p[i] + 0;                                                                                  \
            p[i] = v == v ? v : (ctype)(neutral);                                                                      \
        }                                                                                                              \
    }

#define BOTH(name, ctype)                                                                                              \
    PAIR(min_##name, ctype, WSI_PX_MIN)                                                                                \
    PAIR(max_##name, ctype, WSI_PX_MAX)

BOTH(u8, uint8_t)
BOTH(i8, int8_t)
BOTH(u16, uint16_t)
BOTH(i16, int16_t)
BOTH(u32, uint32_t)
BOTH(i32, int32_t)
BOTH(f32, float)
BOTH(f64, double)
CLEAN(min_f32, float, __builtin_inff())
CLEAN(max_f32, float, -__builtin_inff())
CLEAN(min_f64, double, __builtin_inf())
CLEAN(max_f64, double, -__builtin_inf())

static const fold_type minima[WSI_DTYPE_COUNT] = {
    {pair_min_u8, NULL},  {pair_min_u8, NULL},           {pair_min_i8, NULL},
    {pair_min_u16, NULL}, {pair_min_i16, NULL},          {pair_min_u32, NULL},
    {pair_min_i32, NULL}, {pair_min_f32, clean_min_f32}, {pair_min_f64, clean_min_f64}};
static const fold_type maxima[WSI_DTYPE_COUNT] = {
    {pair_max_u8, NULL},  {pair_max_u8, NULL},           {pair_max_i8, NULL},
    {pair_max_u16, NULL}, {pair_max_i16, NULL},          {pair_max_u32, NULL},
    {pair_max_i32, NULL}, {pair_max_f32, clean_max_f32}, {pair_max_f64, clean_max_f64}};

/* One erosion or dilation of a crop: output pixel (x, y) stands at (x + ox, y + oy) of src. */
typedef struct stage {
    const fold_type *fold;
    const wsi_footprint *footprint;
    wsi_edge mode;
    wsi_image src, dst;
    int64_t ox, oy;
    size_t size;    /* bytes a pixel */
    int64_t length; /* samples of an output row */
    char *extended, *doubled, *chord, *outside, *blocks;
    size_t row_bytes;
} stage;

/* Cuts scratch up and fills the pixel that stands outside. */
static void lay_out(stage *s, const unsigned char *outside, void *scratch)
{
    const wsi_footprint *f = s->footprint;
    const size_t sample = wsi_dtype_size(s->src.fmt.type);
    const int64_t reach = f->left > f->right ? f->left : f->right;
    s->size = wsi_pixfmt_size(s->src.fmt);
    s->length = s->dst.w * s->src.fmt.channels;
    s->row_bytes = wsi_morphology_row(s->dst.w, reach, s->src.fmt);
    s->extended = (char *)scratch;
    s->doubled = s->extended + s->row_bytes;
    s->chord = s->doubled + s->row_bytes;
    s->outside = s->chord + s->row_bytes;
    s->blocks = s->outside + s->row_bytes;
    for (size_t i = 0; i < s->size; i += sample) memcpy(s->outside + i, outside, sample);
}

/* Source row y with everything the footprint sees of it, extended beyond the slide. */
static void extend(const stage *s, int64_t y)
{
    const wsi_footprint *f = s->footprint;
    const int64_t n = s->dst.w + f->left + f->right, from = wsi_edge_map(s->mode, y, s->src.h);
    if (from < 0) {
        for (int64_t i = 0; i < n; i++) memcpy(s->extended + (size_t)i * s->size, s->outside, s->size);
    } else {
        wsi_edge_row(s->extended, wsi_image_row(&s->src, from), s->size, s->ox - f->left, n, s->src.w, s->mode,
                     s->outside);
    }
    if (s->fold->clean) s->fold->clean(s->extended, n * s->src.fmt.channels);
}

/* Running minima of the extended row over windows of 1, 2, 4, ... pixels, widened on demand. */
typedef struct runs {
    const char *row;
    int64_t width; /* window of each sample: it and the width-1 pixels after it */
} runs;

static void widen(const stage *s, runs *r, int64_t width)
{
    const wsi_footprint *f = s->footprint;
    while (2 * r->width <= width) {
        const int64_t pixels = s->dst.w + f->left + f->right - 2 * r->width + 1;
        s->fold->pair(s->doubled, r->row, r->row + (size_t)r->width * s->size, pixels * s->src.fmt.channels);
        r->row = s->doubled;
        r->width *= 2;
    }
}

/* The running minimum over a chord, for every output column; valid until the next call. */
static const void *chord_minimum(const stage *s, runs *r, const wsi_chord *c)
{
    const int64_t width = c->left + c->right + 1;
    widen(s, r, width);
    const char *start = r->row + (size_t)(s->footprint->left - c->left) * s->size;
    if (r->width == width) return start;
    s->fold->pair(s->chord, start, start + (size_t)(width - r->width) * s->size, s->length);
    return s->chord;
}

/* Any footprint: fold each source row into all output rows that see it. */
static void run_rows(const stage *s)
{
    const wsi_footprint *f = s->footprint;
    for (int64_t y = -f->top; y < s->dst.h + f->bottom; y++) {
        runs r = {s->extended, 1};
        extend(s, y + s->oy);
        for (int i = 0; i < f->chords; i++) {
            const wsi_chord *c = &f->chord[i];
            const void *minimum = chord_minimum(s, &r, c);
            for (int k = c->first; k < c->first + c->count; k++) {
                const int64_t to = y - f->dy[k];
                if (to < 0 || to >= s->dst.h) continue;
                void *out = wsi_image_row(&s->dst, to);
                if (f->dy[k] == -f->top)
                    memcpy(out, minimum, (size_t)s->dst.w * s->size); /* the first to arrive */
                else
                    s->fold->pair(out, out, minimum, s->length);
            }
        }
    }
}

/* Chord minima of `rows` source rows from y on, into a block. */
static void fill_block(const stage *s, char *block, int64_t y, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++) {
        runs r = {s->extended, 1};
        extend(s, y + i);
        memcpy(block + (size_t)i * s->row_bytes, chord_minimum(s, &r, &s->footprint->chord[0]),
               (size_t)s->dst.w * s->size);
    }
}

/* A rectangle of n rows: output row i of a block is the suffix minimum of the block from i on, folded with the
 * prefix minimum of the next block before i. */
static void run_tall_rectangle(const stage *s)
{
    const wsi_footprint *f = s->footprint;
    const int64_t n = f->top + f->bottom + 1;
    char *block = s->blocks, *next = block + (size_t)n * s->row_bytes, *prefix = next + (size_t)n * s->row_bytes;
    fill_block(s, block, s->oy - f->top, n);
    for (int64_t y = 0; y < s->dst.h; y += n) {
        const int64_t rows = s->dst.h - y < n ? s->dst.h - y : n;
        if (rows > 1) fill_block(s, next, s->oy - f->top + y + n, rows == n ? n : rows - 1);
        for (int64_t i = n - 2; i >= 0; i--) {
            char *row = block + (size_t)i * s->row_bytes;
            s->fold->pair(row, row, row + s->row_bytes, s->length);
        }
        memcpy(wsi_image_row(&s->dst, y), block, (size_t)s->dst.w * s->size);
        for (int64_t i = 1; i < rows; i++) {
            const char *arrived = next + (size_t)(i - 1) * s->row_bytes;
            if (i == 1)
                memcpy(prefix, arrived, (size_t)s->dst.w * s->size);
            else
                s->fold->pair(prefix, prefix, arrived, s->length);
            s->fold->pair(wsi_image_row(&s->dst, y + i), block + (size_t)i * s->row_bytes, prefix, s->length);
        }
        char *spent = block;
        block = next;
        next = spent;
    }
}

static void run(stage *s, const unsigned char *outside, void *scratch)
{
    lay_out(s, outside, scratch);
    if (s->footprint->chords == 1 && s->footprint->top + s->footprint->bottom + 1 >= WSI_MORPHOLOGY_TALL)
        run_tall_rectangle(s);
    else
        run_rows(s);
}

static void run_one(const wsi_kernel_args *args, int maximum)
{
    const wsi_morphology_state *m = (const wsi_morphology_state *)args->state;
    stage s = {.fold = (maximum ? maxima : minima) + args->src[0].fmt.type,
               .footprint = &m->footprint,
               .mode = m->mode,
               .src = args->src[0],
               .dst = args->dst,
               .ox = args->ox[0],
               .oy = args->oy[0]};
    run(&s, maximum ? m->outside_max : m->outside_min, args->scratch);
}

/* Two stages. The first is computed where the second looks, within the source crop: beyond that lies outside the
 * slide, where the second stage extends the first one's result by the mode; it may then look as far to one side as it
 * does to the other. */
static void run_two(const wsi_kernel_args *args, int maximum_first)
{
    const wsi_morphology_state *m = (const wsi_morphology_state *)args->state;
    const wsi_footprint *back = &m->mirrored;
    const wsi_image *src = &args->src[0], *dst = &args->dst;
    const wsi_rect result = {args->ox[0], args->oy[0], dst->w, dst->h};
    const wsi_rect wanted = wsi_rect_grow(result, back->left > back->right ? back->left : back->right,
                                          back->top > back->bottom ? back->top : back->bottom);
    const wsi_rect have = wsi_rect_intersect(wanted, (wsi_rect){0, 0, src->w, src->h});
    const size_t row = wsi_morphology_row(have.w, 0, src->fmt);
    const wsi_image middle = {args->scratch, (ptrdiff_t)row, have.w, have.h, src->fmt};
    void *rest = (char *)args->scratch + row * (size_t)have.h;

    stage first = {.fold = (maximum_first ? maxima : minima) + src->fmt.type,
                   .footprint = &m->footprint,
                   .mode = m->mode,
                   .src = *src,
                   .dst = middle,
                   .ox = have.x,
                   .oy = have.y};
    run(&first, maximum_first ? m->outside_max : m->outside_min, rest);
    stage second = {.fold = (maximum_first ? minima : maxima) + src->fmt.type,
                    .footprint = back,
                    .mode = m->mode,
                    .src = middle,
                    .dst = *dst,
                    .ox = args->ox[0] - have.x,
                    .oy = args->oy[0] - have.y};
    run(&second, maximum_first ? m->outside_min : m->outside_max, rest);
}

WSI_CPU_KERNEL(erosion)
{
    run_one(args, 0);
}

WSI_CPU_KERNEL(dilation)
{
    run_one(args, 1);
}

WSI_CPU_KERNEL(opening)
{
    run_two(args, 0);
}

WSI_CPU_KERNEL(closing)
{
    run_two(args, 1);
}
