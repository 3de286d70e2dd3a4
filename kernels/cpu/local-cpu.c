/* threshold_niblack, threshold_sauvola and threshold_local's mean: sums of the window's values and squares, down the
 * columns of a ring of source rows and then across. Where sums are exact the columns' slide along with the row, so
 * that the window's height costs nothing. */
#include "local-cpu.h"

#include "extend.h"
#include "kernels/px/local-px.h"
#include "window-sum.h"

WSI_DEFINE_WINDOW_SUM(window_sum, double)

typedef struct job {
    const wsi_kernel_args *args;
    const wsi_local_state *state;
    int64_t n;     /* samples of an extended row */
    size_t stride; /* floats of a row of the ring */
    int64_t slots; /* window rows, and one to come */
    float *ring;
    double *sum, *squares; /* down the columns */
    double *run;
    double *across[2];
} job;

static float *row_of(const job *j, int64_t y)
{
    const int64_t slot = y % j->slots;
    return j->ring + (size_t)(slot < 0 ? slot + j->slots : slot) * j->stride;
}

static void load(const job *j, int64_t y)
{
    const wsi_local_state *s = j->state;
    wsi_extend_row(row_of(j, y), &j->args->src[0], y + j->args->oy[0], j->args->ox[0] - s->rx,
                   j->args->dst.w + 2 * s->rx, s->mode, s->outside);
}

static void add_row(const job *j, const float *restrict row)
{
    double *restrict s = j->sum, *restrict q = j->squares;
    for (int64_t i = 0; i < j->n; i++) {
        const double v = row[i];
        s[i] += v;
        q[i] += v * v;
    }
}

/* Exact sums: one row comes in, another goes. */
static void slide(const job *j, const float *restrict in, const float *restrict out)
{
    double *restrict s = j->sum, *restrict q = j->squares;
    for (int64_t i = 0; i < j->n; i++) {
        const double u = in[i], v = out[i];
        s[i] += u - v;
        q[i] += u * u - v * v;
    }
}

enum { LANES = WSI_VEC / 8, UNROLL = 2 };
typedef double vd __attribute__((vector_size(WSI_VEC), aligned(8), may_alias));
typedef float vh __attribute__((vector_size(WSI_VEC / 2), aligned(4), may_alias));

/* Sums down the columns i .. i + UNROLL * LANES - 1 from the window's first row, in registers. */
static void sum_columns(const job *j, int64_t y, int64_t i)
{
    vd s[UNROLL] = {{0}}, q[UNROLL] = {{0}};
    for (int64_t k = y - j->state->ry; k <= y + j->state->ry; k++) {
        const float *row = row_of(j, k) + i;
        for (int u = 0; u < UNROLL; u++) {
            const vd v = __builtin_convertvector(*(const vh *)(row + u * LANES), vd);
            s[u] += v;
            q[u] += v * v;
        }
    }
    for (int u = 0; u < UNROLL; u++) {
        *(vd *)(j->sum + i + u * LANES) = s[u];
        *(vd *)(j->squares + i + u * LANES) = q[u];
    }
}

/* Makes the column sums those of the window about output row y. */
static void advance(const job *j, int64_t y)
{
    const int64_t ry = j->state->ry;
    load(j, y + ry);
    if (!wsi_local_exact(j->args->src[0].fmt.type)) {
        for (int64_t i = 0; i < j->n; i += UNROLL * LANES) sum_columns(j, y, i);
    } else if (y > 0) {
        slide(j, row_of(j, y + ry), row_of(j, y - ry - 1));
    } else {
        memset(j->sum, 0, 2 * j->stride * sizeof(double));
        for (int64_t k = -ry; k <= ry; k++) add_row(j, row_of(j, k));
    }
}

static void mean_run(float *restrict out, const double *restrict s, const wsi_local_state *t, int64_t n)
{
    for (int64_t i = 0; i < n; i++) out[i] = (float)(s[i] * t->inverse - t->offset);
}

static void niblack_run(float *restrict out, const double *restrict s, const double *restrict q,
                        const wsi_local_state *t, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)wsi_px_niblack(s[i] * t->inverse, wsi_px_deviation(s[i], q[i], t->count, t->inverse), t->k);
}

static void sauvola_run(float *restrict out, const double *restrict s, const double *restrict q,
                        const wsi_local_state *t, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)wsi_px_sauvola(s[i] * t->inverse, wsi_px_deviation(s[i], q[i], t->count, t->inverse), t->k,
                                       t->r_scale);
}

static void sum_across(const job *j, double *to, const double *columns, int64_t i, int64_t n)
{
    const int64_t width = 2 * j->state->rx + 1, step = j->args->dst.fmt.channels;
    memcpy(j->run, columns + i, (size_t)(n + (width - 1) * step) * sizeof(double));
    window_sum(to, j->run, n, width, step);
}

/* Output samples i .. i + n - 1 of a row, from the column sums. */
static void finish(const job *j, float *out, int64_t i, int64_t n)
{
    sum_across(j, j->across[0], j->sum, i, n);
    if (j->state->formula == WSI_LOCAL_MEAN) {
        mean_run(out, j->across[0], j->state, n);
        return;
    }
    sum_across(j, j->across[1], j->squares, i, n);
    if (j->state->formula == WSI_LOCAL_NIBLACK)
        niblack_run(out, j->across[0], j->across[1], j->state, n);
    else
        sauvola_run(out, j->across[0], j->across[1], j->state, n);
}

static job job_of(const wsi_kernel_args *args, const wsi_local_state *s)
{
    const int channels = args->dst.fmt.channels;
    job j = {.args = args, .state = s};
    j.n = (args->dst.w + 2 * s->rx) * channels;
    j.stride = wsi_local_stride(args->dst.w, s->rx, channels);
    j.slots = 2 * s->ry + 2;
    j.sum = (double *)args->scratch;
    j.squares = j.sum + j.stride;
    j.across[0] = j.squares + j.stride;
    j.across[1] = j.across[0] + WSI_LOCAL_BLOCK;
    j.run = j.across[1] + WSI_LOCAL_BLOCK;
    j.ring = (float *)(j.run + WSI_LOCAL_BLOCK + 2 * s->rx * channels);
    return j;
}

void WSI_CPU(local)(const wsi_kernel_args *args, const wsi_local_state *s)
{
    const job j = job_of(args, s);
    const int64_t n = args->dst.w * args->dst.fmt.channels;
    memset(j.ring, 0, (size_t)j.slots * j.stride * sizeof(float)); /* slack read by whole vectors */
    for (int64_t y = -(int64_t)s->ry; y < s->ry; y++) load(&j, y);
    for (int64_t y = 0; y < args->dst.h; y++) {
        float *out = (float *)wsi_image_row(&args->dst, y);
        advance(&j, y);
        for (int64_t i = 0; i < n; i += WSI_LOCAL_BLOCK)
            finish(&j, out + i, i, n - i < WSI_LOCAL_BLOCK ? n - i : WSI_LOCAL_BLOCK);
    }
}

WSI_CPU_KERNEL(threshold_niblack)
{
    WSI_CPU(local)(args, (const wsi_local_state *)args->state);
}

WSI_CPU_KERNEL(threshold_sauvola)
{
    WSI_CPU(local)(args, (const wsi_local_state *)args->state);
}
