/* rank_gradient, rank_mean and rank_percentile. A mean's sum is, for each row of the footprint, the difference of two
 * sums from the source row's start; these wrap around in 32 bits, which differences do not mind. A percentile is built
 * bit by bit from the top, WSI_MEDIAN_LANES samples at a time; what lies outside the image counts as larger than
 * everything in it. */
#include "rank-cpu.h"

#include "kernels/px/rank-px.h"

void WSI_CPU(erosion)(const wsi_kernel_args *);
void WSI_CPU(dilation)(const wsi_kernel_args *);

#define DEFINE_SUBTRACT(name, type)                                                                                    \
    static void subtract_##name(type *restrict from, const type *restrict less, int64_t n)                             \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) from[i] = (type)(from[i] - less[i]);                                           \
    }

DEFINE_SUBTRACT(8, uint8_t)
DEFINE_SUBTRACT(16, uint16_t)

WSI_CPU_KERNEL(rank_gradient)
{
    const wsi_image *dst = &args->dst;
    const int64_t n = dst->w * dst->fmt.channels;
    wsi_kernel_args minima = *args, maxima = *args;
    minima.dst.data = args->scratch;
    minima.dst.stride = (ptrdiff_t)wsi_rank_plane_row(dst->w, dst->fmt);
    minima.scratch = maxima.scratch = (char *)args->scratch + wsi_rank_plane(dst->w, dst->h, dst->fmt);
    WSI_CPU(erosion)(&minima);
    WSI_CPU(dilation)(&maxima);
    for (int64_t y = 0; y < dst->h; y++)
        if (dst->fmt.type == WSI_U8)
            subtract_8((uint8_t *)wsi_image_row(dst, y), (const uint8_t *)wsi_image_row(&minima.dst, y), n);
        else
            subtract_16((uint16_t *)wsi_image_row(dst, y), (const uint16_t *)wsi_image_row(&minima.dst, y), n);
}

/* Where a source row lies under the window: columns lo .. hi - 1 of it, the first `before` pixels in. */
typedef struct span {
    int64_t lo, hi, before, after;
} span;

static span span_of(const rank_job *j)
{
    const int64_t first = j->args->ox[0] - j->footprint->left;
    const int64_t end = j->args->ox[0] + j->args->dst.w + j->footprint->right, w = j->args->src[0].w;
    const span s = {first < 0 ? 0 : first, end > w ? w : end, first < 0 ? -first : 0, end > w ? end - w : 0};
    return s;
}

#define DEFINE_SUM_ROW(name, type)                                                                                     \
    static void sum_row_##name(uint32_t *restrict sums, const type *restrict row, int64_t n, int channels)             \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) sums[i + channels] = sums[i] + row[i];                                         \
    }

DEFINE_SUM_ROW(8, uint8_t)
DEFINE_SUM_ROW(16, uint16_t)

/* Sums from the row's start up to each pixel of source row y, one more than there are pixels. */
static void load_sums(const rank_job *j, uint32_t *slot, int64_t y)
{
    const wsi_image *src = &j->args->src[0];
    const span s = span_of(j);
    const int c = src->fmt.channels;
    uint32_t *sums = slot + s.before * c;
    if (y < 0 || y >= src->h) return; /* never looked at */
    const char *row = (const char *)wsi_image_row(src, y) + (size_t)s.lo * wsi_pixfmt_size(src->fmt);
    memset(slot, 0, (size_t)((s.before + 1) * c) * sizeof *slot);
    if (src->fmt.type == WSI_U8)
        sum_row_8(sums, (const uint8_t *)row, (s.hi - s.lo) * c, c);
    else
        sum_row_16(sums, (const uint16_t *)(const void *)row, (s.hi - s.lo) * c, c);
    for (int64_t i = (s.hi - s.lo) * c; i < (s.hi - s.lo + s.after) * c; i++) sums[i + c] = sums[i];
}

static void add_difference(uint32_t *restrict sum, const uint32_t *restrict to, const uint32_t *restrict from,
                           int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] += to[i] - from[i];
}

/* j->result: sums over the footprint, whose window j->rows points at. */
static void sum_footprint(const rank_job *j, int64_t y)
{
    const wsi_footprint *f = j->footprint;
    const int c = j->args->dst.fmt.channels;
    const int64_t n = j->args->dst.w * c;
    memset(j->result, 0, (size_t)n * sizeof *j->result);
    for (int i = 0; i < f->chords; i++) {
        const wsi_chord *chord = &f->chord[i];
        for (int k = chord->first; k < chord->first + chord->count; k++) {
            const int64_t from = y + j->args->oy[0] + f->dy[k];
            if (from < 0 || from >= j->args->src[0].h) continue;
            const uint32_t *start = (const uint32_t *)j->rows[f->dy[k] + f->top] + (f->left - chord->left) * c;
            add_difference(j->result, start + (chord->left + chord->right + 1) * c, start, n);
        }
    }
}

#define DEFINE_DIVIDE(name, type)                                                                                      \
    static void divide_##name(type *restrict out, const uint32_t *restrict sum, const uint32_t *restrict pixels,       \
                              int64_t w, int channels)                                                                 \
    {                                                                                                                  \
        if (channels == 1)                                                                                             \
            for (int64_t x = 0; x < w; x++) out[x] = (type)wsi_px_rank_mean(sum[x], pixels[x]);                        \
        else                                                                                                           \
            for (int64_t x = 0; x < w; x++)                                                                            \
                for (int c = 0; c < channels; c++)                                                                     \
                    out[x * channels + c] = (type)wsi_px_rank_mean(sum[x * channels + c], pixels[x]);                  \
    }

DEFINE_DIVIDE(8, uint8_t)
DEFINE_DIVIDE(16, uint16_t)

WSI_CPU_KERNEL(rank_mean)
{
    const wsi_footprint *f = &((const wsi_rank_state *)args->state)->footprint;
    const wsi_image *dst = &args->dst;
    const rank_job j = rank_job_of(args, f);
    for (int64_t y = -f->top; y < dst->h + f->bottom; y++) {
        const int64_t to = y - f->bottom; /* the output row that is complete with this source row */
        load_sums(&j, rank_slot(&j, y), y + args->oy[0]);
        if (to < 0) continue;
        rank_window(&j, to);
        rank_count_pixels(&j, to);
        sum_footprint(&j, to);
        if (dst->fmt.type == WSI_U8)
            divide_8((uint8_t *)wsi_image_row(dst, to), j.result, j.pixels, dst->w, dst->fmt.channels);
        else
            divide_16((uint16_t *)wsi_image_row(dst, to), j.result, j.pixels, dst->w, dst->fmt.channels);
    }
}

enum { LANES = WSI_MEDIAN_LANES };

/* Selects LANES samples from x on: the largest key with at most rank[i] keys below it. */
#define DEFINE_SELECT(bits, key)                                                                                       \
    static inline void count_below_##bits(key *restrict count, const key *restrict keys,                               \
                                          const key *restrict candidate)                                               \
    {                                                                                                                  \
        for (int i = 0; i < LANES; i++) count[i] = (key)(count[i] + (keys[i] < candidate[i] ? 1 : 0));                 \
    }                                                                                                                  \
    static void select_##bits(key *restrict out, const rank_job *j, int64_t x, const key *restrict rank)               \
    {                                                                                                                  \
        const wsi_footprint *f = j->footprint;                                                                         \
        const int channels = j->args->dst.fmt.channels;                                                                \
        key found[LANES] = {0}, candidate[LANES], count[LANES];                                                        \
        for (int bit = bits - 1; bit >= 0; bit--) {                                                                    \
            memset(count, 0, sizeof count);                                                                            \
            for (int i = 0; i < LANES; i++) candidate[i] = (key)(found[i] | (key)((key)1 << bit));                     \
            for (int c = 0; c < f->chords; c++) {                                                                      \
                const wsi_chord *chord = &f->chord[c];                                                                 \
                const int64_t start = x + (f->left - chord->left) * channels;                                          \
                for (int k = chord->first; k < chord->first + chord->count; k++) {                                     \
                    const key *row = (const key *)j->rows[f->dy[k] + f->top] + start;                                  \
                    for (int i = 0; i <= chord->left + chord->right; i++)                                              \
                        count_below_##bits(count, row + i * channels, candidate);                                      \
                }                                                                                                      \
            }                                                                                                          \
            for (int i = 0; i < LANES; i++) found[i] = count[i] <= rank[i] ? candidate[i] : found[i];                  \
        }                                                                                                              \
        memcpy(out, found, sizeof found);                                                                              \
    }                                                                                                                  \
    static void select_row_##bits(const rank_job *j, key *out, double p0)                                              \
    {                                                                                                                  \
        const int channels = j->args->dst.fmt.channels;                                                                \
        const int64_t length = j->args->dst.w * channels;                                                              \
        for (int64_t x = 0; x < length; x += LANES) {                                                                  \
            const int64_t n = length - x < LANES ? length - x : LANES;                                                 \
            key rank[LANES] = {0}, block[LANES];                                                                       \
            for (int64_t i = 0; i < n; i++) rank[i] = (key)wsi_px_rank_of(p0, j->pixels[(x + i) / channels]);          \
            select_##bits(block, j, x, rank);                                                                          \
            memcpy(out + x, block, (size_t)n * sizeof *out);                                                           \
        }                                                                                                              \
    }

DEFINE_SELECT(8, uint8_t)
DEFINE_SELECT(16, uint16_t)

/* Source row y with the footprint's reach. */
static void load_keys(const rank_job *j, void *slot, int64_t y)
{
    const wsi_image *src = &j->args->src[0];
    const size_t size = wsi_pixfmt_size(src->fmt);
    const span s = span_of(j);
    memset(slot, 0xff, j->stride * sizeof(uint32_t));
    if (y < 0 || y >= src->h) return;
    memcpy((char *)slot + (size_t)s.before * size, (const char *)wsi_image_row(src, y) + (size_t)s.lo * size,
           (size_t)(s.hi - s.lo) * size);
}

WSI_CPU_KERNEL(rank_percentile)
{
    const wsi_rank_state *s = (const wsi_rank_state *)args->state;
    const wsi_footprint *f = &s->footprint;
    const wsi_image *dst = &args->dst;
    if (dst->fmt.type == WSI_U8 && f->size > WSI_MEDIAN_COUNTED) {
        WSI_CPU(rank_percentile_histogram)(args);
        return;
    }
    const rank_job j = rank_job_of(args, f);
    for (int64_t y = -f->top; y < dst->h + f->bottom; y++) {
        const int64_t to = y - f->bottom;
        load_keys(&j, rank_slot(&j, y), y + args->oy[0]);
        if (to < 0) continue;
        rank_window(&j, to);
        rank_count_pixels(&j, to);
        if (dst->fmt.type == WSI_U8)
            select_row_8(&j, (uint8_t *)wsi_image_row(dst, to), s->p0);
        else
            select_row_16(&j, (uint16_t *)wsi_image_row(dst, to), s->p0);
    }
}
