/* The rounds of Macenko's method: the plane that the densities of tissue lie in (their first two principal directions),
 * and the extreme directions within it, which are the stain vectors.
 * After M. Macenko et al., "A method for normalizing histology slides for quantitative analysis", 2009. */
#include "normalize-private.h"

#include <math.h>
#include <string.h>

#include "grid-rank.h"
#include "moments.h"

enum { SWEEPS = 30 };

typedef struct moments_acc {
    wsi_stain_acc head;
    int32_t fixed[256]; /* density of each value */
    wsi_moments moments;
} moments_acc;

static void moments_init(const wsi_fit_call *call, wsi_stain_acc *acc)
{
    moments_acc *a = (moments_acc *)acc;
    (void)call;
    for (int v = 0; v < 256; v++) a->fixed[v] = wsi_moments_fixed(acc->method->density(acc->params, v));
}

static void moments_take(void *user, const uint8_t *rgb, int n)
{
    moments_acc *a = (moments_acc *)user;
    int32_t v[3][WSI_RULE_RUN];
    const int32_t *const planes[3] = {v[0], v[1], v[2]};
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) v[c][i] = a->fixed[rgb[3 * i + c]];
    wsi_moments_add(&a->moments, planes, n);
}

static void moments_accumulate(const wsi_fit_call *call, const wsi_image *im, const wsi_image *mask, int64_t x,
                               int64_t y, wsi_stain_acc *acc)
{
    (void)call, (void)x, (void)y;
    wsi_rule_each(&acc->rule, im, mask, moments_take, acc);
}

static void moments_merge(wsi_stain_acc *acc, const wsi_stain_acc *other)
{
    wsi_moments_merge(&((moments_acc *)acc)->moments, &((const moments_acc *)other)->moments);
}

/* Turns axes p and q of a symmetric matrix so that its element there becomes zero (Jacobi); v's columns turn along. */
static void turn(double m[3][3], double v[3][3], int p, int q)
{
    if (m[p][q] == 0) return;
    const double half = (m[q][q] - m[p][p]) / (2 * m[p][q]);
    const double t = (half < 0 ? -1 : 1) / (fabs(half) + sqrt(half * half + 1)), c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < 3; k++) {
        const double a = m[k][p], b = m[k][q];
        m[k][p] = c * a - s * b;
        m[k][q] = s * a + c * b;
    }
    for (int k = 0; k < 3; k++) {
        const double a = m[p][k], b = m[q][k], x = v[k][p], y = v[k][q];
        m[p][k] = c * a - s * b;
        m[q][k] = s * a + c * b;
        v[k][p] = c * x - s * y;
        v[k][q] = s * x + c * y;
    }
}

/* The directions of the two largest variances, with positive red. */
static void principal(double m[3][3], double (*plane)[3])
{
    double v[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int k = 0; k < SWEEPS; k++) {
        turn(m, v, 0, 1);
        turn(m, v, 0, 2);
        turn(m, v, 1, 2);
    }
    int least = 0, most = 0;
    for (int k = 1; k < 3; k++) {
        if (m[k][k] < m[least][least]) least = k;
        if (m[k][k] >= m[most][most]) most = k;
    }
    const int axis[2] = {most, least == most ? (most + 1) % 3 : 3 - most - least};
    for (int k = 0; k < 2; k++)
        for (int c = 0; c < 3; c++) plane[k][c] = v[0][axis[k]] < 0 ? -v[c][axis[k]] : v[c][axis[k]];
}

static wsi_status moments_finalise(const wsi_fit_call *call, wsi_stain_acc *acc, wsi_stain_fit *fit, wsi_error *err)
{
    const moments_acc *a = (const moments_acc *)acc;
    double covariance[3][3];
    (void)call;
    WSI_RETURN_IF(a->moments.count < 2, WSI_ERR_INPUT_UNSUPPORTED,
                  "no tissue: %lld pixels are dark enough for the stains to be estimated", (long long)a->moments.count);
    fit->pixels = (double)a->moments.count;
    wsi_moments_covariance(&a->moments, 1, covariance);
    principal(covariance, fit->plane);
    return WSI_OK;
}

const wsi_stain_round wsi_stain_moments = {sizeof(moments_acc), moments_init, moments_accumulate, moments_merge,
                                           moments_finalise};

/* Directions in the plane are counted by y / (|x| + |y|) for x >= 0, continued by 2 less it and -2 less it for x < 0,
 * which rises with the angle and takes no arc tangent: values -2..2. */
typedef struct angles_acc {
    wsi_stain_acc head;
    float share[2][3][256]; /* of each value, in both coordinates of the plane */
    wsi_grid grid;
    float low, scale;
    uint64_t count[WSI_GRID_BINS];
} angles_acc;

static void angles_init(const wsi_fit_call *call, wsi_stain_acc *acc)
{
    angles_acc *a = (angles_acc *)acc;
    const wsi_stain_fit *fit = (const wsi_stain_fit *)call->fit;
    for (int k = 0; k < 2; k++)
        for (int c = 0; c < 3; c++)
            for (int v = 0; v < 256; v++)
                a->share[k][c][v] = (float)(fit->plane[k][c] * acc->method->density(acc->params, v));
    a->grid = wsi_grid_over(-2, 2);
    a->low = -2;
    a->scale = wsi_grid_scale(&a->grid);
}

static inline float direction(float x, float y)
{
    const float sum = fabsf(x) + fabsf(y), d = sum > 0 ? y / sum : 0;
    return x >= 0 ? d : (y < 0 ? -2.0f : 2.0f) - d;
}

static double angle_of(double direction)
{
    const double d = fabs(direction) <= 1 ? direction : (direction < 0 ? -2 : 2) - direction;
    return atan2(d, fabs(direction) <= 1 ? 1 - fabs(d) : fabs(d) - 1);
}

static void angles_take(void *user, const uint8_t *rgb, int n)
{
    angles_acc *a = (angles_acc *)user;
    float d[WSI_RULE_RUN];
    for (int i = 0; i < n; i++, rgb += 3) {
        const float x = (a->share[0][0][rgb[0]] + a->share[0][1][rgb[1]]) + a->share[0][2][rgb[2]];
        const float y = (a->share[1][0][rgb[0]] + a->share[1][1][rgb[1]]) + a->share[1][2][rgb[2]];
        d[i] = direction(x, y);
    }
    for (int i = 0; i < n; i++) a->count[wsi_grid_bin(d[i], a->low, a->scale)]++;
}

static void angles_accumulate(const wsi_fit_call *call, const wsi_image *im, const wsi_image *mask, int64_t x,
                              int64_t y, wsi_stain_acc *acc)
{
    (void)call, (void)x, (void)y;
    wsi_rule_each(&acc->rule, im, mask, angles_take, acc);
}

static void angles_merge(wsi_stain_acc *acc, const wsi_stain_acc *other)
{
    wsi_grid_merge(((angles_acc *)acc)->count, ((const angles_acc *)other)->count);
}

static wsi_status angles_finalise(const wsi_fit_call *call, wsi_stain_acc *acc, wsi_stain_fit *fit, wsi_error *err)
{
    const angles_acc *a = (const angles_acc *)acc;
    const double alpha = acc->method->fixed_angles ? 1 : acc->params->alpha;
    wsi_px_pair pair;
    (void)call;
    for (int k = 0; k < 2; k++) {
        const wsi_percentile p = wsi_grid_percentile(&a->grid, a->count, k ? 100 - alpha : alpha);
        const double below = angle_of(p.below), above = angle_of(p.above), angle = below + p.part * (above - below);
        for (int c = 0; c < 3; c++) fit->stain[k][c] = fit->plane[0][c] * cos(angle) + fit->plane[1][c] * sin(angle);
    }
    wsi_stain_order(fit->stain);
    return wsi_stain_pair((const double(*)[3])fit->stain, &pair, err);
}

const wsi_stain_round wsi_stain_angles = {sizeof(angles_acc), angles_init, angles_accumulate, angles_merge,
                                          angles_finalise};
