/* Sums over the bins of a histogram; see threshold-sums.h. */
#include "threshold-sums.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"

/* As numpy.cumsum of float32 counts and of their products with the values. */
static void rounded_sums(const wsi_levels *l, int64_t from, int64_t step, const wsi_bin_sums *s)
{
    double weight = 0, moment = 0;
    for (int64_t k = 0, i = from; k < l->n; k++, i += step) {
        const double count = (float)l->count[i];
        weight = (float)(weight + count);
        moment = wsi_narrow(l->narrow, moment + wsi_narrow(l->narrow, count * l->value[i]));
        s->weight[i] = weight;
        s->moment[i] = moment;
    }
}

static void exact_sums(const wsi_levels *l, int64_t from, int64_t step, const wsi_bin_sums *s)
{
    uint64_t weight = 0;
    __int128 whole = 0;
    double moment = 0;
    for (int64_t k = 0, i = from; k < l->n; k++, i += step) {
        weight += l->count[i];
        if (l->integer)
            whole += (__int128)l->count[i] * (int64_t)l->value[i];
        else
            moment += (double)l->count[i] * l->value[i];
        s->weight[i] = (double)weight;
        s->moment[i] = l->integer ? (double)whole : moment;
    }
}

wsi_status wsi_bin_sums_make(const wsi_levels *l, int compat, wsi_bin_sums *below, wsi_bin_sums *above, wsi_error *err)
{
    const size_t n = (size_t)l->n;
    double *v = (double *)wsi_calloc(n * 5, sizeof *v);
    WSI_RETURN_IF(!v, WSI_ERR_NO_MEMORY, "out of memory for sums of %lld bins", (long long)l->n);
    *below = (wsi_bin_sums){v, v + n, v + 4 * n};
    *above = (wsi_bin_sums){v + 2 * n, v + 3 * n, v + 4 * n};
    (compat ? rounded_sums : exact_sums)(l, 0, 1, below);
    (compat ? rounded_sums : exact_sums)(l, l->n - 1, -1, above);
    return WSI_OK;
}

void wsi_bin_sums_free(wsi_bin_sums *below, wsi_bin_sums *above)
{
    wsi_free(below->weight);
    memset(below, 0, sizeof *below);
    memset(above, 0, sizeof *above);
}

void wsi_square_sums(const wsi_levels *l, double *share, double *below, double *above)
{
    unsigned __int128 squares = 0;
    uint64_t pixels = 0, total = 0;
    for (int64_t i = 0; i < l->n; i++) total += l->count[i];
    const double all = (double)total, all2 = all * all;
    for (int64_t i = 0; i < l->n; i++) {
        pixels += l->count[i];
        squares += (unsigned __int128)l->count[i] * l->count[i];
        share[i] = (double)pixels / all;
        below[i] = (double)squares / all2;
    }
    squares = 0;
    for (int64_t i = l->n - 1; i >= 0; i--) {
        squares += (unsigned __int128)l->count[i] * l->count[i];
        above[i] = (double)squares / all2;
    }
}

/* Halves of a multiple of eight down to 128 values, and those by eight sums side by side. */
double wsi_pairwise_f32(const double *v, int64_t n)
{
    if (n < 8) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++) sum = (float)(sum + v[i]);
        return sum;
    }
    if (n > 128) {
        const int64_t half = n / 2 - n / 2 % 8;
        return (float)(wsi_pairwise_f32(v, half) + wsi_pairwise_f32(v + half, n - half));
    }
    double r[8];
    int64_t i = 8;
    memcpy(r, v, sizeof r);
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) r[k] = (float)(r[k] + v[i + k]);
    for (int k = 0; k < 8; k += 2) r[k] = (float)(r[k] + r[k + 1]);
    double sum = (float)((float)(r[0] + r[2]) + (float)(r[4] + r[6]));
    for (; i < n; i++) sum = (float)(sum + v[i]);
    return sum;
}

/* A ratio of polynomials in m - 1, v = m * 2^e with m within sqrt(1/2) .. sqrt(2). Its roundings are what tells close
 * values apart, or does not. */
double wsi_log_f32(double v)
{
    static const float over[] = {2.589979117907922693523e-02f, 3.808837741388407920751e-01f,
                                 1.480000633576506585156e+00f, 2.112677543073053063722e+00f,
                                 9.999999999999998702752e-01f, 0};
    static const float under[] = {5.875095403124574342950e-03f, 1.546476374983906719538e-01f,
                                  9.864942958519418960339e-01f, 2.453006071784736363091e+00f,
                                  2.612677543073109236779e+00f, 1};
    int e;
    float m = 2 * frexpf((float)v, &e), a = over[0], b = under[0];
    if (!(v > 0) || isinf(v)) return (float)log(v);
    e--;
    if (m > 1.41421356237309504880f) m /= 2, e++;
    for (int i = 1; i < 6; i++) {
        a = fmaf(a, m - 1, over[i]);
        b = fmaf(b, m - 1, under[i]);
    }
    return fmaf((float)e, 0.693147180559945309417f, a / b);
}

int64_t wsi_first_largest(const double *v, int64_t n)
{
    int64_t best = 0;
    for (int64_t i = 0; i < n; i++) {
        if (isnan(v[i])) return i;
        if (v[i] > v[best]) best = i;
    }
    return best;
}

int wsi_levels_single(const wsi_levels *l)
{
    int64_t filled = 0;
    for (int64_t i = 0; i < l->n && filled < 2; i++) filled += l->count[i] != 0;
    return filled == 1;
}
