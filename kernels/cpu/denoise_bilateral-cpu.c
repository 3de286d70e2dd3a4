/* denoise_bilateral: a ring of source rows in float64; a block of pixels at a time goes through the window's taps in
 * the order of the reference, rows first. */
#include "isa.h"

#include <string.h>

#include "kernels/bilateral.h"
#include "kernels/px/bilateral-px.h"
#include "rows.h"

#define WSI_PLANAR double
#include "planar.h"
WSI_DEFINE_GATHER(gather)
WSI_DEFINE_PLANAR_ROW(planar_row, gather)

enum { BLOCK = WSI_BILATERAL_BLOCK };

typedef struct job {
    const wsi_kernel_args *args;
    const wsi_bilateral_state *state;
    size_t pitch; /* of a channel's row */
    int channels, taps;
    double *ring, *values, *weights, *distance; /* sums of each channel, of weights; a tap's distances */
    float *out;
} job;

/* Output row y's source row; -radius <= y. */
static double *row_of(const job *j, int64_t y)
{
    return j->ring + (size_t)((y + j->state->radius) % j->taps) * j->pitch * (size_t)j->channels;
}

static void distance_of_all(double *restrict d, const double *centre, const double *other, const job *j)
{
    memset(d, 0, BLOCK * sizeof *d);
    for (int c = 0; c < j->channels; c++)
        for (int i = 0; i < BLOCK; i++) {
            const double t = centre[(size_t)c * j->pitch + (size_t)i] - other[(size_t)c * j->pitch + (size_t)i];
            d[i] += t * t;
        }
    for (int i = 0; i < BLOCK; i++) d[i] = sqrt(d[i]);
}

/* Distances to weights. */
static void weigh(double *restrict d, const wsi_bilateral_state *s, double spatial)
{
    const double last = s->bins - 1;
    const double *restrict color = s->color;
    int bin[BLOCK];
    for (int i = 0; i < BLOCK; i++) bin[i] = wsi_px_bilateral_bin(d[i], s->bins_a_unit, last);
    for (int i = 0; i < BLOCK; i++) d[i] = spatial * color[bin[i]];
}

static void add_weighted(double *restrict sum, const double *restrict v, const double *restrict weight)
{
    for (int i = 0; i < BLOCK; i++) sum[i] += v[i] * weight[i];
}

/* One tap of the window for pixels x .. x + BLOCK - 1. */
static void add_tap(const job *j, const double *centre, const double *other, double spatial)
{
    distance_of_all(j->distance, centre, other, j);
    weigh(j->distance, j->state, spatial);
    for (int c = 0; c < j->channels; c++)
        add_weighted(j->values + c * BLOCK, other + (size_t)c * j->pitch, j->distance);
    for (int i = 0; i < BLOCK; i++) j->weights[i] += j->distance[i];
}

/* The same for one channel, whose distance is the difference, with sums that stay in registers over a row of taps. */
static void add_taps_of_one(const job *j, const double *centre, const double *first, const double *spatial)
{
    const double *restrict color = j->state->color;
    const double last = j->state->bins - 1, bins_a_unit = j->state->bins_a_unit;
    enum { STEP = 16 };
    for (int at = 0; at < BLOCK; at += STEP) {
        double sum[STEP], weights[STEP];
        memcpy(sum, j->values + at, sizeof sum);
        memcpy(weights, j->weights + at, sizeof weights);
        for (int k = 0; k < j->taps; k++)
            for (int i = 0; i < STEP; i++) {
                const double v = first[at + k + i];
                const int bin = wsi_px_bilateral_bin(fabs(centre[at + i] - v), bins_a_unit, last);
                const double weight = spatial[k] * color[bin];
                sum[i] += v * weight;
                weights[i] += weight;
            }
        memcpy(j->values + at, sum, sizeof sum);
        memcpy(j->weights + at, weights, sizeof weights);
    }
}

static void add_taps(const job *j, const double *centre, const double *first, const double *spatial)
{
    if (j->channels == 1)
        add_taps_of_one(j, centre, first, spatial);
    else
        for (int k = 0; k < j->taps; k++) add_tap(j, centre, first + k, spatial[k]);
}

static void filter_block(const job *j, int64_t y, int64_t x, int64_t n)
{
    const int r = j->state->radius;
    const double *centre = row_of(j, y) + x + r;
    memset(j->values, 0, (size_t)(j->channels + 1) * BLOCK * sizeof(double)); /* and the weights behind them */
    for (int dy = -r; dy <= r; dy++) add_taps(j, centre, row_of(j, y + dy) + x, j->state->spatial + (dy + r) * j->taps);
    for (int c = 0; c < j->channels; c++)
        for (int64_t i = 0; i < n; i++)
            j->out[(x + i) * j->channels + c] = (float)(j->values[c * BLOCK + i] / j->weights[i]);
}

static job job_of(const wsi_kernel_args *args)
{
    job j = {.args = args, .state = (const wsi_bilateral_state *)args->state, .channels = args->dst.fmt.channels};
    j.taps = 2 * j.state->radius + 1;
    j.pitch = wsi_bilateral_stride(args->dst.w, j.state->radius);
    j.ring = (double *)args->scratch;
    j.values = j.ring + (size_t)j.taps * j.pitch * (size_t)j.channels;
    j.weights = j.values + j.channels * BLOCK;
    j.distance = j.weights + BLOCK;
    j.out = (float *)(j.distance + BLOCK);
    return j;
}

WSI_CPU_KERNEL(denoise_bilateral)
{
    const job j = job_of(args);
    const wsi_bilateral_state *s = j.state;
    const int64_t r = s->radius, w = args->dst.w;
    memset(j.ring, 0, (size_t)j.taps * j.pitch * (size_t)j.channels * sizeof(double)); /* slack read by whole blocks */
    for (int64_t y = -r; y < args->dst.h + r; y++) {
        planar_row(row_of(&j, y), j.pitch, &args->src[0], y + args->oy[0], args->ox[0] - r, w + 2 * r, s->mode,
                   s->outside, s->scale);
        if (y < r) continue;
        for (int64_t x = 0; x < w; x += BLOCK) filter_block(&j, y - r, x, w - x < BLOCK ? w - x : BLOCK);
        memcpy(wsi_image_row(&args->dst, y - r), j.out, (size_t)(w * j.channels) * sizeof(float));
    }
}
