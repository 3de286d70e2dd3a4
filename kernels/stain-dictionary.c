/* Two stain vectors by sparse non-negative matrix factorisation: the D >= 0 with columns of length 1 at most, and
 * amounts a >= 0, that minimise the weighted sum of |x - D a|^2 / 2 + 0.1 (a1 + a2) over all densities x. Amounts and
 * vectors are found in turn, each exactly for the other, until the vectors stay.
 * After A. Vahadane et al., "Structure-preserving color normalization and sparse stain separation for histological
 * images", 2016; the step of the vectors after J. Mairal et al., "Online learning for matrix factorization and sparse
 * coding", 2010. */
#include "normalize-private.h"

#include <math.h>
#include <string.h>

enum { STEPS = 2000, PASSES = 4 };
static const double sparsity = 0.1, settled = 1e-10;

/* Where the search begins: the default target's vectors. */
static const double start[2][3] = {{0.5626, 0.7201, 0.4062}, {0.2159, 0.8012, 0.5581}};

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Sums over all densities that a step needs. */
typedef struct sums {
    double amounts[2][2]; /* of products of amounts */
    double mixed[2][3];   /* of products of amounts with densities */
} sums;

static void add(sums *s, double a, double b, double weight, const double x[3])
{
    s->amounts[0][0] += weight * a * a;
    s->amounts[0][1] += weight * a * b;
    s->amounts[1][1] += weight * b * b;
    for (int c = 0; c < 3; c++) {
        s->mixed[0][c] += weight * a * x[c];
        s->mixed[1][c] += weight * b * x[c];
    }
}

/* With the amounts that are best for the vectors, as wsi_px_amounts_of finds them. */
static void sum_amounts(const double (*density)[3], const double *weight, int64_t n, const double d[2][3], sums *s)
{
    const double ss = dot(d[0], d[0]), st = dot(d[0], d[1]), tt = dot(d[1], d[1]);
    const double det = ss * tt - st * st;
    memset(s, 0, sizeof *s);
    for (int64_t i = 0; i < n; i++) {
        const double u = dot(d[0], density[i]) - sparsity, v = dot(d[1], density[i]) - sparsity;
        const double a = (u * tt - v * st) / det, b = (v * ss - u * st) / det;
        if (b < 0)
            add(s, u > 0 ? u / ss : 0, 0, weight[i], density[i]);
        else if (a < 0)
            add(s, 0, v > 0 ? v / tt : 0, weight[i], density[i]);
        else
            add(s, a, b, weight[i], density[i]);
    }
    s->amounts[1][0] = s->amounts[0][1];
}

/* The best vector k for these amounts and the other vector; a stain that nothing has stays. */
static void move(const sums *s, double d[2][3], int k)
{
    if (!(s->amounts[k][k] > 0)) return;
    double moved[3];
    for (int c = 0; c < 3; c++)
        moved[c] = fmax((s->mixed[k][c] - s->amounts[k][1 - k] * d[1 - k][c]) / s->amounts[k][k], 0);
    const double length = sqrt(dot(moved, moved));
    if (!(length > 0)) return;
    for (int c = 0; c < 3; c++) d[k][c] = length > 1 ? moved[c] / length : moved[c];
}

static double farthest(const double a[2][3], const double b[2][3])
{
    double most = 0;
    for (int k = 0; k < 2; k++)
        for (int c = 0; c < 3; c++) most = fmax(most, fabs(a[k][c] - b[k][c]));
    return most;
}

void wsi_stain_dictionary(const double (*density)[3], const double *weight, int64_t n, double (*stain)[3])
{
    double before[2][3];
    sums s;
    memcpy(stain, start, sizeof start);
    wsi_stain_order(stain);
    for (int step = 0; step < STEPS; step++) {
        memcpy(before, stain, sizeof before);
        sum_amounts(density, weight, n, (const double(*)[3])stain, &s);
        for (int pass = 0; pass < PASSES; pass++)
            for (int k = 0; k < 2; k++) move(&s, stain, k);
        if (farthest((const double(*)[3])stain, (const double(*)[3])before) < settled) break;
    }
    wsi_stain_order(stain);
}
