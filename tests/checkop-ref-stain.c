/* References of the stain normalisations: the formulas in float64, with what was learnt of the image. What is learnt
 * itself is compared with whole images in NumPy, in ops_oracle_stain.py. */
#include "checkop.h"

#include <math.h>

/* Of the fit's fields. */
enum { STAINS = 1, MAXIMA = 7, MEAN = 1, DEVIATION = 4 };

static double dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static double grey_level(double v)
{
    return v <= 0 ? 0 : v >= 255 ? 255 : nearbyint(v);
}

typedef double (*density_fn)(double v, double source);

static double plus_one(double v, double source)
{
    return -log((v + 1) / source);
}

static double clipped(double v, double source)
{
    return -log(fmin(fmax(v, 1), source) / source);
}

/* The target's maximum and vector of stain k, from a reference's fit or by parameters' names. */
static double target_of(const oprun *run, const char *stains, const char *maxima, int columns, int k, double vector[3])
{
    const double *fit = run->target.fit;
    for (int c = 0; c < 3; c++)
        vector[c] = fit ? fit[STAINS + 3 * k + c] : checkop_list(run, stains, columns ? 2 * c + k : 3 * k + c);
    return fit ? fit[MAXIMA + k] : checkop_list(run, maxima, k);
}

static void least_squares(const double *od, const double *s, double amount[2])
{
    const double *t = s + 3, u = dot(s, od), v = dot(t, od), ss = dot(s, s), st = dot(s, t), tt = dot(t, t);
    amount[0] = (u * tt - v * st) / (ss * tt - st * st);
    amount[1] = (v * ss - u * st) / (ss * tt - st * st);
}

/* The least of |od - a s - b t|^2 / 2 + weight (a + b) over a, b >= 0, among all the places where it may be. */
static void sparse(const double *od, const double *s, double amount[2])
{
    const double weight = 0.01, *t = s + 3, ss = dot(s, s), st = dot(s, t), tt = dot(t, t);
    const double u = dot(s, od) - weight, v = dot(t, od) - weight, det = ss * tt - st * st;
    const double places[4][2] = {
        {0, 0}, {fmax(u / ss, 0), 0}, {0, fmax(v / tt, 0)}, {(u * tt - v * st) / det, (v * ss - u * st) / det}};
    double least = INFINITY;
    for (int i = 0; i < 4; i++) {
        const double a = places[i][0], b = places[i][1];
        const double cost = (a * a * ss + 2 * a * b * st + b * b * tt) / 2 - a * u - b * v;
        if (a < 0 || b < 0 || cost >= least) continue;
        least = cost;
        amount[0] = a;
        amount[1] = b;
    }
}

typedef struct style {
    density_fn density;
    void (*amounts)(const double *od, const double *s, double amount[2]);
    const char *stains, *maxima;
    int columns;
} style;

static void restained(const oprun *run, const plane *in, plane *out, style how)
{
    const double source = checkop_number(run, "source_intensity"), *fit = run->fit.fit;
    double vector[2][3], ratio[2];
    for (int k = 0; k < 2; k++)
        ratio[k] = target_of(run, how.stains, how.maxima, how.columns, k, vector[k]) / fit[MAXIMA + k];
    for (int64_t i = 0; i < in->w * in->h; i++) {
        double od[3], amount[2] = {0, 0};
        for (int c = 0; c < 3; c++) od[c] = how.density(in->v[3 * i + c], source);
        how.amounts(od, fit + STAINS, amount);
        for (int c = 0; c < 3; c++) {
            const double density = amount[0] * ratio[0] * vector[0][c] + amount[1] * ratio[1] * vector[1][c];
            out->v[3 * i + c] = grey_level(source * exp(-density));
        }
    }
}

static void ref_macenko(const oprun *run, const plane *in, plane *out)
{
    restained(run, in, out, (style){plus_one, least_squares, "target_stains", "target_maxima", 0});
}

static void ref_colors_pca(const oprun *run, const plane *in, plane *out)
{
    restained(run, in, out, (style){clipped, least_squares, "ref_stain_coeff", "ref_max_conc", 1});
}

static void ref_vahadane(const oprun *run, const plane *in, plane *out)
{
    restained(run, in, out, (style){clipped, sparse, "target_stains", "target_maxima", 0});
}

/* The cones' logarithms of a pixel, and back. */
static void cone_logarithms(const double *rgb, double lms[3])
{
    static const double cones[3][3] = {{0.3811, 0.5783, 0.0402}, {0.1967, 0.7244, 0.0782}, {0.0241, 0.1288, 0.8444}};
    const double v[3] = {fmax(rgb[0], 1), fmax(rgb[1], 1), fmax(rgb[2], 1)};
    for (int k = 0; k < 3; k++) lms[k] = log(dot(cones[k], v));
}

static void rgb_of_cones(const double lms[3], double *rgb)
{
    /* The inverse of the above. */
    static const double inverse[3][3] = {{4.468669863496255, -3.5886759034721267, 0.11960436657860116},
                                         {-1.2197166276177631, 2.3830879129554567, -0.16263011175140055},
                                         {0.058508476938545856, -0.2610784390276937, 1.205665908525623}};
    const double v[3] = {exp(lms[0]), exp(lms[1]), exp(lms[2])};
    for (int c = 0; c < 3; c++) rgb[c] = grey_level(dot(inverse[c], v));
}

static void ref_reinhard(const oprun *run, const plane *in, plane *out)
{
    const double *fit = run->fit.fit, *target = run->target.fit;
    for (int64_t i = 0; i < in->w * in->h; i++) {
        double p[3], q[3];
        cone_logarithms(in->v + 3 * i, p);
        const double lab[3] = {(p[0] + p[1] + p[2]) / sqrt(3), (p[0] + p[1] - 2 * p[2]) / sqrt(6),
                               (p[0] - p[1]) / sqrt(2)};
        for (int k = 0; k < 3; k++) {
            const double mean = target ? target[MEAN + k] : checkop_list(run, "target_mean", k);
            const double deviation = target ? target[DEVIATION + k] : checkop_list(run, "target_std", k);
            q[k] = (lab[k] - fit[MEAN + k]) / fit[DEVIATION + k] * deviation + mean;
        }
        const double l = q[0] / sqrt(3), a = q[1] / sqrt(6), b = q[2] / sqrt(2);
        const double lms[3] = {l + a + b, l + a - b, l - 2 * a};
        rgb_of_cones(lms, out->v + 3 * i);
    }
}

const checkop_row checkop_stain_rows[] = {
    {"normalize_colors_pca", ref_colors_pca, NULL},
    {"normalize_macenko", ref_macenko, NULL},
    {"normalize_reinhard", ref_reinhard, NULL},
    {"normalize_vahadane", ref_vahadane, NULL},
    {NULL, NULL, NULL},
};
