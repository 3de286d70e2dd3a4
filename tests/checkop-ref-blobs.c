/* Reference of scale-space maxima of blob detectors, from their definitions in float64. Where responses of neighbours
 * differ by no more than their last digits, which of them is the larger is not asked: scikit-image decides that in
 * ops_oracle_points.py. */
#include "checkop.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"

enum { SCALES_MAX = 40 };

static plane plane_like(const plane *in)
{
    plane p = {in->w, in->h, 1, WSI_F64, (double *)wsi_calloc((size_t)(in->w * in->h), sizeof(double))};
    return p;
}

/* Derivative `order` (0 or 2) of a Gaussian along one axis, cut off at 4 sigma. */
static plane derivative(const plane *in, double sigma, int order, int vertical)
{
    const int64_t r = (int64_t)(4 * sigma + 0.5);
    plane out = plane_like(in);
    double total = 0;
    for (int64_t k = -r; k <= r; k++) total += exp(-0.5 * (double)(k * k) / (sigma * sigma));
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            double sum = 0;
            for (int64_t k = -r; k <= r; k++) {
                const double z = (double)(k * k) / (sigma * sigma), g = exp(-0.5 * z) / total;
                const double v = checkop_extended(in, x + (vertical ? 0 : k), y + (vertical ? k : 0), 0, "reflect", 0);
                sum += v * (order ? (z - 1) / (sigma * sigma) * g : g);
            }
            *plane_at(&out, x, y, 0) = sum;
        }
    return out;
}

static plane blurred(const plane *in, double sigma, int order_y, int order_x)
{
    const plane down = derivative(in, sigma, order_y, 1), out = derivative(&down, sigma, order_x, 0);
    wsi_free(down.v);
    return out;
}

/* a + sign b, into a; b is freed. */
static void combine(const plane *a, plane b, double sign, double factor)
{
    for (int64_t i = 0; i < a->w * a->h; i++) a->v[i] = factor * (a->v[i] + sign * b.v[i]);
    wsi_free(b.v);
}

static plane determinant(const plane *p, double sigma)
{
    plane out = plane_like(p);
    for (int64_t y = 0; y < p->h; y++)
        for (int64_t x = 0; x < p->w; x++)
            *plane_at(&out, x, y, 0) = checkop_box_determinant(p, y, x, (int64_t)(3 * sigma));
    return out;
}

/* Scale i of n, the last one exactly; sizes of boxes hang on its last digit, so logarithms are those of Python's
 * math.log(x, 10). */
static double sigma_at(const oprun *run, int i, int n)
{
    const double from = checkop_number(run, "min_sigma"), to = checkop_number(run, "max_sigma");
    if (strcmp(checkop_word(run, "method"), "dog") == 0) return from * pow(checkop_number(run, "sigma_ratio"), i);
    const int logs = checkop_number(run, "log_scale") != 0;
    const double first = logs ? log(from) / log(10) : from, last = logs ? log(to) / log(10) : to;
    const double at = n > 1 && i == n - 1 ? last : first + (n > 1 ? i * ((last - first) / (n - 1)) : 0);
    return logs ? pow(10, at) : at;
}

static plane response(const oprun *run, const plane *image, int i, int n)
{
    const double sigma = sigma_at(run, i, n);
    if (strcmp(checkop_word(run, "method"), "doh") == 0) return determinant(image, sigma);
    if (strcmp(checkop_word(run, "method"), "dog") == 0) {
        plane p = blurred(image, sigma, 0, 0);
        combine(&p, blurred(image, sigma_at(run, i + 1, n), 0, 0), -1, 1 / (checkop_number(run, "sigma_ratio") - 1));
        return p;
    }
    plane p = blurred(image, sigma, 2, 0);
    combine(&p, blurred(image, sigma, 0, 2), 1, -sigma * sigma);
    return p;
}

/* The response, NaN where a neighbour's is larger, ANY where one is as large within rounding. */
static double judged(const plane *scales, int n, int k, int64_t x, int64_t y, double slack)
{
    const double v = *plane_at(&scales[k], x, y, 0), near = slack * fmax(1, fabs(v));
    int doubtful = 0;
    for (int s = k > 0 ? k - 1 : 0; s <= k + 1 && s < n; s++)
        for (int64_t j = y - 1; j <= y + 1; j++)
            for (int64_t i = x - 1; i <= x + 1; i++) {
                if (j < 0 || i < 0 || j >= scales[s].h || i >= scales[s].w || (s == k && i == x && j == y)) continue;
                const double other = *plane_at(&scales[s], i, j, 0);
                if (other > v + near) return NAN;
                doubtful |= other >= v - near;
            }
    return doubtful ? CHECKOP_ANY : v;
}

static void ref_blob_response(const oprun *run, const plane *in, plane *out)
{
    const int n = out->channels;
    plane image = plane_like(in), scales[SCALES_MAX];
    for (int64_t i = 0; i < in->w * in->h; i++) image.v[i] = checkop_as_float(in->type, in->v[i]);
    for (int k = 0; k < n; k++) scales[k] = response(run, &image, k, n);
    const double slack = in->type == WSI_F32 ? 1e-6 : 1e-11;
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int k = 0; k < n; k++) *plane_at(out, x, y, k) = judged(scales, n, k, x, y, slack);
    for (int k = 0; k < n; k++) wsi_free(scales[k].v);
    wsi_free(image.v);
}

/* Narrow scales, of which the outermost taps weigh much, show where the halo ends. */
static const char *const response_large[] = {"blob_response:min_sigma=0.37,max_sigma=0.37,num_sigma=1",
                                             "blob_response:min_sigma=0.36,max_sigma=0.37,num_sigma=2",
                                             "blob_response:min_sigma=0.35,max_sigma=0.35,num_sigma=1",
                                             "blob_response:min_sigma=0.6,max_sigma=0.6,num_sigma=1",
                                             "blob_response:method=doh,min_sigma=1.4,max_sigma=1.4,num_sigma=1",
                                             "blob_response:method=doh,min_sigma=1,max_sigma=1,num_sigma=1",
                                             "blob_response:min_sigma=2,max_sigma=9,num_sigma=2",
                                             "blob_response:method=dog,min_sigma=3,max_sigma=10",
                                             "blob_response:method=doh,min_sigma=3,max_sigma=8,num_sigma=2",
                                             NULL};

const checkop_row checkop_blob_rows[] = {
    {"blob_response", ref_blob_response, response_large},
    {NULL, NULL, NULL},
};
