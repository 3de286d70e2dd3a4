/* References of the filters: direct sums and sorts in float64. */
#include "checkop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static plane as_float(const plane *in)
{
    plane p = *in;
    p.v = (double *)wsi_calloc((size_t)(in->w * in->h * in->channels), sizeof(double));
    for (int64_t i = 0; i < in->w * in->h * in->channels; i++) p.v[i] = checkop_as_float(in->type, in->v[i]);
    return p;
}

void checkop_blur_axis(const plane *in, plane *out, double sigma, double truncate, int vertical, const char *mode,
                       double cval)
{
    const int64_t r = sigma > 1e-15 ? (int64_t)floor(truncate * sigma + 0.5) : 0;
    double *weights = (double *)wsi_calloc((size_t)(2 * r + 1), sizeof(double)), total = 0;
    for (int64_t k = -r; k <= r; k++) total += weights[k + r] = r ? exp(-0.5 * (double)(k * k) / (sigma * sigma)) : 1;
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                double sum = 0;
                for (int64_t k = -r; k <= r; k++)
                    sum += checkop_extended(in, vertical ? x : x + k, vertical ? y + k : y, c, mode, cval) *
                           weights[k + r] / total;
                *plane_at(out, x, y, c) = sum;
            }
    wsi_free(weights);
}

static void ref_gaussian(const oprun *run, const plane *in, plane *out)
{
    const int last = checkop_list_size(run, "sigma") - 1;
    const double truncate = checkop_number(run, "truncate"), cval = checkop_number(run, "cval");
    const char *mode = checkop_word(run, "mode");
    plane scaled = as_float(in), middle = as_float(in);
    if (checkop_number(run, "preserve_range") != 0)
        memcpy(scaled.v, in->v, (size_t)(in->w * in->h * in->channels) * sizeof(double));
    checkop_blur_axis(&scaled, &middle, checkop_list(run, "sigma", 0), truncate, 1, mode, cval);
    checkop_blur_axis(&middle, out, checkop_list(run, "sigma", last), truncate, 0, mode, cval);
    wsi_free(scaled.v);
    wsi_free(middle.v);
}

/* Derivative along one axis at a pixel. */
static double derivative(const plane *p, int64_t x, int64_t y, int c, int vertical, const char *mode, double cval)
{
    static const double smooth[3] = {0.25, 0.5, 0.25};
    double sum = 0;
    for (int k = -1; k <= 1; k++) {
        const double ahead = vertical ? checkop_extended(p, x + k, y + 1, c, mode, cval)
                                      : checkop_extended(p, x + 1, y + k, c, mode, cval);
        const double behind = vertical ? checkop_extended(p, x + k, y - 1, c, mode, cval)
                                       : checkop_extended(p, x - 1, y + k, c, mode, cval);
        sum += smooth[k + 1] * (ahead - behind);
    }
    return sum;
}

static void ref_sobel(const oprun *run, const plane *in, plane *out)
{
    const char *mode = checkop_word(run, "mode"), *axis = checkop_word(run, "axis");
    const double cval = checkop_number(run, "cval");
    plane scaled = as_float(in);
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                const double dy = derivative(&scaled, x, y, c, 1, mode, cval);
                const double dx = derivative(&scaled, x, y, c, 0, mode, cval);
                *plane_at(out, x, y, c) = axis[0] == '0' ? dy : axis[0] == '1' ? dx : sqrt((dy * dy + dx * dx) / 2);
            }
    wsi_free(scaled.v);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void ref_median(const oprun *run, const plane *in, plane *out)
{
    const char *mode = checkop_word(run, "mode");
    const double given = checkop_number(run, "cval"), cval = in->type == WSI_F32 ? (double)(float)given : given;
    int n;
    offset *o = checkop_offsets(run, 1, 0, &n);
    double *v = (double *)wsi_calloc((size_t)n, sizeof(double));
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                for (int i = 0; i < n; i++) v[i] = checkop_extended(in, x + o[i].dx, y + o[i].dy, c, mode, cval);
                qsort(v, (size_t)n, sizeof *v, compare);
                *plane_at(out, x, y, c) = v[n / 2];
            }
    wsi_free(o);
    wsi_free(v);
}

/* Reaches far beyond the image, and sizes at which kernels change their method. */
static const char *const gaussian_large[] = {"gaussian:sigma=30,mode=reflect", "gaussian:sigma=[11,0.4],mode=mirror",
                                             "gaussian:sigma=100,truncate=1", NULL};
static const char *const median_large[] = {"median:footprint=square,width=17",
                                           "median:footprint=disk,radius=9,mode=mirror",
                                           "median:footprint=rectangle,width=101,height=3", NULL};

const checkop_row checkop_filter_rows[] = {
    {"gaussian", ref_gaussian, gaussian_large},
    {"sobel", ref_sobel, NULL},
    {"median", ref_median, median_large},
    {NULL, NULL, NULL},
};
