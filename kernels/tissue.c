/* The tissue mask. Tiles add up the pixels of cells, squares of some micrometres, and score them, one byte a cell,
 * which is all that is kept of the slide. Where cells lie across the borders of tiles their sums are kept until rows of
 * them are complete. At the end the scores are thresholded, the mask of cells is closed, its holes are filled and its
 * small parts removed; read() enlarges it. Sums are of integers, so that tiles do not matter. Memory: a byte or two a
 * cell, a few rows of sums. */
#include "tissue.h"

#include <math.h>
#include <string.h>

#include "cell-mask.h"
#include "common/mem.h"
#include "threshold-fit.h"

enum { DEFAULT_FACTOR = 16, FACTOR_MAX = 4096, CHANNELS = 3, DARKEST = 32, TOP = 255 };
enum { TABLE_PIXELS = 16 }; /* cells of so few pixels are many, and have few different sums */

/* Where score parts are full, and bounds of Otsu's threshold, both of one: saturation and density of weak stains. */
static const double full_saturation = 0.25, full_density = 0.15, least_threshold = 0.2, most_threshold = 0.6;

typedef struct tissue {
    const wsi_whole_call *call;
    const wsi_tissue_params *params;
    int64_t factor, w, h; /* w x h cells */
    int aligned;          /* no cell lies in two tiles: these leave scores */
    int64_t first, rows;  /* else cell rows that sums are kept of */
    uint32_t *sums;       /* rows * w * CHANNELS */
    uint8_t *cells;       /* scores, and after finish the mask */
    double *densities;    /* of one channel of a whole cell, by its sum; NULL: too many */
} tissue;

/* What a tile leaves: its cells, and their sums. */
typedef struct part {
    int64_t x, y, w, h;
} part;

/* Pixels to a cell's edge for pixels of this size in micrometres (0: not known), `down` pixels of the slide's level 0
 * across (0: 1). */
static int64_t factor_of(const wsi_tissue_params *p, double mpp, double down)
{
    const double pixels = mpp > 0 ? p->mpp / mpp : DEFAULT_FACTOR / (down > 0 ? down : 1);
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
    wsi_free(t->densities);
    wsi_free(t);
}

/* A channel's part in the density of a cell with this mean. */
static double density_of(double mean)
{
    return log10(TOP / fmax(mean, 1)) / CHANNELS;
}

static wsi_status make_densities(tissue *t, wsi_error *err)
{
    const int64_t pixels = t->factor * t->factor;
    if (pixels > TABLE_PIXELS) return WSI_OK;
    t->densities = (double *)wsi_calloc((size_t)(TOP * pixels + 1), sizeof *t->densities);
    WSI_RETURN_IF(!t->densities, WSI_ERR_NO_MEMORY, "no memory for a table");
    for (int64_t sum = 0; sum <= TOP * pixels; sum++) t->densities[sum] = density_of((double)sum / (double)pixels);
    return WSI_OK;
}

static wsi_status open_tissue(const wsi_whole_call *call, void **self, wsi_error *err)
{
    tissue *t = (tissue *)wsi_calloc(1, sizeof *t);
    *self = t;
    WSI_RETURN_IF(!t, WSI_ERR_NO_MEMORY, "no memory");
    t->call = call;
    t->params = (const wsi_tissue_params *)call->params;
    t->factor = factor_of(t->params, call->mpp_x, call->down_x);
    t->w = (call->w + t->factor - 1) / t->factor;
    t->h = (call->h + t->factor - 1) / t->factor;
    t->aligned = call->tile % t->factor == 0;
    t->rows = t->aligned ? 0 : wsi_min64(call->tile / t->factor + 2, t->h);
    t->sums = (uint32_t *)wsi_calloc((size_t)(t->rows * t->w) + 1, CHANNELS * sizeof *t->sums);
    t->cells = (uint8_t *)wsi_calloc((size_t)t->h, (size_t)t->w);
    wsi_status status = t->sums && t->cells ? make_densities(t, err)
                                            : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for %lld x %lld cells",
                                                            (long long)call->w, (long long)call->h);
    if (status != WSI_OK) close_tissue(self);
    return status;
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

/* Pixels of a cell: fewer at the slide's right and lower edge. */
static int64_t cell_pixels(const tissue *t, int64_t x, int64_t y)
{
    return wsi_min64(t->factor, t->call->w - x * t->factor) * wsi_min64(t->factor, t->call->h - y * t->factor);
}

/* 0..255 of a cell's mean colour. */
static uint8_t score_of(const tissue *t, const uint32_t sum[CHANNELS], int64_t pixels)
{
    const int known = t->densities && pixels == t->factor * t->factor;
    double least = TOP, most = 0, density = 0;
    /* Bare glass mostly has no colour at all. */
    if (sum[0] == sum[1] && sum[1] == sum[2] && t->params->method != WSI_TISSUE_BY_DENSITY) return 0;
    for (int c = 0; c < CHANNELS; c++) {
        const double mean = (double)sum[c] / (double)pixels;
        least = least < mean ? least : mean;
        most = most > mean ? most : mean;
        density += known ? t->densities[sum[c]] : density_of(mean);
    }
    if (most < DARKEST) return 0; /* ink, and what was not scanned */
    const double saturation = (most - least) / most / full_saturation, s = saturation < 1 ? saturation : 1;
    const double dense = density / full_density, d = dense < 1 ? dense : 1;
    const double score = t->params->method == WSI_TISSUE_BOTH            ? sqrt(s * d)
                         : t->params->method == WSI_TISSUE_BY_SATURATION ? s
                                                                         : d;
    return (uint8_t)lrint(TOP * score);
}

/* Scores of a tile's cells from their sums, in the place of these. */
static void score_cells(const tissue *t, const part *p, const uint32_t *sums, uint8_t *scores)
{
    for (int64_t y = p->y; y < p->y + p->h; y++)
        for (int64_t x = p->x; x < p->x + p->w; x++, sums += CHANNELS)
            *scores++ = score_of(t, sums, cell_pixels(t, x, y));
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
    if (!t->aligned) return WSI_OK;
    score_cells(t, &p, sums, (uint8_t *)sums);
    *size = sizeof p + (size_t)(p.w * p.h);
    return WSI_OK;
}

/* Rows of cells that end above pixel row `bottom` get their scores, and make room for the next ones. */
static void score_rows(tissue *t, int64_t bottom)
{
    const int64_t end = bottom == t->call->h ? t->h : bottom / t->factor, done = end - t->first;
    const size_t row = (size_t)t->w * CHANNELS;
    if (done <= 0) return;
    for (int64_t y = t->first; y < end; y++)
        for (int64_t x = 0; x < t->w; x++) {
            const uint32_t *sum = t->sums + (size_t)(y - t->first) * row + (size_t)x * CHANNELS;
            t->cells[y * t->w + x] = score_of(t, sum, cell_pixels(t, x, y));
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
    for (int64_t y = 0; y < p->h && t->aligned; y++)
        memcpy(t->cells + (p->y + y) * t->w + p->x, (const uint8_t *)from + y * p->w, (size_t)p->w);
    if (t->aligned) return WSI_OK;
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
        if (t->factor == 1) memcpy(out, cells + at.x, (size_t)at.w);
        for (int64_t x = at.x; x < at.x + at.w && t->factor > 1;) {
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
