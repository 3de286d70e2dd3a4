/* The tissue mask. Tiles add up the pixels of cells, squares of some micrometres; rows of cells that are complete are
 * scored, one byte a cell, which is all that is kept of the slide. At the end the scores are thresholded, the mask of
 * cells is closed, its holes are filled and its small parts removed; read() enlarges it. Sums are of integers, so that
 * tiles do not matter. Memory: a byte or two a cell, a few rows of sums. */
#include "tissue.h"

#include <math.h>
#include <string.h>

#include "cell-mask.h"
#include "common/mem.h"
#include "threshold-fit.h"

enum { DEFAULT_FACTOR = 16, FACTOR_MAX = 4096, CHANNELS = 3, DARKEST = 32, TOP = 255 };

/* Where score parts are full, and bounds of Otsu's threshold, both of one: saturation and density of weak stains. */
static const double full_saturation = 0.25, full_density = 0.15, least_threshold = 0.2, most_threshold = 0.6;

typedef struct tissue {
    const wsi_whole_call *call;
    const wsi_tissue_params *params;
    int64_t factor, w, h; /* w x h cells */
    int64_t first, rows;  /* cell rows that sums are kept of */
    uint32_t *sums;       /* rows * w * CHANNELS */
    uint8_t *cells;       /* scores, and after finish the mask */
} tissue;

/* What a tile leaves: its cells, and their sums. */
typedef struct part {
    int64_t x, y, w, h;
} part;

int64_t wsi_tissue_factor(const wsi_tissue_params *p, double mpp)
{
    const double pixels = mpp > 0 ? p->mpp / mpp : DEFAULT_FACTOR;
    if (p->factor > 0) return p->factor;
    return pixels < 1 ? 1 : pixels > FACTOR_MAX ? FACTOR_MAX : (int64_t)lrint(pixels);
}

static void close_tissue(void **self)
{
    tissue *t = (tissue *)*self;
    *self = NULL;
    if (!t) return;
    wsi_free(t->sums);
    wsi_free(t->cells);
    wsi_free(t);
}

static wsi_status open_tissue(const wsi_whole_call *call, void **self, wsi_error *err)
{
    tissue *t = (tissue *)wsi_calloc(1, sizeof *t);
    *self = t;
    WSI_RETURN_IF(!t, WSI_ERR_NO_MEMORY, "no memory");
    t->call = call;
    t->params = (const wsi_tissue_params *)call->params;
    t->factor = wsi_tissue_factor(t->params, call->mpp_x);
    t->w = (call->w + t->factor - 1) / t->factor;
    t->h = (call->h + t->factor - 1) / t->factor;
    t->rows = wsi_min64(call->tile / t->factor + 2, t->h);
    t->sums = (uint32_t *)wsi_calloc((size_t)(t->rows * t->w), CHANNELS * sizeof *t->sums);
    t->cells = (uint8_t *)wsi_calloc((size_t)t->h, (size_t)t->w);
    if (t->sums && t->cells) return WSI_OK;
    close_tissue(self);
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for %lld x %lld cells", (long long)call->w,
                         (long long)call->h);
}

/* The cells that a rectangle touches. */
static part cells_of(const tissue *t, wsi_rect at)
{
    const int64_t x = at.x / t->factor, y = at.y / t->factor;
    return (part){x, y, (at.x + at.w - 1) / t->factor - x + 1, (at.y + at.h - 1) / t->factor - y + 1};
}

/* A tile's cells, and behind them the sums of a row of cells along columns. */
static size_t bound(const void *self)
{
    const tissue *t = (const tissue *)self;
    const size_t edge = (size_t)(t->call->tile / t->factor + 2);
    return sizeof(part) + (edge * edge + (size_t)t->call->tile) * CHANNELS * sizeof(uint32_t);
}

static void add_row(uint32_t *restrict columns, const uint8_t *restrict rgb, int64_t n)
{
    for (int64_t i = 0; i < n; i++) columns[i] += rgb[i];
}

/* n columns of pixels, the first of which is number x of its row, to the cells from its own on. */
static void add_columns(uint32_t *restrict sums, const uint32_t *restrict columns, int64_t x, int64_t n, int64_t factor)
{
    while (n > 0) {
        const int64_t run = wsi_min64(factor - x % factor, n);
        for (int64_t i = 0; i < run; i++, columns += CHANNELS)
            for (int c = 0; c < CHANNELS; c++) sums[c] += columns[c];
        sums += CHANNELS;
        x += run;
        n -= run;
    }
}

static wsi_status tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                       wsi_error *err)
{
    const tissue *t = (const tissue *)self;
    const part p = cells_of(t, at);
    const size_t row = (size_t)p.w * CHANNELS, wide = (size_t)at.w * CHANNELS;
    uint32_t *sums = (uint32_t *)((part *)out + 1), *columns = sums + (size_t)p.h * row;
    *size = sizeof p + (size_t)p.h * row * sizeof *sums;
    WSI_RETURN_IF(*size + wide * sizeof *sums > capacity, WSI_ERR_INTERNAL, "tissue: %zu bytes do not fit", *size);
    memset(out, 0, *size);
    *(part *)out = p;
    for (int64_t y = 0, cell = 0; y < at.h; cell++) {
        const int64_t end = wsi_min64((p.y + cell + 1) * t->factor - at.y, at.h);
        memset(columns, 0, wide * sizeof *columns);
        for (; y < end; y++) add_row(columns, (const uint8_t *)wsi_image_row(im, y), (int64_t)wide);
        add_columns(sums + (size_t)cell * row, columns, at.x, at.w, t->factor);
    }
    return WSI_OK;
}

/* 0..255 of a cell's mean colour. */
static uint8_t score_of(const tissue *t, const uint32_t sum[CHANNELS], int64_t pixels)
{
    double least = TOP, most = 0, density = 0;
    for (int c = 0; c < CHANNELS; c++) {
        const double mean = (double)sum[c] / (double)pixels;
        least = fmin(least, mean);
        most = fmax(most, mean);
        density += log10(TOP / fmax(mean, 1)) / CHANNELS;
    }
    if (most < DARKEST) return 0; /* ink, and what was not scanned */
    const double s = fmin((most - least) / most / full_saturation, 1), d = fmin(density / full_density, 1);
    const double score = t->params->method == WSI_TISSUE_BOTH            ? sqrt(s * d)
                         : t->params->method == WSI_TISSUE_BY_SATURATION ? s
                                                                         : d;
    return (uint8_t)lrint(TOP * score);
}

/* Rows of cells that end above pixel row `bottom` get their scores, and make room for the next ones. */
static void score_rows(tissue *t, int64_t bottom)
{
    const int64_t end = bottom == t->call->h ? t->h : bottom / t->factor, done = end - t->first;
    const size_t row = (size_t)t->w * CHANNELS;
    if (done <= 0) return;
    for (int64_t y = t->first; y < end; y++)
        for (int64_t x = 0; x < t->w; x++) {
            const int64_t across = wsi_min64(t->factor, t->call->w - x * t->factor);
            const int64_t down = wsi_min64(t->factor, t->call->h - y * t->factor);
            const uint32_t *sum = t->sums + (size_t)(y - t->first) * row + (size_t)x * CHANNELS;
            t->cells[y * t->w + x] = score_of(t, sum, across * down);
        }
    const size_t kept = (size_t)(t->rows - done) * row;
    memmove(t->sums, t->sums + (size_t)done * row, kept * sizeof *t->sums);
    memset(t->sums + kept, 0, (size_t)done * row * sizeof *t->sums);
    t->first = end;
}

static wsi_status append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    tissue *t = (tissue *)self;
    const part *p = (const part *)bytes;
    const uint32_t *from = (const uint32_t *)(p + 1);
    (void)size, (void)err;
    for (int64_t y = 0; y < p->h; y++) {
        uint32_t *to = t->sums + ((p->y + y - t->first) * t->w + p->x) * CHANNELS;
        for (int64_t i = 0; i < p->w * CHANNELS; i++) to[i] += *from++;
    }
    if (at.x + at.w == t->call->w) score_rows(t, at.y + at.h);
    return WSI_OK;
}

/* Otsu's threshold of the scores, within bounds: a slide may be all tissue, or all glass. */
static wsi_status otsu(const tissue *t, double *threshold, wsi_error *err)
{
    const wsi_image scores = {t->cells, (ptrdiff_t)t->w, t->w, t->h, {WSI_U8, 1}};
    const wsi_threshold_how how = {.compat = 0};
    wsi_levels levels = {.n = 0};
    wsi_histogram *h = (wsi_histogram *)wsi_calloc(1, wsi_histogram_size(WSI_U8, 256, NULL));
    WSI_RETURN_IF(!h, WSI_ERR_NO_MEMORY, "no memory for a histogram");
    wsi_histogram_init(h, WSI_U8, 256, NULL);
    wsi_histogram_add(h, &scores, NULL);
    wsi_status status = wsi_histogram_levels(h, &levels, err);
    if (status == WSI_OK) status = wsi_fit_otsu(&levels, &how, threshold, err);
    *threshold = fmin(fmax(*threshold, TOP * least_threshold), TOP * most_threshold);
    wsi_levels_free(&levels);
    wsi_free(h);
    return status;
}

static wsi_status finish(void *self, wsi_error *err)
{
    tissue *t = (tissue *)self;
    const wsi_tissue_params *p = t->params;
    const wsi_cell_mask mask = {t->cells, t->w, t->h, t->call};
    double threshold = TOP * p->threshold;
    if (p->threshold <= 0) WSI_FORWARD(otsu(t, &threshold, err));
    for (int64_t i = 0; i < t->w * t->h; i++) t->cells[i] = (double)t->cells[i] > threshold;
    WSI_FORWARD(wsi_cells_close(&mask, p->closing, err));
    WSI_FORWARD(wsi_cells_fill(&mask, p->hole_size, err));
    return wsi_cells_drop(&mask, p->object_size, err);
}

static wsi_status read(const void *self, wsi_rect at, const wsi_image *dst, wsi_error *err)
{
    const tissue *t = (const tissue *)self;
    (void)err;
    for (int64_t y = 0; y < at.h; y++) {
        const uint8_t *cells = t->cells + (at.y + y) / t->factor * t->w;
        uint8_t *out = (uint8_t *)wsi_image_row(dst, y);
        for (int64_t x = at.x; x < at.x + at.w;) {
            const int64_t run = wsi_min64(t->factor - x % t->factor, at.x + at.w - x);
            memset(out + (x - at.x), cells[x / t->factor], (size_t)run);
            x += run;
        }
    }
    return WSI_OK;
}

const wsi_whole wsi_whole_tissue = {
    .open = open_tissue,
    .bound = bound,
    .tile = tile,
    .append = append,
    .finish = finish,
    .read = read,
    .close = close_tissue,
};
