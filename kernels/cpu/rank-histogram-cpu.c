/* rank_entropy, and rank_percentile of large footprints: a histogram per channel slides along the row; one sample a row
 * of the footprint leaves and one enters (Huang, Yang and Tang 1979). Samples outside the image have a bin of their own
 * behind all values. */
#include "rank-cpu.h"

#include "kernels/px/rank-px.h"

/* For each row of the footprint the samples that leave and enter when the window moves from x to x + 1. */
typedef struct edges {
    int rows;
    const uint32_t *leave[WSI_RANK_SIDE_MAX], *enter[WSI_RANK_SIDE_MAX];
} edges;

static void find_edges(const rank_job *j, int channel, edges *e)
{
    const wsi_footprint *f = j->footprint;
    const int channels = j->args->dst.fmt.channels;
    e->rows = 0;
    for (int i = 0; i < f->chords; i++) {
        const wsi_chord *c = &f->chord[i];
        for (int k = c->first; k < c->first + c->count; k++) {
            const uint32_t *row = (const uint32_t *)j->rows[f->dy[k] + f->top] + channel;
            e->leave[e->rows] = row + (f->left - c->left) * channels;
            e->enter[e->rows++] = row + (f->left + c->right + 1) * channels;
        }
    }
}

/* Source row y with the footprint's reach, as numbers of bins. */
static void load_bins(const rank_job *j, uint32_t *slot, int64_t y)
{
    const wsi_image *src = &j->args->src[0];
    const uint32_t outside = wsi_rank_outside(src->fmt.type);
    const int64_t first = j->args->ox[0] - j->footprint->left;
    const int64_t n = j->args->dst.w + j->footprint->left + j->footprint->right, channels = src->fmt.channels;
    const int64_t lo = first < 0 ? -first : 0, hi = first + n > src->w ? src->w - first : n;
    if (y < 0 || y >= src->h || lo > 0 || hi < n)
        for (int64_t i = 0; i < n * channels; i++) slot[i] = outside;
    if (y < 0 || y >= src->h) return;
    const void *row = (const char *)wsi_image_row(src, y) + (size_t)(first + lo) * wsi_pixfmt_size(src->fmt);
    uint32_t *to = slot + lo * channels;
    if (src->fmt.type == WSI_U8)
        for (int64_t i = 0; i < (hi - lo) * channels; i++) to[i] = ((const uint8_t *)row)[i];
    else
        for (int64_t i = 0; i < (hi - lo) * channels; i++) to[i] = ((const uint16_t *)row)[i];
}

/* Counts of a window, and what follows from them. */
typedef struct histogram {
    uint32_t *count;
    const int64_t *table; /* wsi_rank_entropy_state's bits */
    int64_t bits;         /* sum of table[count] */
    uint32_t below;       /* samples less than value */
    uint32_t value;
} histogram;

static inline void enter_entropy(histogram *h, uint32_t bin)
{
    const int64_t *at = h->table + h->count[bin]++;
    h->bits += at[1] - at[0];
}

static inline void leave_entropy(histogram *h, uint32_t bin)
{
    const int64_t *at = h->table + --h->count[bin];
    h->bits -= at[1] - at[0];
}

/* Calls visit for every sample of the window at pixel x. */
static inline void each_sample(const edges *e, int64_t x, int channels, histogram *h,
                               void (*visit)(histogram *, uint32_t))
{
    for (int k = 0; k < e->rows; k++)
        for (const uint32_t *p = e->leave[k] + x * channels; p < e->enter[k] + x * channels; p += channels)
            visit(h, *p);
}

static void clear_bin(histogram *h, uint32_t bin)
{
    h->count[bin] = 0;
}

static void add_bin(histogram *h, uint32_t bin)
{
    h->count[bin]++;
}

static void entropy_row(const rank_job *j, const int64_t *table, float *out)
{
    const uint32_t outside = wsi_rank_outside(j->args->src[0].fmt.type), size = (uint32_t)j->footprint->size;
    const int channels = j->args->dst.fmt.channels;
    const int64_t w = j->args->dst.w;
    for (int c = 0; c < channels; c++) {
        histogram h = {.count = j->histogram, .table = table};
        edges e;
        find_edges(j, c, &e);
        each_sample(&e, 0, channels, &h, enter_entropy);
        for (int64_t x = 0; x < w; x++) {
            for (int k = 0; x > 0 && k < e.rows; k++) {
                leave_entropy(&h, e.leave[k][(x - 1) * channels]);
                enter_entropy(&h, e.enter[k][(x - 1) * channels]);
            }
            const uint32_t pixels = size - h.count[outside];
            out[x * channels + c] = wsi_px_rank_entropy(table[pixels], h.bits - table[h.count[outside]], pixels);
        }
        each_sample(&e, w - 1, channels, &h, clear_bin);
    }
}

static void settle(histogram *h, uint32_t rank)
{
    while (h->below > rank) h->below -= h->count[--h->value];
    while (h->below + h->count[h->value] <= rank) h->below += h->count[h->value++];
}

static void percentile_row(const rank_job *j, double p0, uint8_t *out)
{
    const uint32_t outside = wsi_rank_outside(WSI_U8), size = (uint32_t)j->footprint->size;
    const int channels = j->args->dst.fmt.channels;
    const int64_t w = j->args->dst.w;
    for (int c = 0; c < channels; c++) {
        histogram h = {.count = j->histogram};
        edges e;
        find_edges(j, c, &e);
        each_sample(&e, 0, channels, &h, add_bin);
        for (int64_t x = 0; x < w; x++) {
            for (int k = 0; x > 0 && k < e.rows; k++) {
                const uint32_t gone = e.leave[k][(x - 1) * channels], come = e.enter[k][(x - 1) * channels];
                h.count[gone]--;
                h.count[come]++;
                h.below += (uint32_t)(come < h.value) - (uint32_t)(gone < h.value);
            }
            settle(&h, wsi_px_rank_of(p0, size - h.count[outside]));
            out[x * channels + c] = (uint8_t)h.value;
        }
        each_sample(&e, w - 1, channels, &h, clear_bin);
    }
}

/* Hands each row of results, its window in place, to entropy_row or percentile_row. */
static void each_row(const wsi_kernel_args *args, const wsi_rank_state *s, const int64_t *table)
{
    const wsi_footprint *f = &s->footprint;
    const wsi_image *dst = &args->dst;
    const rank_job j = rank_job_of(args, f);
    memset(j.histogram, 0, wsi_rank_bins(args->src[0].fmt.type) * sizeof *j.histogram);
    for (int64_t y = -f->top; y < dst->h + f->bottom; y++) {
        const int64_t to = y - f->bottom;
        load_bins(&j, rank_slot(&j, y), y + args->oy[0]);
        if (to < 0) continue;
        rank_window(&j, to);
        if (table)
            entropy_row(&j, table, (float *)wsi_image_row(dst, to));
        else
            percentile_row(&j, s->p0, (uint8_t *)wsi_image_row(dst, to));
    }
}

WSI_CPU_KERNEL(rank_entropy)
{
    const wsi_rank_entropy_state *s = (const wsi_rank_entropy_state *)args->state;
    each_row(args, &s->rank, s->bits);
}

void WSI_CPU(rank_percentile_histogram)(const wsi_kernel_args *args)
{
    each_row(args, (const wsi_rank_state *)args->state, NULL);
}
