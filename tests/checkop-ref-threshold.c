/* References of the thresholds of a whole image. The mask is what the definition makes of the threshold; the threshold
 * itself is held to its own definition, computed from the pixels here: it must be as good as any other to what single
 * precision leaves of that. Where it is not, the reference is a mask that no result can equal. */
#include "checkop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "kernels/reduction.h"

/* Bins by definition: one a value for integers, equal widths for others. */
typedef struct bins {
    int64_t n, pixels;
    double *value, *count;
    double low, high, width;
} bins;

static int selected(const oprun *run, const plane *in, int64_t x, int64_t y)
{
    const int mask = checkop_image(run, "mask");
    return mask < 0 || *plane_at(&in[mask], x, y, 0) != 0;
}

static double as(wsi_dtype type, double v)
{
    return type == WSI_F32 ? (double)(float)v : v;
}

static void find_range(const oprun *run, const plane *in, bins *b)
{
    b->low = HUGE_VAL;
    b->high = -HUGE_VAL;
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            const double v = *plane_at(in, x, y, 0);
            if (!selected(run, in, x, y)) continue;
            b->low = fmin(b->low, v);
            b->high = fmax(b->high, v);
            b->pixels++;
        }
}

static int sorted(wsi_dtype type)
{
    return type == WSI_F32 || type == WSI_F64 || type == WSI_BOOL;
}

/* Where bin i begins. */
static double edge(const bins *b, wsi_dtype type, int64_t i)
{
    const int flat = b->low == b->high;
    const double low = flat ? as(type, b->low - 0.5) : b->low, high = flat ? as(type, b->high + 0.5) : b->high;
    if (i == b->n) return high;
    return as(type, as(type, (double)i * as(type, as(type, high - low) / (double)b->n)) + low);
}

static bins bins_of(const oprun *run, const plane *in)
{
    bins b = {0};
    const wsi_dtype type = in->type;
    find_range(run, in, &b);
    b.n = sorted(type) ? (int64_t)checkop_number(run, "nbins") : (int64_t)(b.high - b.low) + 1;
    b.value = (double *)wsi_calloc((size_t)b.n, sizeof(double));
    b.count = (double *)wsi_calloc((size_t)b.n, sizeof(double));
    for (int64_t i = 0; i < b.n; i++)
        b.value[i] = sorted(type) ? as(type, edge(&b, type, i) + edge(&b, type, i + 1)) / 2 : b.low + (double)i;
    b.width = b.n > 1 ? b.value[1] - b.value[0] : 1;
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            const double v = *plane_at(in, x, y, 0);
            if (!selected(run, in, x, y)) continue;
            int64_t i = sorted(type) ? (int64_t)((v - b.value[0]) / b.width + 0.5) : (int64_t)(v - b.low);
            i = i < 0 ? 0 : i < b.n ? i : b.n - 1;
            while (sorted(type) && i > 0 && v < edge(&b, type, i)) i--;
            while (sorted(type) && i + 1 < b.n && v >= edge(&b, type, i + 1)) i++;
            b.count[i]++;
        }
    return b;
}

static void bins_clear(bins *b)
{
    wsi_free(b->value);
    wsi_free(b->count);
}

/* Sums over the bins up to number i, and above it. */
typedef struct parts {
    long double weight[2], moment[2], square[2];
} parts;

static parts parts_of(const bins *b)
{
    parts p = {{0}, {0}, {0}};
    for (int64_t i = 0; i < b->n; i++) {
        p.weight[1] += (long double)b->count[i];
        p.moment[1] += (long double)b->count[i] * (long double)b->value[i];
        p.square[1] += (long double)b->count[i] * (long double)b->count[i];
    }
    return p;
}

static void pass_bin(parts *p, const bins *b, int64_t i)
{
    const long double c = (long double)b->count[i];
    for (int k = 0; k < 2; k++) {
        const int sign = k ? -1 : 1;
        p->weight[k] += sign * c;
        p->moment[k] += sign * c * (long double)b->value[i];
        p->square[k] += sign * c * c;
    }
}

typedef long double (*criterion)(const parts *p);

static long double apart(const parts *p)
{
    const long double d = p->moment[0] / p->weight[0] - p->moment[1] / p->weight[1];
    return p->weight[0] * p->weight[1] * d * d;
}

static long double yen(const parts *p)
{
    const long double both = p->weight[0] * p->weight[1];
    return both * both / (p->square[0] * p->square[1]);
}

/* 1 when no bin's value is better than t by more than single precision can tell. */
static int is_best(const bins *b, criterion of, double t)
{
    parts p = parts_of(b);
    long double best = 0, own = -1;
    for (int64_t i = 0; i + 1 < b->n; i++) {
        pass_bin(&p, b, i);
        const long double v = of(&p);
        if (v > best) best = v;
        if (b->value[i] == t) own = v;
    }
    return own >= best * (1 - 2e-5L);
}

static int otsu_holds(const oprun *run, const plane *in, const bins *b, double t)
{
    (void)run, (void)in;
    return b->low == b->high ? t == b->low : is_best(b, apart, t);
}

static int yen_holds(const oprun *run, const plane *in, const bins *b, double t)
{
    (void)run, (void)in;
    return b->low == b->high ? t == b->value[0] : is_best(b, yen, t);
}

static int isodata_holds(const oprun *run, const plane *in, const bins *b, double t)
{
    parts p = parts_of(b);
    const long double slack = 1e-4L * (long double)b->width + 1e-5L * (long double)(fabs(b->low) + fabs(b->high));
    (void)run, (void)in;
    for (int64_t i = 0; i + 1 < b->n; i++) {
        pass_bin(&p, b, i);
        const long double middle = (p.moment[0] / p.weight[0] + p.moment[1] / p.weight[1]) / 2;
        const long double d = middle - (long double)b->value[i];
        if (b->value[i] == t) return d >= -slack && d < (long double)b->width + slack;
        if (d >= slack && d < (long double)b->width - slack) return 0; /* an earlier one */
    }
    return b->n == 1 && t == b->value[0];
}

/* The farthest below the line from the peak to the end of the longer tail. */
static int triangle_holds(const oprun *run, const plane *in, const bins *b, double t)
{
    int64_t peak = 0, first = 0, last = b->n - 1;
    (void)run, (void)in;
    if (b->low == b->high) return t == b->low;
    for (int64_t i = 0; i < b->n; i++)
        if (b->count[i] > b->count[peak]) peak = i;
    while (b->count[first] == 0) first++;
    while (b->count[last] == 0) last--;
    const int right = peak - first < last - peak;
    const int64_t width = right ? last - peak : peak - first;
    double farthest = -1e300, own = -1e300;
    for (int64_t k = 0; k < width; k++) {
        const int64_t i = right ? last - k : first + k;
        const double d = b->count[peak] * (double)k - (double)width * b->count[i];
        farthest = fmax(farthest, d);
        if (b->value[i] == t) own = d;
    }
    return own >= farthest;
}

static int in_range(const oprun *run, const plane *in, const bins *b, double t)
{
    (void)run, (void)in;
    return t >= b->low && t <= b->high;
}

typedef int (*holds)(const oprun *run, const plane *in, const bins *b, double t);

/* in > t, or what no result is. */
static void mask(const plane *in, plane *out, int fine, double t)
{
    for (int64_t i = 0; i < in->w * in->h; i++) out->v[i] = fine ? in->v[i] > as(in->type, t) : -1;
}

static void by_histogram(const oprun *run, const plane *in, plane *out, holds fine)
{
    bins b = bins_of(run, in);
    const double t = run->fit.fit[2];
    mask(in, out, fine(run, in, &b, t), t);
    bins_clear(&b);
}

#define HISTOGRAM(name, fine)                                                                                          \
    static void name(const oprun *run, const plane *in, plane *out)                                                    \
    {                                                                                                                  \
        by_histogram(run, in, out, fine);                                                                              \
    }

HISTOGRAM(ref_otsu, otsu_holds)
HISTOGRAM(ref_yen, yen_holds)
HISTOGRAM(ref_isodata, isodata_holds)
HISTOGRAM(ref_triangle, triangle_holds)
HISTOGRAM(ref_minimum, in_range)

/* Mean of the selected pixels above t, or of those that are not. */
static double side_mean(const oprun *run, const plane *in, double t, int above, double *n)
{
    long double sum = 0, count = 0;
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            const double v = *plane_at(in, x, y, 0);
            if (!selected(run, in, x, y) || (v > t) != above) continue;
            sum += (long double)v;
            count++;
        }
    *n = (double)count;
    return (double)(sum / count);
}

static void ref_mean(const oprun *run, const plane *in, plane *out)
{
    double n;
    const double mean = side_mean(run, in, -HUGE_VAL, 1, &n), t = run->fit.fit[0];
    mask(in, out, fabs(mean - t) <= 1e-7 * fmax(1, fabs(mean)), t);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double smallest_gap(const oprun *run, const plane *in)
{
    double *v = (double *)wsi_calloc((size_t)(in->w * in->h) + 1, sizeof *v), gap = HUGE_VAL;
    int64_t n = 0;
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++)
            if (selected(run, in, x, y)) v[n++] = *plane_at(in, x, y, 0);
    qsort(v, (size_t)n, sizeof *v, by_value);
    for (int64_t i = 1; i < n; i++)
        if (v[i] > v[i - 1]) gap = fmin(gap, v[i] - v[i - 1]);
    wsi_free(v);
    return gap;
}

/* Step by step. */
static double li_of(const oprun *run, const plane *in, const bins *b)
{
    const int real = in->type == WSI_F32 || in->type == WSI_F64, guessed = checkop_list_size(run, "initial_guess");
    const double given = checkop_number(run, "tolerance"), tolerance = given > 0 ? given
                                                                       : real    ? smallest_gap(run, in) / 2
                                                                                 : 0.5;
    double n, m, next = side_mean(run, in, -HUGE_VAL, 1, &n) - b->low, now = -2 * tolerance - 1;
    if (guessed) next = checkop_list(run, "initial_guess", 0) - b->low;
    if (guessed && !real) next = trunc(next);
    for (int i = 0; i < 1000 && fabs(next - now) > tolerance; i++) {
        now = next;
        const double back = side_mean(run, in, now + b->low, 0, &n) - b->low;
        const double fore = side_mean(run, in, now + b->low, 1, &m) - b->low;
        if (!(back > 1e-15 * fabs(b->low))) break;
        next = (back - fore) / (log(back) - log(fore));
    }
    return next + b->low;
}

/* Steps of a coarse search in a float image are foretold. */
static void ref_li(const oprun *run, const plane *in, plane *out)
{
    bins b = {0};
    find_range(run, in, &b);
    const int foretold = (in->type == WSI_F32 || in->type == WSI_F64) && checkop_number(run, "tolerance") > 0;
    const double t = run->fit.fit[2], range = b.high - b.low;
    const double want = range > 0 && !foretold ? li_of(run, in, &b) : b.low;
    const int fine = foretold && range > 0 ? t >= b.low && t <= b.high : fabs(t - want) <= 1e-6 * range;
    mask(in, out, fine, t);
}

/* What the classes between thresholds come to. */
static long double classes_sum(const bins *b, const double *t, int n)
{
    long double sum = 0, weight = 0, moment = 0;
    int64_t from = 0;
    for (int64_t i = 0, k = 0; i < b->n; i++) {
        weight += (long double)b->count[i];
        moment += (long double)b->count[i] * (i ? (long double)i : 1);
        if (!(i + 1 == b->n || (k < n && b->value[i] == t[k]))) continue;
        if (weight > 0 && !(from == 0 && i == 0)) sum += moment * moment / weight;
        weight = moment = 0;
        from = i + 1;
        k++;
    }
    return sum;
}

/* 1 when no step of one threshold to a bin beside it makes a larger sum. */
static int peak_of_classes(const bins *b, const double *t, int n)
{
    double other[64];
    const long double own = classes_sum(b, t, n);
    for (int k = 0; k < n; k++)
        for (int64_t i = 0; i < b->n; i++) {
            if ((k > 0 && b->value[i] <= t[k - 1]) || b->value[i] >= (k + 1 < n ? t[k + 1] : b->high)) continue;
            memcpy(other, t, (size_t)n * sizeof *t);
            other[k] = b->value[i];
            if (b->n <= 256 && classes_sum(b, other, n) > own * (1 + 2e-5L)) return 0;
        }
    return 1;
}

static void ref_multiotsu(const oprun *run, const plane *in, plane *out)
{
    bins b = bins_of(run, in);
    const int n = (int)checkop_number(run, "classes") - 1;
    const double *t = run->fit.fit + 2;
    int filled = 0, fine = 1;
    for (int64_t i = 0; i < b.n; i++) filled += b.count[i] > 0;
    for (int k = 1; k < n; k++) fine &= t[k] > t[k - 1];
    if (filled > n + 1) fine &= peak_of_classes(&b, t, n);
    for (int64_t i = 0; i < in->w * in->h; i++) {
        out->v[i] = fine ? 0 : -1;
        for (int k = 0; k < n && fine; k++) out->v[i] += in->v[i] >= as(in->type, t[k]);
    }
    bins_clear(&b);
}

const checkop_row checkop_threshold_rows[] = {
    {"threshold_isodata", ref_isodata, NULL},
    {"threshold_li", ref_li, NULL},
    {"threshold_mean", ref_mean, NULL},
    {"threshold_minimum", ref_minimum, NULL},
    {"threshold_multiotsu", ref_multiotsu, NULL},
    {"threshold_otsu", ref_otsu, NULL},
    {"threshold_triangle", ref_triangle, NULL},
    {"threshold_yen", ref_yen, NULL},
    {NULL, NULL, NULL},
};
