/* References of the rank filters: the footprint's pixels inside the image, sorted. */
#include "checkop.h"

#include <math.h>
#include <stdlib.h>

#include "common/mem.h"

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The result from n sorted values. */
typedef double (*rank_of)(const oprun *run, const double *v, int n);

static void each_pixel(const oprun *run, const plane *in, plane *out, rank_of f)
{
    int places;
    offset *o = checkop_offsets(run, 1, 0, &places);
    double *v = (double *)wsi_calloc((size_t)places, sizeof *v);
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            for (int c = 0; c < in->channels; c++) {
                int n = 0;
                for (int i = 0; i < places; i++) {
                    const int64_t u = x + o[i].dx, w = y + o[i].dy;
                    if (u >= 0 && w >= 0 && u < in->w && w < in->h) v[n++] = *plane_at(in, u, w, c);
                }
                qsort(v, (size_t)n, sizeof *v, compare);
                *plane_at(out, x, y, c) = f(run, v, n);
            }
    wsi_free(o);
    wsi_free(v);
}

static double minimum(const oprun *run, const double *v, int n)
{
    (void)run, (void)n;
    return v[0];
}

static double maximum(const oprun *run, const double *v, int n)
{
    (void)run;
    return v[n - 1];
}

static double range(const oprun *run, const double *v, int n)
{
    (void)run;
    return v[n - 1] - v[0];
}

static double mean(const oprun *run, const double *v, int n)
{
    double sum = 0;
    (void)run;
    for (int i = 0; i < n; i++) sum += v[i];
    return floor(sum / n);
}

static double percentile(const oprun *run, const double *v, int n)
{
    const double p0 = checkop_number(run, "p0");
    for (int i = 0; i < n; i++)
        if (i + 1 > p0 * n) return v[i];
    return v[n - 1];
}

static double entropy(const oprun *run, const double *v, int n)
{
    double bits = 0;
    (void)run;
    for (int i = 0, same = 1; i < n; i++, same++) {
        if (i + 1 < n && v[i + 1] == v[i]) continue;
        bits -= (double)same / n * log2((double)same / n);
        same = 0;
    }
    return bits;
}

#define DEFINE_REFERENCE(name)                                                                                         \
    static void ref_##name(const oprun *run, const plane *in, plane *out)                                              \
    {                                                                                                                  \
        each_pixel(run, in, out, name);                                                                                \
    }

DEFINE_REFERENCE(minimum)
DEFINE_REFERENCE(maximum)
DEFINE_REFERENCE(range)
DEFINE_REFERENCE(mean)
DEFINE_REFERENCE(percentile)
DEFINE_REFERENCE(entropy)

const checkop_row checkop_rank_rows[] = {
    {"rank_minimum", ref_minimum, NULL},
    {"rank_maximum", ref_maximum, NULL},
    {"rank_gradient", ref_range, NULL},
    {"rank_mean", ref_mean, NULL},
    {"rank_entropy", ref_entropy, NULL},
    {"rank_percentile", ref_percentile, NULL},
    {NULL, NULL, NULL},
};
