/* References of the linear filters: direct sums in float64. */
#include "checkop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static plane as_float(const plane *in, int keep)
{
    plane p = *in;
    p.v = (double *)wsi_calloc((size_t)(in->w * in->h * in->channels), sizeof(double));
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++)
        p.v[i] = keep ? in->v[i] : checkop_as_float(in->type, in->v[i]);
    return p;
}

/* A kernel of h x w weights whose (cy, cx) lies on the pixel. */
typedef struct weights {
    int64_t w, h, cx, cy;
    const double *v;
} weights;

/* True convolution as SciPy's: out(y, x) = sum of v(i, j) * in(y + cy - i, x + cx - j). */
static void convolve(const plane *in, plane *out, const weights *k, const char *mode, double cval)
{
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                double sum = 0;
                for (int64_t i = 0; i < k->h; i++)
                    for (int64_t j = 0; j < k->w; j++) {
                        const double weight = k->v[i * k->w + j];
                        if (weight != 0)
                            sum += weight * checkop_extended(in, x + k->cx - j, y + k->cy - i, c, mode, cval);
                    }
                *plane_at(out, x, y, c) = sum;
            }
}

/* Replaces out by sqrt((out^2 + other^2) / 2). */
static void magnitude(plane *out, const plane *other)
{
    for (int64_t i = 0; i < out->w * out->h * out->channels; i++)
        out->v[i] = sqrt((out->v[i] * out->v[i] + other->v[i] * other->v[i]) / 2);
}

/* The operator with weights k, or the magnitude of it and of k2. */
static void operate(const oprun *run, const plane *in, plane *out, const weights *k, const weights *k2)
{
    const int has_mode = wsi_param_find(run->op->params, run->op->param_count, "mode") >= 0;
    const char *mode = has_mode ? checkop_word(run, "mode") : "reflect";
    const double cval = has_mode ? checkop_number(run, "cval") : 0;
    plane scaled = as_float(in, 0), other = as_float(in, 0);
    convolve(&scaled, out, k, mode, cval);
    if (k2) {
        convolve(&scaled, &other, k2, mode, cval);
        magnitude(out, &other);
    }
    wsi_free(scaled.v);
    wsi_free(other.v);
}

enum { DERIVATIVE_MOST = 5 };

/* n taps of a derivative and of a smoothing: the operators NAME, NAME_h and NAME_v, by the run's axis or name. */
static void derive(const oprun *run, const plane *in, plane *out, const double *edge, const double *smooth, int n)
{
    double rows[DERIVATIVE_MOST * DERIVATIVE_MOST], columns[DERIVATIVE_MOST * DERIVATIVE_MOST];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            rows[i * n + j] = edge[i] * smooth[j];
            columns[i * n + j] = smooth[i] * edge[j];
        }
    const weights ky = {n, n, n / 2, n / 2, rows}, kx = {n, n, n / 2, n / 2, columns};
    const char *end = strrchr(run->op->name, '_');
    const char axis = end ? (end[1] == 'h' ? '0' : '1') : checkop_word(run, "axis")[0];
    if (axis == '0')
        operate(run, in, out, &ky, NULL);
    else if (axis == '1')
        operate(run, in, out, &kx, NULL);
    else
        operate(run, in, out, &ky, &kx);
}

static void ref_sobel(const oprun *run, const plane *in, plane *out)
{
    derive(run, in, out, (const double[]){1, 0, -1}, (const double[]){0.25, 0.5, 0.25}, 3);
}

static void ref_scharr(const oprun *run, const plane *in, plane *out)
{
    derive(run, in, out, (const double[]){1, 0, -1}, (const double[]){3 / 16., 10 / 16., 3 / 16.}, 3);
}

static void ref_prewitt(const oprun *run, const plane *in, plane *out)
{
    derive(run, in, out, (const double[]){1, 0, -1}, (const double[]){1 / 3., 1 / 3., 1 / 3.}, 3);
}

static const double falling[] = {1, 0, 0, -1}, rising[] = {0, 1, -1, 0};

static void ref_roberts(const oprun *run, const plane *in, plane *out)
{
    operate(run, in, out, &(weights){2, 2, 1, 1, falling}, &(weights){2, 2, 1, 1, rising});
}

static void ref_roberts_pos(const oprun *run, const plane *in, plane *out)
{
    operate(run, in, out, &(weights){2, 2, 1, 1, falling}, NULL);
}

static void ref_roberts_neg(const oprun *run, const plane *in, plane *out)
{
    operate(run, in, out, &(weights){2, 2, 1, 1, rising}, NULL);
}

static void ref_laplace(const oprun *run, const plane *in, plane *out)
{
    static const double cross[] = {0, -1, 0, -1, 4, -1, 0, -1, 0};
    operate(run, in, out, &(weights){3, 3, 1, 1, cross}, NULL);
}

const checkop_row checkop_linear_rows[] = {
    {"laplace", ref_laplace, NULL},
    {"prewitt", ref_prewitt, NULL},
    {"prewitt_h", ref_prewitt, NULL},
    {"prewitt_v", ref_prewitt, NULL},
    {"roberts", ref_roberts, NULL},
    {"roberts_neg_diag", ref_roberts_neg, NULL},
    {"roberts_pos_diag", ref_roberts_pos, NULL},
    {"scharr", ref_scharr, NULL},
    {"scharr_h", ref_scharr, NULL},
    {"scharr_v", ref_scharr, NULL},
    {"sobel_h", ref_sobel, NULL},
    {"sobel_v", ref_sobel, NULL},
    {NULL, NULL, NULL},
};
