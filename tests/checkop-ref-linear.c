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

static void ref_farid(const oprun *run, const plane *in, plane *out)
{
    static const double edge[] = {0.109603762960254, 0.276690988455557, 0, -0.276690988455557, -0.109603762960254};
    static const double smooth[] = {0.0376593171958126, 0.249153396177344, 0.426374573253687, 0.249153396177344,
                                    0.0376593171958126};
    derive(run, in, out, edge, smooth, 5);
}

/* The value of a list of one or two for an axis. */
static double axis_value(const oprun *run, const char *name, int axis)
{
    return checkop_list(run, name, checkop_list_size(run, name) > 1 ? axis : 0);
}

static void blur(const plane *in, plane *out, double sy, double sx, double truncate, const char *mode, double cval)
{
    plane middle = as_float(in, 1);
    checkop_blur_axis(in, &middle, sy, truncate, 1, mode, cval);
    checkop_blur_axis(&middle, out, sx, truncate, 0, mode, cval);
    wsi_free(middle.v);
}

static void ref_dog(const oprun *run, const plane *in, plane *out)
{
    const double truncate = checkop_number(run, "truncate"), cval = checkop_number(run, "cval");
    const char *mode = checkop_word(run, "mode"), *given = checkop_list_size(run, "high_sigma") ? "high_sigma" : NULL;
    double high[2];
    for (int axis = 0; axis < 2; axis++)
        high[axis] = given ? axis_value(run, given, axis) : 1.6 * axis_value(run, "low_sigma", axis);
    plane scaled = as_float(in, 0), stronger = as_float(in, 0);
    blur(&scaled, out, axis_value(run, "low_sigma", 0), axis_value(run, "low_sigma", 1), truncate, mode, cval);
    blur(&scaled, &stronger, high[0], high[1], truncate, mode, cval);
    for (int64_t i = 0; i < out->w * out->h * out->channels; i++) out->v[i] -= stronger.v[i];
    wsi_free(scaled.v);
    wsi_free(stronger.v);
}

static double clipped(const oprun *run, wsi_dtype type, double v)
{
    const char *clip = checkop_word(run, "clip");
    const int is_signed = type == WSI_I8 || type == WSI_I16 || type == WSI_I32;
    const int both = strcmp(clip, "symmetric") == 0 || (strcmp(clip, "auto") == 0 && is_signed);
    return fmin(fmax(v, both ? -1 : 0), 1);
}

static void ref_unsharp(const oprun *run, const plane *in, plane *out)
{
    const double amount = checkop_number(run, "amount");
    const int keep = checkop_number(run, "preserve_range") != 0;
    plane scaled = as_float(in, keep);
    blur(&scaled, out, axis_value(run, "radius", 0), axis_value(run, "radius", 1), 4, "reflect", 0);
    for (int64_t i = 0; i < out->w * out->h * out->channels; i++) {
        const double v = scaled.v[i] + (scaled.v[i] - out->v[i]) * amount;
        out->v[i] = keep ? v : clipped(run, in->type, v);
    }
    wsi_free(scaled.v);
}

static void mean_axis(const plane *in, plane *out, int64_t n, int vertical, const char *mode, double cval)
{
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                double sum = 0;
                for (int64_t k = -(n / 2); k < n - n / 2; k++)
                    sum += checkop_extended(in, vertical ? x : x + k, vertical ? y + k : y, c, mode, cval);
                *plane_at(out, x, y, c) = sum / (double)n;
            }
}

static void ref_uniform(const oprun *run, const plane *in, plane *out)
{
    const char *mode = checkop_word(run, "mode");
    const double cval = checkop_number(run, "cval");
    plane scaled = as_float(in, checkop_number(run, "preserve_range") != 0), middle = as_float(in, 1);
    mean_axis(&scaled, &middle, (int64_t)axis_value(run, "size", 0), 1, mode, cval);
    mean_axis(&middle, out, (int64_t)axis_value(run, "size", 1), 0, mode, cval);
    wsi_free(scaled.v);
    wsi_free(middle.v);
}

/* Reaches far beyond the image, and sizes at which kernels change their method. */
static const char *const dog_large[] = {"difference_of_gaussians:low_sigma=3,high_sigma=[30,11],mode=reflect",
                                        "difference_of_gaussians:low_sigma=[0,6],mode=mirror",
                                        "difference_of_gaussians:low_sigma=100,truncate=1", NULL};
static const char *const unsharp_large[] = {"unsharp_mask:radius=30", "unsharp_mask:radius=[7,0.4],clip=symmetric",
                                            NULL};
static const char *const uniform_large[] = {"uniform:size=51,mode=mirror", "uniform:size=[3,100]",
                                            "uniform:size=[90,4],preserve_range=false", NULL};

const checkop_row checkop_linear_rows[] = {
    {"difference_of_gaussians", ref_dog, dog_large},
    {"farid", ref_farid, NULL},
    {"farid_h", ref_farid, NULL},
    {"farid_v", ref_farid, NULL},
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
    {"uniform", ref_uniform, uniform_large},
    {"unsharp_mask", ref_unsharp, unsharp_large},
    {NULL, NULL, NULL},
};
