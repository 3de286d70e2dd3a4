/* denoise_nl_means: a block of pixels at a time goes through all shifts, so that everything about it stays in the
 * cache. For a shift: squared differences between the block and the shifted one, their sums over windows across and
 * then down, weights, and weighted values. */
#include "isa.h"

#include <math.h>
#include <string.h>

#include "kernels/nl_means.h"
#include "kernels/px/nl_means-px.h"
#include "rows.h"
#include "window-sum.h"

#define WSI_PLANAR double
#include "planar.h"
WSI_DEFINE_GATHER(gather)
WSI_DEFINE_PLANAR_ROW(planar_row, gather)
WSI_DEFINE_WINDOW_SUM(window_sum, double)

enum { COLUMNS = WSI_NL_MEANS_COLUMNS, ROWS = WSI_NL_MEANS_ROWS, VECTOR = 16 };

typedef struct job {
    const wsi_kernel_args *args;
    const wsi_nl_means_state *state;
    wsi_nl_means_layout at;
    int channels;
    double *source, *runs, *sums, *weights, *values;
} job;

/* Of samples that were signed integers. */
static void raise_row(double *row, int64_t n, double least)
{
    for (int64_t i = 0; i < n; i++) row[i] = wsi_px_nl_sample(row[i], least);
}

/* The block's source with the halo, its pixels from (x, y) of dst on. */
static void load_block(const job *j, int64_t x, int64_t y)
{
    const wsi_nl_means_layout *l = &j->at;
    const wsi_image *src = &j->args->src[0];
    const int64_t w = j->args->dst.w - x, h = j->args->dst.h - y;
    const int64_t columns = (w < l->columns ? w : l->columns) + 2 * l->reach;
    const int64_t rows = (h < l->rows ? h : l->rows) + 2 * l->reach;
    for (int64_t k = 0; k < rows; k++) {
        double *const row = j->source + k * l->pitch;
        planar_row(row, (size_t)l->plane, src, y + j->args->oy[0] - l->reach + k, x + j->args->ox[0] - l->reach,
                   columns, WSI_EDGE_MIRROR, 0, j->state->scale);
        for (int c = 0; c < j->channels && isfinite(j->state->least); c++)
            raise_row(row + c * l->plane, columns, j->state->least);
    }
}

static void square_row(double *restrict out, const double *restrict a, const double *restrict b, int64_t n, int first)
{
    for (int64_t i = 0; i < n; i++) {
        const double t = a[i] - b[i];
        out[i] = first ? t * t : out[i] + t * t;
    }
}

/* The pixels p whose patches are compared with those at p + (dx, dy), dy >= 0: the block, and what lies (dx, dy) before
 * it. In pixels from the block's first. */
typedef struct shift {
    int64_t dx, dy, x, y, columns, rows;
    int64_t pitch; /* of a row of sums */
} shift;

static shift shift_of(const job *j, int64_t dx, int64_t dy)
{
    shift s = {dx, dy, dx > 0 ? -dx : 0, -dy, j->at.columns + (dx < 0 ? -dx : dx), j->at.rows + dy, 0};
    s.pitch = (s.columns + 2 * j->state->radius - 1 + VECTOR - 1) / VECTOR * VECTOR;
    return s;
}

/* Squared differences to what lies a shift away, with the patch's reach. */
static void compare(const job *j, const shift *s)
{
    const wsi_nl_means_layout *l = &j->at;
    const int64_t above = l->reach - j->state->radius + 1, ahead = s->dy * l->pitch + s->dx;
    const double *corner = j->source + (above + s->y) * l->pitch + above + s->x;
    for (int64_t y = 0; y < s->rows + 2 * j->state->radius - 1; y++) {
        double *out = j->runs + y * s->pitch;
        const double *row = corner + y * l->pitch;
        square_row(out, row, row + ahead, s->pitch, 1);
        for (int c = 1; c < j->channels; c++)
            square_row(out, row + c * l->plane, row + c * l->plane + ahead, s->pitch, 0);
    }
}

/* Sums of squares to weights. */
static void weigh(double *v, const wsi_nl_means_state *s, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_nl_weight(v[i] - s->noise, s->inverse);
}

static void add_row(double *restrict to, const double *restrict v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] += v[i];
}

static void add_weighted_row(double *restrict to, const double *restrict v, const double *restrict weight, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] += v[i] * weight[i];
}

/* Adds pixels (dx, dy) away from the block's, of which `weight` has the first's weight. */
static void add_pixels(const job *j, const double *weight, int64_t pitch, int64_t dx, int64_t dy)
{
    const wsi_nl_means_layout *l = &j->at;
    for (int64_t y = 0; y < l->rows; y++) {
        add_row(j->weights + y * l->columns, weight + y * pitch, l->columns);
        for (int c = 0; c < j->channels; c++) {
            const double *from = j->source + c * l->plane + (y + l->reach + dy) * l->pitch + l->reach + dx;
            add_weighted_row(j->values + (c * l->rows + y) * l->columns, from, weight + y * pitch, l->columns);
        }
    }
}

/* A shift and, but for none, its opposite. */
static void add_shift(const job *j, int64_t dx, int64_t dy)
{
    const shift s = shift_of(j, dx, dy);
    const int64_t side = 2 * j->state->radius;
    compare(j, &s);
    window_sum(j->sums, j->runs, s.pitch * (s.rows + side - 1), side, 1);
    window_sum(j->runs, j->sums, s.pitch * s.rows, side, s.pitch);
    weigh(j->runs, j->state, s.pitch * s.rows);
    add_pixels(j, j->runs - s.y * s.pitch - s.x, s.pitch, dx, dy);
    if (dx != 0 || dy != 0) add_pixels(j, j->runs - (s.y + dy) * s.pitch - (s.x + dx), s.pitch, -dx, -dy);
}

static void store_block(const job *j, int64_t x, int64_t y)
{
    const wsi_nl_means_layout *l = &j->at;
    const wsi_image *dst = &j->args->dst;
    for (int64_t k = 0; k < l->rows; k++) {
        float *out = (float *)wsi_image_row(dst, y + k) + x * j->channels;
        for (int64_t i = 0; i < l->columns && x + i < dst->w; i++)
            for (int c = 0; c < j->channels; c++)
                out[i * j->channels + c] =
                    (float)(j->values[(c * l->rows + k) * l->columns + i] / j->weights[k * l->columns + i]);
    }
}

/* The block from (x, y) of dst on; its arrays start as zeros, since whole vectors are computed also where the image
 * ends earlier. */
static void filter_block(const wsi_kernel_args *args, int64_t x, int64_t y)
{
    const wsi_nl_means_state *s = (const wsi_nl_means_state *)args->state;
    const int64_t w = (args->dst.w - x + VECTOR - 1) / VECTOR * VECTOR, h = args->dst.h - y;
    const int channels = args->dst.fmt.channels, d = s->distance;
    double *at = (double *)args->scratch;
    job j = {.args = args, .state = s, .channels = channels, .source = at};
    j.at = wsi_nl_means_plan(s->radius, d, channels, w < COLUMNS ? w : COLUMNS, h < ROWS ? h : ROWS);
    j.runs = at + j.at.runs;
    j.sums = at + j.at.sums;
    j.weights = at + j.at.weights;
    j.values = at + j.at.values;
    memset(at, 0, (size_t)j.at.bytes);
    load_block(&j, x, y);
    for (int dy = 0; dy <= d; dy++)
        for (int dx = dy ? -d : 0; dx <= d; dx++) add_shift(&j, dx, dy);
    store_block(&j, x, y);
}

WSI_CPU_KERNEL(denoise_nl_means)
{
    for (int64_t y = 0; y < args->dst.h; y += ROWS)
        for (int64_t x = 0; x < args->dst.w; x += COLUMNS) filter_block(args, x, y);
}
