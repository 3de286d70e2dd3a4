/* References of the ridge filters and of hessian_matrix with Gaussian derivatives: sums over all taps of the reference
 * implementation in float64, one axis after the other. */
#include "checkop.h"

#include <math.h>
#include <string.h>

#include "checkop-ref-ridge.h"
#include "common/mem.h"

static plane like(const plane *p)
{
    plane q = *p;
    q.v = (double *)wsi_calloc((size_t)(p->w * p->h * p->channels), sizeof(double));
    return q;
}

/* One axis: order 0 or 1 of a Gaussian. Tap pairs are subtracted before they are weighted, so that a flat image has a
 * derivative of exactly 0, as in SciPy. */
static void derive_axis(const plane *in, const plane *out, double sigma, int64_t r, int order, int vertical,
                        const char *mode, double cval)
{
    double total = 1;
    for (int64_t k = 1; k <= r; k++) total += 2 * exp(-0.5 * (double)(k * k) / (sigma * sigma));
    for (int64_t y = 0; y < in->h; y++)
        for (int64_t x = 0; x < in->w; x++) {
            double sum = order == 0 ? *plane_at(in, x, y, 0) / total : 0;
            for (int64_t k = 1; k <= r; k++) {
                const double w = exp(-0.5 * (double)(k * k) / (sigma * sigma)) / total;
                const int64_t dx = vertical ? 0 : k, dy = vertical ? k : 0;
                const double after = checkop_extended(in, x + dx, y + dy, 0, mode, cval);
                const double before = checkop_extended(in, x - dx, y - dy, 0, mode, cval);
                sum += order == 0 ? w * (after + before) : w * (double)k / (sigma * sigma) * (after - before);
            }
            *plane_at(out, x, y, 0) = sum;
        }
}

/* Orders along y and x. Taps beyond 12 sigma are below 1e-31. */
static plane gaussian_orders(const plane *in, double sigma, int64_t radius, int oy, int ox, const char *mode,
                             double cval)
{
    const int64_t r = (int64_t)fmin((double)radius, ceil(12 * sigma));
    plane middle = like(in), out = like(in);
    derive_axis(in, &middle, sigma, r, oy, 1, mode, cval);
    derive_axis(&middle, &out, sigma, r, ox, 0, mode, cval);
    wsi_free(middle.v);
    return out;
}

void checkop_hessian(const plane *in, double sigma, const char *mode, double cval, plane h[4])
{
    const double stage = sigma / sqrt(2), truncate = sigma > 1 ? 8 : 100;
    const int64_t r = (int64_t)floor(truncate * stage + 0.5);
    plane gr = gaussian_orders(in, stage, r, 1, 0, mode, cval), gc = gaussian_orders(in, stage, r, 0, 1, mode, cval);
    h[0] = gaussian_orders(&gr, stage, r, 1, 0, mode, cval);
    h[1] = gaussian_orders(&gr, stage, r, 0, 1, mode, cval);
    h[2] = gaussian_orders(&gc, stage, r, 1, 0, mode, cval);
    h[3] = gaussian_orders(&gc, stage, r, 0, 1, mode, cval);
    wsi_free(gr.v);
    wsi_free(gc.v);
}

/* Largest value of a channel of the image that a parameter names. */
static double largest_of(const oprun *run, const plane *in, const char *name, int channel)
{
    const plane *p = &in[checkop_image(run, name)];
    double most = -HUGE_VAL;
    for (int64_t i = 0; i < p->w * p->h; i++) most = fmax(most, p->v[i * p->channels + channel]);
    return most;
}

/* lost: what float32 may have lost of an eigenvalue. in: all inputs. */
typedef double (*measure)(const oprun *run, const plane *in, double e0, double e1, double lost, int scale);

static double sato(const oprun *run, const plane *in, double e0, double e1, double lost, int scale)
{
    (void)in, (void)e1, (void)lost;
    return pow(checkop_list(run, "sigmas", scale), 2) * fmax(e0, 0);
}

static double norm(const oprun *run, const plane *in, double e0, double e1, double lost, int scale)
{
    (void)run, (void)in, (void)lost, (void)scale;
    return hypot(e0, e1);
}

static double meijering_maximum(const oprun *run, const plane *in, int scale)
{
    const int given = checkop_list_size(run, "maxima");
    return given ? checkop_list(run, "maxima", given > 1 ? scale : 0) : largest_of(run, in, "responses", scale);
}

static double meijering(const oprun *run, const plane *in, double e0, double e1, double lost, int scale)
{
    const double alpha = checkop_number(run, "alpha"), a = e0 + alpha * e1, b = e1 + alpha * e0;
    if (fabs(e0 + e1) < lost) return CHECKOP_ANY;
    const double most = meijering_maximum(run, in, scale);
    const double v = fmax(fabs(a) >= fabs(b) ? a : b, 0);
    return most > 0 ? v / most : v;
}

/* Where the eigenvalue of larger magnitude changes sign, or the smaller one is lost in rounding while that is negative,
 * the measure jumps; so does meijering in the first case. */
static double frangi_of(const oprun *run, double e0, double e1, double lost, double gamma)
{
    const double beta = checkop_number(run, "beta"), s = hypot(e0, e1);
    const double l1 = fabs(e1) < fabs(e0) ? e1 : e0, l2 = fabs(e1) < fabs(e0) ? e0 : e1;
    if (fabs(e0 + e1) < lost || (l2 < 0 && fabs(l1) < lost && l1 != 0)) return CHECKOP_ANY;
    const double rb = fabs(l1) / fmax(l2, 1e-10);
    return exp(-rb * rb / (2 * beta * beta)) * (1 - exp(-s * s / (2 * gamma * gamma)));
}

static double frangi(const oprun *run, const plane *in, double e0, double e1, double lost, int scale)
{
    const int given = checkop_list_size(run, "gamma");
    const double gamma = given ? checkop_list(run, "gamma", 0) : largest_of(run, in, "norm", 0) / 2;
    (void)scale;
    return frangi_of(run, e0, e1, lost, gamma == 0 ? 1 : gamma);
}

static double hessian(const oprun *run, const plane *in, double e0, double e1, double lost, int scale)
{
    (void)in, (void)scale;
    return frangi_of(run, e0, e1, lost, checkop_number(run, "gamma"));
}

static void ridge(const oprun *run, const plane *in, plane *out, measure of)
{
    const double cval = checkop_number(run, "cval"), sign = checkop_number(run, "black_ridges") != 0 ? 1 : -1;
    const char *mode = checkop_word(run, "mode");
    const int64_t n = in->w * in->h;
    plane image = like(in), h[4];
    double largest = 0;
    for (int64_t i = 0; i < n; i++) {
        image.v[i] = sign * in->v[i];
        largest = fmax(largest, fabs(in->v[i]));
    }
    memset(out->v, 0, (size_t)n * sizeof *out->v);
    for (int scale = 0; scale < checkop_list_size(run, "sigmas"); scale++) {
        checkop_hessian(&image, checkop_list(run, "sigmas", scale), mode, cval, h);
        for (int64_t i = 0; i < n; i++) {
            const double mean = (h[0].v[i] + h[3].v[i]) / 2, root = hypot((h[0].v[i] - h[3].v[i]) / 2, h[1].v[i]);
            const double s = hypot(mean, root);
            const double v = of(run, in, mean + root, mean - root, s > 0 ? 1e-5 * s + 3e-7 * largest : 0, scale);
            const int known = v != CHECKOP_ANY && out->v[i] != CHECKOP_ANY;
            out->v[i] = known ? fmax(out->v[i], v) : CHECKOP_ANY;
        }
        for (int k = 0; k < 4; k++) wsi_free(h[k].v);
    }
    wsi_free(image.v);
}

static void ref_sato(const oprun *run, const plane *in, plane *out)
{
    ridge(run, in, out, sato);
}

static void ref_norm(const oprun *run, const plane *in, plane *out)
{
    ridge(run, in, out, norm);
}

static void ref_meijering(const oprun *run, const plane *in, plane *out)
{
    ridge(run, in, out, meijering);
}

static void ref_frangi(const oprun *run, const plane *in, plane *out)
{
    ridge(run, in, out, frangi);
}

static void ref_hessian(const oprun *run, const plane *in, plane *out)
{
    ridge(run, in, out, hessian);
    for (int64_t i = 0; i < in->w * in->h; i++)
        if (out->v[i] <= 0 && out->v[i] != CHECKOP_ANY) out->v[i] = 1;
}

static const char *const sato_large[] = {"sato", "sato:sigmas=[12],mode=mirror",
                                         "sato:sigmas=[0.3,2],black_ridges=false", NULL};
static const char *const meijering_large[] = {"meijering:sigmas=[2,1],maxima=[0.3,0.5]",
                                              "meijering:sigmas=[3],maxima=[0],mode=constant,cval=2", NULL};
static const char *const frangi_large[] = {"frangi:gamma=2", "frangi:sigmas=[0.8],gamma=1e-6", NULL};
static const char *const norm_large[] = {"hessian_norm:sigmas=[2,3]", NULL};
static const char *const hessian_large[] = {"hessian", "hessian:sigmas=[0.8],gamma=1e-6", NULL};

const checkop_row checkop_ridge_rows[] = {
    {"sato", ref_sato, sato_large},         {"meijering", ref_meijering, meijering_large},
    {"frangi", ref_frangi, frangi_large},   {"hessian", ref_hessian, hessian_large},
    {"hessian_norm", ref_norm, norm_large}, {NULL, NULL, NULL},
};
