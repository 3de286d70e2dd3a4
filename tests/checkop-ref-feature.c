/* References of structure tensors, Hessians, shape index, corners and local binary patterns, from their definitions in
 * float64. */
#include "checkop.h"

#include <math.h>
#include <string.h>

#include "checkop-ref-ridge.h"
#include "common/mem.h"

static plane like(const plane *p)
{
    plane q = *p;
    q.v = (double *)wsi_calloc((size_t)(p->w * p->h), sizeof(double));
    q.channels = 1;
    return q;
}

static plane as_float(const plane *in)
{
    plane p = like(in);
    for (int64_t i = 0; i < in->w * in->h; i++) p.v[i] = checkop_as_float(in->type, in->v[i]);
    return p;
}

/* One axis of a Gaussian truncated at 4 sigma. */
static void smooth_axis(const plane *in, const plane *out, double sigma, int vertical, const char *mode, double cval)
{
    const int64_t r = sigma > 1e-15 ? (int64_t)floor(4 * sigma + 0.5) : 0;
    double total = 1;
    for (int64_t k = 1; k <= r; k++) total += 2 * exp(-0.5 * (double)(k * k) / (sigma * sigma));
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            double sum = *plane_at(in, x, y, 0) / total;
            for (int64_t k = r; k >= 1; k--) {
                const int64_t dx = vertical ? 0 : k, dy = vertical ? k : 0;
                const double pair = checkop_extended(in, x + dx, y + dy, 0, mode, cval) +
                                    checkop_extended(in, x - dx, y - dy, 0, mode, cval);
                sum += pair * (exp(-0.5 * (double)(k * k) / (sigma * sigma)) / total);
            }
            *plane_at(out, x, y, 0) = sum;
        }
}

static plane smoothed(const plane *in, double sy, double sx, const char *mode, double cval)
{
    plane middle = like(in), out = like(in);
    smooth_axis(in, &middle, sy, 1, mode, cval);
    smooth_axis(&middle, &out, sx, 0, mode, cval);
    wsi_free(middle.v);
    return out;
}

/* numpy.gradient; 0 along an axis of one pixel. */
static plane gradient(const plane *in, int vertical)
{
    plane out = like(in);
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            const int64_t at = vertical ? y : x, n = vertical ? in->h : in->w;
            const int64_t a = at > 0 ? at - 1 : 0, b = at + 1 < n ? at + 1 : n - 1;
            const double before = vertical ? *plane_at(in, x, a, 0) : *plane_at(in, a, y, 0);
            const double next = vertical ? *plane_at(in, x, b, 0) : *plane_at(in, b, y, 0);
            *plane_at(&out, x, y, 0) = b > a ? (next - before) / (double)(b - a) : 0;
        }
    return out;
}

/* rr, rc, cc of an image on the 0..1 scale. */
static void differences(const plane *in, double sigma, const char *mode, double cval, plane h[3])
{
    plane image = as_float(in), smooth = smoothed(&image, sigma, sigma, mode, cval);
    plane gr = gradient(&smooth, 1), gc = gradient(&smooth, 0);
    h[0] = gradient(&gr, 1);
    h[1] = gradient(&gr, 0);
    h[2] = gradient(&gc, 0);
    wsi_free(image.v);
    wsi_free(smooth.v);
    wsi_free(gr.v);
    wsi_free(gc.v);
}

static void ref_hessian_matrix(const oprun *run, const plane *in, plane *out)
{
    const double sigma = checkop_number(run, "sigma"), cval = checkop_number(run, "cval");
    const char *mode = checkop_word(run, "mode");
    const int swap = strcmp(checkop_word(run, "order"), "xy") == 0;
    plane h[4], image = as_float(in);
    const int gaussian = checkop_number(run, "use_gaussian_derivatives") != 0;
    if (gaussian)
        checkop_hessian(&image, sigma, mode, cval, h);
    else
        differences(in, sigma, mode, cval, h);
    const plane *rr = &h[0], *cc = &h[gaussian ? 3 : 2], *mixed = &h[gaussian && swap ? 2 : 1];
    for (int64_t i = 0; i < in->w * in->h; i++) {
        out->v[3 * i] = swap ? cc->v[i] : rr->v[i];
        out->v[3 * i + 1] = mixed->v[i];
        out->v[3 * i + 2] = swap ? rr->v[i] : cc->v[i];
    }
    for (int k = 0; k < (gaussian ? 4 : 3); k++) wsi_free(h[k].v);
    wsi_free(image.v);
}

/* The sum of a box of rows x columns that begins below and right of (y, x), as an integral image that is looked at
 * within its bounds gives it. */
static double box(const plane *p, int64_t y, int64_t x, int64_t rows, int64_t columns)
{
    double sum = 0;
    y = y < 0 ? 0 : y >= p->h ? p->h - 1 : y;
    x = x < 0 ? 0 : x >= p->w ? p->w - 1 : x;
    for (int64_t j = y + 1; j <= y + rows && j < p->h; j++)
        for (int64_t i = x + 1; i <= x + columns && i < p->w; i++) sum += *plane_at(p, i, j, 0);
    return fmax(sum, 0);
}

double checkop_box_determinant(const plane *p, int64_t y, int64_t x, int64_t size)
{
    const int64_t t = size / 3, half = (size - 1) / 2;
    const double area = (double)(size * size);
    const double xy = box(p, y - t, x + 1, t, t) + box(p, y + 1, x - t, t, t) - box(p, y - t, x - t, t, t) -
                      box(p, y + 1, x + 1, t, t);
    const double xx = box(p, y - t + 1, x - half, 2 * t - 1, size) - 3 * box(p, y - t + 1, x - t / 2, 2 * t - 1, t);
    const double yy = box(p, y - half, x - t + 1, size, 2 * t - 1) - 3 * box(p, y - t / 2, x - t + 1, t, 2 * t - 1);
    return (xx / area) * (yy / area) - 0.81 * (xy / area) * (xy / area);
}

static void ref_hessian_matrix_det(const oprun *run, const plane *in, plane *out)
{
    const double sigma = checkop_number(run, "sigma");
    if (checkop_number(run, "approximate") != 0) {
        plane image = as_float(in);
        for (int64_t y = 0; y < in->h; y++)
            for (int64_t x = 0; x < in->w; x++)
                *plane_at(out, x, y, 0) = checkop_box_determinant(&image, y, x, (int64_t)(3 * sigma));
        wsi_free(image.v);
        return;
    }
    plane h[3];
    differences(in, sigma, "constant", 0, h);
    for (int64_t i = 0; i < in->w * in->h; i++) out->v[i] = h[0].v[i] * h[2].v[i] - h[1].v[i] * h[1].v[i];
    for (int k = 0; k < 3; k++) wsi_free(h[k].v);
}

/* Where both eigenvalues, or their difference, are lost in float64's rounding, the sign is chance. */
static void ref_shape_index(const oprun *run, const plane *in, plane *out)
{
    const double sigma = checkop_number(run, "sigma"), cval = checkop_number(run, "cval");
    plane h[3];
    differences(in, sigma, checkop_word(run, "mode"), cval, h);
    for (int64_t i = 0; i < in->w * in->h; i++) {
        const double mean = (h[0].v[i] + h[2].v[i]) / 2, root = hypot((h[0].v[i] - h[2].v[i]) / 2, h[1].v[i]);
        const double lost = 1e-9 * (1 + fabs(cval));
        const int flat = mean == 0 && root == 0;
        out->v[i] = flat ? NAN : root < lost ? CHECKOP_ANY : 2 / 3.14159265358979323846 * atan(mean / -root);
    }
    for (int k = 0; k < 3; k++) wsi_free(h[k].v);
}

/* Sums of three taps along one axis: a derivative or its smoothing. */
static plane three_taps(const plane *in, int vertical, double outer, double middle, int odd, const char *mode,
                        double cval)
{
    plane out = like(in);
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            const int64_t dx = vertical ? 0 : 1, dy = vertical ? 1 : 0;
            const double next = checkop_extended(in, x + dx, y + dy, 0, mode, cval);
            const double before = checkop_extended(in, x - dx, y - dy, 0, mode, cval);
            *plane_at(&out, x, y, 0) = outer * (odd ? next - before : next + before) + middle * *plane_at(in, x, y, 0);
        }
    return out;
}

/* SciPy's sobel: the derivative along its own axis first. */
static plane sobel(const plane *in, int vertical, const char *mode, double cval)
{
    plane derived = three_taps(in, vertical, 1, 0, 1, mode, cval);
    plane out = three_taps(&derived, !vertical, 1, 2, 0, mode, cval);
    wsi_free(derived.v);
    return out;
}

static void structure(const oprun *run, const plane *in, const char *mode, double cval, plane a[3])
{
    const int last = checkop_list_size(run, "sigma") - 1;
    plane image = as_float(in), d[2] = {sobel(&image, 1, mode, cval), sobel(&image, 0, mode, cval)};
    for (int k = 0; k < 3; k++) {
        const plane *p = &d[k / 2], *q = &d[(k + 1) / 2];
        plane product = like(in);
        for (int64_t i = 0; i < in->w * in->h; i++) product.v[i] = p->v[i] * q->v[i];
        a[k] = smoothed(&product, checkop_list(run, "sigma", 0), checkop_list(run, "sigma", last), mode, cval);
        wsi_free(product.v);
    }
    wsi_free(image.v);
    wsi_free(d[0].v);
    wsi_free(d[1].v);
}

static void ref_structure_tensor(const oprun *run, const plane *in, plane *out)
{
    const int swap = strcmp(checkop_word(run, "order"), "xy") == 0;
    plane a[3];
    structure(run, in, checkop_word(run, "mode"), checkop_number(run, "cval"), a);
    for (int64_t i = 0; i < in->w * in->h; i++)
        for (int k = 0; k < 3; k++) out->v[3 * i + k] = a[swap ? 2 - k : k].v[i];
    for (int k = 0; k < 3; k++) wsi_free(a[k].v);
}

static void ref_corner_harris(const oprun *run, const plane *in, plane *out)
{
    const int by_eps = strcmp(checkop_word(run, "method"), "eps") == 0;
    const double k = checkop_number(run, "k"), eps = checkop_number(run, "eps");
    plane a[3];
    structure(run, in, "constant", 0, a);
    for (int64_t i = 0; i < in->w * in->h; i++) {
        const double det = a[0].v[i] * a[2].v[i] - a[1].v[i] * a[1].v[i], trace = a[0].v[i] + a[2].v[i];
        out->v[i] = by_eps ? 2 * det / (trace + eps) : det - k * trace * trace;
    }
    for (int m = 0; m < 3; m++) wsi_free(a[m].v);
}

static void ref_eigenvalues(const oprun *run, const plane *in, plane *out)
{
    (void)run;
    for (int64_t i = 0; i < in->w * in->h; i++) {
        const double a = in->v[3 * i], b = in->v[3 * i + 1], c = in->v[3 * i + 2], root = hypot((a - c) / 2, b);
        out->v[2 * i] = (a + c) / 2 + root;
        out->v[2 * i + 1] = (a + c) / 2 - root;
    }
}

static double between(const plane *p, double y, double x)
{
    const int64_t y0 = (int64_t)floor(y), x0 = (int64_t)floor(x), y1 = (int64_t)ceil(y), x1 = (int64_t)ceil(x);
    const double fy = y - floor(y), fx = x - floor(x);
    const double top =
        (1 - fx) * checkop_extended(p, x0, y0, 0, "constant", 0) + fx * checkop_extended(p, x1, y0, 0, "constant", 0);
    const double bottom =
        (1 - fx) * checkop_extended(p, x0, y1, 0, "constant", 0) + fx * checkop_extended(p, x1, y1, 0, "constant", 0);
    return (1 - fy) * top + fy * bottom;
}

/* The pattern's number, its neighbours one by one in a list. */
static double pattern(const int *one, int n, const char *method)
{
    int ones = 0, changes = 0, first_one = -1, first_zero = -1;
    double number = 0, least = HUGE_VAL;
    for (int i = 0; i < n; i++) {
        ones += one[i];
        changes += i + 1 < n && one[i] != one[i + 1];
        if (one[i] && first_one < 0) first_one = i;
        if (!one[i] && first_zero < 0) first_zero = i;
        number += one[i] * exp2(i);
    }
    for (int turn = 0; turn < n; turn++) {
        double turned = 0;
        for (int i = 0; i < n; i++) turned += one[(i + turn) % n] * exp2(i);
        least = fmin(least, turned);
    }
    if (strcmp(method, "default") == 0) return number;
    if (strcmp(method, "ror") == 0) return least;
    if (strcmp(method, "nri_uniform") != 0) return changes <= 2 ? ones : n + 1;
    if (changes > 2) return n * (n - 1) + 2;
    if (ones == 0) return 0;
    if (ones == n) return n * (n - 1) + 1;
    return 1 + (ones - 1) * n + (first_one == 0 ? ones - first_zero : n - first_one);
}

static void ref_local_binary_pattern(const oprun *run, const plane *in, plane *out)
{
    const int n = (int)checkop_number(run, "P");
    const double r = (double)(float)checkop_number(run, "R");
    const char *method = checkop_word(run, "method");
    double v[64];
    int one[64];
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            double mean = 0, variance = 0;
            for (int i = 0; i < n; i++) {
                const double angle = 2 * 3.14159265358979323846 * i / n;
                const double dy = rint(-r * sin(angle) * 1e5) / 1e5, dx = rint(r * cos(angle) * 1e5) / 1e5;
                v[i] = between(in, (double)y + dy, (double)x + dx);
                one[i] = v[i] - *plane_at(in, x, y, 0) >= 0;
                mean += v[i];
            }
            mean /= n;
            for (int i = 0; i < n; i++) variance += (v[i] - mean) * (v[i] - mean);
            variance /= n;
            const double number = pattern(one, n, method);
            const int spread = strcmp(method, "var") == 0;
            *plane_at(out, x, y, 0) = !spread ? number : variance == 0 ? NAN : variance;
        }
}

static const char *const hessian_matrix_large[] = {"hessian_matrix:sigma=9,mode=reflect",
                                                   "hessian_matrix:sigma=8,use_gaussian_derivatives=true,order=xy",
                                                   "hessian_matrix:sigma=0.8,use_gaussian_derivatives=true", NULL};
static const char *const det_large[] = {"hessian_matrix_det:sigma=7", "hessian_matrix_det:sigma=5,approximate=false",
                                        NULL};
static const char *const shape_large[] = {"shape_index:sigma=6,mode=mirror", NULL};
static const char *const tensor_large[] = {"structure_tensor:sigma=[9,2],mode=reflect", NULL};
static const char *const harris_large[] = {"corner_harris:sigma=6", NULL};
static const char *const pattern_large[] = {"local_binary_pattern:P=24,R=9.5,method=nri_uniform",
                                            "local_binary_pattern:P=13,R=2.2,method=ror", NULL};

const checkop_row checkop_feature_rows[] = {
    {"hessian_matrix", ref_hessian_matrix, hessian_matrix_large},
    {"hessian_matrix_eigvals", ref_eigenvalues, NULL},
    {"hessian_matrix_det", ref_hessian_matrix_det, det_large},
    {"shape_index", ref_shape_index, shape_large},
    {"structure_tensor", ref_structure_tensor, tensor_large},
    {"structure_tensor_eigenvalues", ref_eigenvalues, NULL},
    {"corner_harris", ref_corner_harris, harris_large},
    {"local_binary_pattern", ref_local_binary_pattern, pattern_large},
    {NULL, NULL, NULL},
};
