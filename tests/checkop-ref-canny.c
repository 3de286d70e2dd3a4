/* Reference of canny_levels: every stage over the whole image, in SciPy's order of sums. */
#include "checkop.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static plane plane_like(const plane *in)
{
    plane p = *in;
    p.v = (double *)wsi_calloc((size_t)(in->w * in->h), sizeof(double));
    return p;
}

static double stored(const plane *p, double v)
{
    return p->type == WSI_F32 ? (double)(float)v : v;
}

/* NumPy's sum of n <= 128 values; sigma stays below what takes more. */
static double sum_of(const double *v, int n)
{
    double r[8] = {0};
    for (int i = 0; i < n / 8 * 8; i++) r[i % 8] += v[i];
    double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (int i = n / 8 * 8; i < n; i++) sum += v[i];
    return sum;
}

static void blur_axis(const plane *in, plane *out, const double *w, int radius, int down, const char *mode, double cval)
{
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            double sum = *plane_at(in, x, y, 0) * w[radius];
            for (int k = radius; k > 0; k--) {
                const int64_t dx = down ? 0 : k, dy = down ? k : 0;
                sum += (checkop_extended(in, x - dx, y - dy, 0, mode, cval) +
                        checkop_extended(in, x + dx, y + dy, 0, mode, cval)) *
                       w[radius - k];
            }
            *plane_at(out, x, y, 0) = stored(in, sum);
        }
}

static void blur(const oprun *run, plane *p)
{
    const double sigma = checkop_number(run, "sigma");
    const int radius = (int)floor(4 * sigma + 0.5), n = 2 * radius + 1;
    double *w = (double *)wsi_calloc((size_t)n, sizeof *w);
    plane half = plane_like(p);
    for (int i = 0; i < n; i++) w[i] = radius ? exp(-0.5 / (sigma * sigma) * ((i - radius) * (i - radius))) : 1;
    const double sum = sum_of(w, n);
    for (int i = 0; i < n; i++) w[i] /= sum;
    blur_axis(p, &half, w, radius, 1, checkop_word(run, "mode"), checkop_number(run, "cval"));
    blur_axis(&half, p, w, radius, 0, checkop_word(run, "mode"), checkop_number(run, "cval"));
    wsi_free(half.v);
    wsi_free(w);
}

static void divide_by_share(const oprun *run, plane *p)
{
    plane ones = plane_like(p);
    const int64_t n = p->w * p->h;
    for (int64_t i = 0; i < n; i++) ones.v[i] = 1;
    blur(run, &ones);
    for (int64_t i = 0; i < n; i++)
        p->v[i] = stored(p, p->v[i] / stored(p, ones.v[i] + (p->type == WSI_F32 ? (double)FLT_EPSILON : DBL_EPSILON)));
    wsi_free(ones.v);
}

/* SciPy's sobel along x or y. */
static double sobel(const plane *p, int64_t x, int64_t y, int down)
{
    double d[3];
    for (int k = -1; k <= 1; k++) {
        const int64_t cx = down ? x + k : x, cy = down ? y : y + k;
        const double before = checkop_extended(p, down ? cx : cx - 1, down ? cy - 1 : cy, 0, "reflect", 0);
        const double after = checkop_extended(p, down ? cx : cx + 1, down ? cy + 1 : cy, 0, "reflect", 0);
        d[k + 1] = stored(p, after - before);
    }
    return stored(p, d[1] * 2 + (d[0] + d[2]));
}

static double between(const plane *p, double straight, double corner, double w)
{
    return stored(p, corner * w) + straight * (1 - w);
}

/* A maximum in the direction of the gradient: quadrant by quadrant. */
static int is_maximum(const plane *m, int64_t x, int64_t y, double down, double right)
{
    const double here = *plane_at(m, x, y, 0), a = fabs(down), b = fabs(right);
    const int64_t sy = (down <= 0) == (right <= 0) ? 1 : -1; /* row of the neighbour to the right along the gradient */
    const int steep = sy == 1 ? a > b : !(a < b);
    const double w = stored(m, steep ? b / a : a / b);
    const double beside = steep ? *plane_at(m, x, y + sy, 0) : *plane_at(m, x + 1, y, 0);
    const double opposite = steep ? *plane_at(m, x, y - sy, 0) : *plane_at(m, x - 1, y, 0);
    return between(m, beside, *plane_at(m, x + 1, y + sy, 0), w) <= here &&
           between(m, opposite, *plane_at(m, x - 1, y - sy, 0), w) <= here;
}

static double most_of(wsi_dtype type)
{
    static const double most[] = {1, 255, 127, 65535, 32767, 4294967295.0, 2147483647.0, 1, 1};
    return most[type];
}

/* The reference multiplies by the reciprocal. */
static double as_float(wsi_dtype type, double v)
{
    return fmax(v * (1 / most_of(type)), type < WSI_F32 ? -1 : -INFINITY);
}

static double threshold_of(const oprun *run, const plane *p, const char *name, double usual)
{
    return checkop_list_size(run, name) ? checkop_list(run, name, 0) / most_of(p->type) : usual;
}

static double quantile_of(const oprun *run, const char *name, double usual)
{
    return checkop_list_size(run, name) ? checkop_list(run, name, 0) : usual;
}

static int ascending(const void *a_, const void *b_)
{
    const double a = *(const double *)a_, b = *(const double *)b_;
    return (a > b) - (a < b);
}

/* numpy.percentile of all samples, linear; the steps between float32 samples are float32. */
static double percentile(const plane *p, double percent)
{
    const int64_t n = p->w * p->h;
    double *v = (double *)wsi_calloc((size_t)n, sizeof *v);
    memcpy(v, p->v, (size_t)n * sizeof *v);
    for (int64_t i = 0; i < n; i++) {
        if (!isnan(v[i])) continue;
        wsi_free(v);
        return NAN;
    }
    qsort(v, (size_t)n, sizeof *v, ascending);
    const double place = (double)(n - 1) * (percent / 100), part = place - floor(place);
    const double a = v[(int64_t)place], b = v[(int64_t)place + (part > 0)], step = stored(p, b - a);
    wsi_free(v);
    return part >= 0.5 ? b - step * (1 - part) : a + step * part;
}

/* Thresholds as they are compared: low rounded to float32, high to what magnitudes are, but for quantiles. */
static void thresholds(const oprun *run, const plane *in, double *low, double *high)
{
    *low = threshold_of(run, in, "low_threshold", 0.1);
    *high = stored(in, threshold_of(run, in, "high_threshold", 0.2));
    if (checkop_number(run, "use_quantiles") != 0) {
        *low = percentile(&in[1], 100 * quantile_of(run, "low_threshold", 0.1));
        *high = percentile(&in[1], 100 * quantile_of(run, "high_threshold", 0.2));
    }
    *low = *low == 0 ? 1e-14 : (double)(float)*low;
}

static void ref_canny_levels(const oprun *run, const plane *in, plane *out)
{
    plane p = plane_like(in), m = plane_like(in);
    const int whole = strcmp(checkop_word(run, "output"), "magnitude") == 0;
    double low = 0, high = 0;
    if (!whole) thresholds(run, in, &low, &high);
    for (int64_t i = 0; i < in->w * in->h; i++) p.v[i] = as_float(in->type, in->v[i]);
    blur(run, &p);
    if (strcmp(checkop_word(run, "mode"), "constant") == 0) divide_by_share(run, &p);
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            const double down = sobel(&p, x, y, 1), right = sobel(&p, x, y, 0);
            *plane_at(&m, x, y, 0) = stored(in, sqrt(stored(in, stored(in, down * down) + stored(in, right * right))));
            *plane_at(out, x, y, 0) = whole ? *plane_at(&m, x, y, 0) : 0;
        }
    for (int64_t y = 1; !whole && y < in->h - 1; y++)
        for (int64_t x = 1; x < in->w - 1; x++) {
            const double here = *plane_at(&m, x, y, 0);
            if (!(here >= low) || !(here > 0)) continue;
            if (is_maximum(&m, x, y, sobel(&p, x, y, 1), sobel(&p, x, y, 0)))
                *plane_at(out, x, y, 0) = 1 + (here >= high);
        }
    wsi_free(p.v);
    wsi_free(m.v);
}

static const char *const large[] = {"canny_levels:sigma=9", "canny_levels:sigma=12,mode=reflect",
                                    "canny_levels:sigma=15.5,mode=mirror,low_threshold=0",
                                    "canny_levels:sigma=2,output=magnitude", NULL};

const checkop_row checkop_canny_rows[] = {{"canny_levels", ref_canny_levels, large}, {NULL, NULL, NULL}};
