/* The lower envelope of a row's parabolas. A background pixel is nearer than anything behind it, so that a row falls
 * into stretches between background pixels, each with an envelope of its own. */
#include "distance.h"

#include <math.h>

/* Where the parabola of a column further to the right becomes the lower one. With whole numbers numerator and
 * denominator are exact, and so far from one another's rounding that the quotient lies on the right side of every
 * column. */
static double crossing(const wsi_distance_site *left, double at, double f, double per_square)
{
    return ((f - left->f) * per_square + (at * at - left->at * left->at)) / (2 * (at - left->at));
}

/* Envelope of columns first .. last; returns how many parabolas it has. */
static int64_t envelope(const double *f, int64_t first, int64_t last, double per_square, wsi_distance_site *sites)
{
    int64_t n = 0;
    for (int64_t u = first; u <= last; u++) {
        double from = -HUGE_VAL;
        if (f[u] == HUGE_VAL) continue;
        for (; n > 0; n--) {
            from = crossing(&sites[n - 1], (double)u, f[u], per_square);
            if (from > sites[n - 1].from) break;
        }
        if (n == 0) from = -HUGE_VAL;
        if (from <= (double)last) sites[n++] = (wsi_distance_site){(double)u, from, f[u]};
    }
    return n;
}

static void lowest(int64_t begin, int64_t end, double step, const wsi_distance_site *sites, int64_t n, double *out)
{
    int64_t k = 0;
    for (int64_t x = begin; x < end; x++) {
        while (k + 1 < n && sites[k + 1].from < (double)x) k++;
        const double d = ((double)x - sites[k].at) * step;
        out[x] = sites[k].f + d * d;
    }
}

void wsi_distance_row(const double *f, int64_t n, double step, wsi_distance_site *sites, double *out)
{
    const double per_square = 1 / (step * step);
    for (int64_t x = 0; x < n;) {
        if (f[x] == 0) {
            out[x++] = 0;
            continue;
        }
        int64_t end = x + 1;
        while (end < n && f[end] != 0) end++;
        const int64_t count = envelope(f, x > 0 ? x - 1 : 0, end < n ? end : n - 1, per_square, sites);
        if (count > 0)
            lowest(x, end, step, sites, count, out);
        else
            for (int64_t i = x; i < end; i++) out[i] = HUGE_VAL;
        x = end;
    }
}
