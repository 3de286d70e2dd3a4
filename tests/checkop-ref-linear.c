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

/* in with k->w columns and k->h rows more on each side. */
static plane extended(const plane *in, const weights *k, const char *mode, double cval)
{
    plane p = {in->w + 2 * k->w, in->h + 2 * k->h, in->channels, in->type, NULL};
    p.v = (double *)wsi_calloc((size_t)(p.w * p.h * p.channels), sizeof(double));
    for (int64_t y = 0; y < p.h; y++)
        for (int64_t x = 0; x < p.w; x++)
            for (int c = 0; c < p.channels; c++)
                *plane_at(&p, x, y, c) = checkop_extended(in, x - k->w, y - k->h, c, mode, cval);
    return p;
}

/* True convolution as SciPy's: out(y, x) = sum of v(i, j) * in(y + cy - i, x + cx - j). */
static void convolve(const plane *in, plane *out, const weights *k, const char *mode, double cval)
{
    plane wide = extended(in, k, mode, cval);
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                double sum = 0;
                for (int64_t i = 0; i < k->h; i++)
                    for (int64_t j = 0; j < k->w; j++)
                        sum += k->v[i * k->w + j] * *plane_at(&wide, x + k->w + k->cx - j, y + k->h + k->cy - i, c);
                *plane_at(out, x, y, c) = sum;
            }
    wsi_free(wide.v);
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

static int any_negative(const plane *p)
{
    const int64_t n = p->w * p->h * p->channels;
    for (int64_t i = 0; i < n; i++)
        if (p->v[i] < 0) return 1;
    return 0;
}

static void ref_unsharp(const oprun *run, const plane *in, plane *out)
{
    const char *clip = checkop_word(run, "clip");
    const double amount = checkop_number(run, "amount");
    const int keep = checkop_number(run, "preserve_range") != 0;
    const int both = strcmp(clip, "symmetric") == 0 || (strcmp(clip, "auto") == 0 && any_negative(in));
    plane scaled = as_float(in, keep);
    blur(&scaled, out, axis_value(run, "radius", 0), axis_value(run, "radius", 1), 4, "reflect", 0);
    for (int64_t i = 0; i < out->w * out->h * out->channels; i++) {
        const double v = scaled.v[i] + (scaled.v[i] - out->v[i]) * amount;
        out->v[i] = keep ? v : fmin(fmax(v, both ? -1 : 0), 1);
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

static void ref_convolve(const oprun *run, const plane *in, plane *out)
{
    const int64_t n = checkop_list_size(run, "kernel"), root = (int64_t)(sqrt((double)n) + 0.5);
    int64_t w = (int64_t)checkop_number(run, "width"), h = (int64_t)checkop_number(run, "height");
    double *v = (double *)wsi_calloc((size_t)n, sizeof(double));
    plane scaled = as_float(in, checkop_number(run, "preserve_range") != 0);
    if (!w) w = h ? n / h : root;
    if (!h) h = n / w;
    for (int64_t i = 0; i < n; i++) v[i] = checkop_list(run, "kernel", (int)i);
    convolve(&scaled, out, &(weights){w, h, w / 2, h / 2, v}, checkop_word(run, "mode"), checkop_number(run, "cval"));
    wsi_free(scaled.v);
    wsi_free(v);
}

/* A part of the kernel over -rx..rx, -ry..ry. */
static double gabor_at(const oprun *run, const double *sigma, int64_t x, int64_t y, int imaginary)
{
    const double theta = checkop_number(run, "theta");
    const double u = (double)x * cos(theta) + (double)y * sin(theta);
    const double v = -(double)x * sin(theta) + (double)y * cos(theta);
    const double phase = 2 * acos(-1) * checkop_number(run, "frequency") * u + checkop_number(run, "offset");
    const double size = exp(-0.5 * (u * u / (sigma[0] * sigma[0]) + v * v / (sigma[1] * sigma[1])));
    return size * (imaginary ? sin(phase) : cos(phase)) / (2 * acos(-1) * sigma[0] * sigma[1]);
}

static int64_t gabor_reach(const oprun *run, double along, double across)
{
    const double theta = checkop_number(run, "theta"), n = checkop_number(run, "n_stds");
    return (int64_t)ceil(fmax(fmax(fabs(n * along * cos(theta)), fabs(n * across * sin(theta))), 1));
}

/* One part of the response. */
static void gabor_part(const oprun *run, const plane *scaled, plane *out, const double *sigma, int imaginary)
{
    const int64_t rx = gabor_reach(run, sigma[0], sigma[1]), ry = gabor_reach(run, sigma[1], sigma[0]);
    const int64_t w = 2 * rx + 1, h = 2 * ry + 1;
    double *v = (double *)wsi_calloc((size_t)(w * h), sizeof(double));
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) v[y * w + x] = gabor_at(run, sigma, x - rx, y - ry, imaginary);
    convolve(scaled, out, &(weights){w, h, rx, ry, v}, checkop_word(run, "mode"), checkop_number(run, "cval"));
    wsi_free(v);
}

static void ref_gabor(const oprun *run, const plane *in, plane *out)
{
    const double octave = pow(2, checkop_number(run, "bandwidth"));
    const double usual = sqrt(log(2) / 2) / acos(-1) * (octave + 1) / (octave - 1) / checkop_number(run, "frequency");
    const double given[2] = {checkop_number(run, "sigma_x"), checkop_number(run, "sigma_y")};
    const double sigma[2] = {given[0] > 0 ? given[0] : usual, given[1] > 0 ? given[1] : usual};
    const char *part = checkop_word(run, "output");
    plane scaled = as_float(in, checkop_number(run, "preserve_range") != 0), imaginary = as_float(in, 1);
    gabor_part(run, &scaled, out, sigma, strcmp(part, "imag") == 0);
    if (strcmp(part, "magnitude") == 0) {
        gabor_part(run, &scaled, &imaginary, sigma, 1);
        for (int64_t i = 0; i < out->w * out->h * out->channels; i++) out->v[i] = hypot(out->v[i], imaginary.v[i]);
    }
    wsi_free(scaled.v);
    wsi_free(imaginary.v);
}

/* Reaches far beyond the image, and sizes at which kernels change their method. */
static const char *const dog_large[] = {"difference_of_gaussians:low_sigma=3,high_sigma=[30,11],mode=reflect",
                                        "difference_of_gaussians:low_sigma=[0,6],mode=mirror",
                                        "difference_of_gaussians:low_sigma=100,truncate=1", NULL};
static const char *const unsharp_large[] = {"unsharp_mask:radius=30", "unsharp_mask:radius=[7,0.4],clip=symmetric",
                                            NULL};
static const char *const uniform_large[] = {"uniform:size=51,mode=mirror", "uniform:size=[3,100]",
                                            "uniform:size=[90,4],preserve_range=false", NULL};

static const char *const convolve_large[] = {"convolve:kernel=[1,2,3,4,5,6,7,8,9]",
                                             "convolve:kernel=[1,-2,3,4],mode=mirror",
                                             "convolve:kernel=[1,2,3,4,5,6,7,8,9,10,11,12,13,14],height=2,mode=nearest",
                                             "convolve:kernel=[3,1,4,1,5,9,2,6],width=1,mode=constant,cval=0.5",
                                             "convolve:kernel=[2,7,1,8,2,8],width=3,height=2,preserve_range=false",
                                             NULL};
static const char *const gabor_large[] = {"gabor:frequency=0.03,theta=0.7,mode=mirror,preserve_range=false",
                                          "gabor:frequency=0.02,output=magnitude",
                                          "gabor:frequency=0.3,theta=1,sigma_x=9,sigma_y=2,output=magnitude",
                                          "gabor:frequency=0.2,theta=2,sigma_x=3,sigma_y=5,output=imag,offset=1", NULL};

const checkop_row checkop_linear_rows[] = {
    {"convolve", ref_convolve, convolve_large},
    {"difference_of_gaussians", ref_dog, dog_large},
    {"farid", ref_farid, NULL},
    {"farid_h", ref_farid, NULL},
    {"farid_v", ref_farid, NULL},
    {"gabor", ref_gabor, gabor_large},
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
