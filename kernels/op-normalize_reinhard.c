/* normalize_reinhard: mean and standard deviation of each channel of a decorrelated colour space. */
#include "normalize-private.h"

#include <math.h>

#include "moments.h"

static const wsi_param params[] = {
    WSI_LUMINOSITY_PARAM,
    WSI_STATISTICS_PARAM("tissue", "Over which pixels mean and deviation are taken: tissue's, or all."),
    WSI_NORMALIZE_FLOATS("target_mean", mean, "Mean of l, alpha and beta that slides are brought to.",
                         "[8.74108109,-0.12440419,0.0444982]", 3, -20),
    WSI_NORMALIZE_FLOATS("target_std", deviation, "Their standard deviations.", "[0.6135447,0.10989545,0.0286032]", 3,
                         0),
    WSI_OVER_PARAMS};

/* A fit, as saved. */
typedef struct colour_fit {
    double pixels, mean[3], deviation[3];
} colour_fit;

typedef struct colour_acc {
    wsi_colour_rule rule;
    float share[3][WSI_NORMALIZE_VALUES][3]; /* of each value of a channel in L, M and S */
    wsi_moments moments;
} colour_acc;

/* Cone responses L, M, S of RGB; Ruderman's axes of their logarithms, before they are brought to unit length. */
static const double cones[3][3] = {{0.3811, 0.5783, 0.0402}, {0.1967, 0.7244, 0.0782}, {0.0241, 0.1288, 0.8444}};
static const double axes[3][3] = {{1, 1, 1}, {1, 1, -2}, {1, -1, 0}};
static const double squared[3] = {3, 6, 2};

static double share_of(int c, int value, int cone)
{
    return cones[cone][c] * (value > 1 ? value : 1);
}

static int fields(const wsi_fit_call *call, wsi_fit_field out[WSI_FIT_FIELDS_MAX])
{
    (void)call;
    out[0] = (wsi_fit_field){"tissue_pixels", 1};
    out[1] = (wsi_fit_field){"mean", 3};
    out[2] = (wsi_fit_field){"std", 3};
    return 3;
}

static size_t size(const wsi_fit_call *call)
{
    (void)call;
    return sizeof(colour_acc);
}

static void init(const wsi_fit_call *call, void *acc)
{
    const wsi_normalize_params *p = (const wsi_normalize_params *)call->params;
    colour_acc *a = (colour_acc *)acc;
    if (p->statistics == WSI_STATISTICS_ALL)
        wsi_rule_all(&a->rule);
    else
        wsi_rule_luminosity(&a->rule, p->luminosity);
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < WSI_NORMALIZE_VALUES; v++)
            for (int k = 0; k < 3; k++) a->share[c][v][k] = (float)share_of(c, v, k);
    a->moments = (wsi_moments){.count = 0};
}

/* l, alpha, beta of a pixel whose cones' logarithms are given, in fixed point. */
static inline void to_axes(float *restrict l, float *restrict m, float *restrict s, int n)
{
    const float to_l = 0.577350269f, to_alpha = 0.408248290f, to_beta = 0.707106781f; /* 1 / sqrt of 3, 6, 2 */
    for (int i = 0; i < n; i++) {
        const float x = wsi_px_log(l[i]), y = wsi_px_log(m[i]), z = wsi_px_log(s[i]);
        l[i] = ((x + y) + z) * to_l;
        m[i] = ((x + y) - (z + z)) * to_alpha;
        s[i] = (x - y) * to_beta;
    }
}

static void take(void *user, const uint8_t *rgb, int n)
{
    colour_acc *a = (colour_acc *)user;
    float v[3][WSI_RULE_RUN];
    int32_t fixed[3][WSI_RULE_RUN];
    const int32_t *const planes[3] = {fixed[0], fixed[1], fixed[2]};
    for (int i = 0; i < n; i++, rgb += 3)
        for (int k = 0; k < 3; k++)
            v[k][i] = (a->share[0][rgb[0]][k] + a->share[1][rgb[1]][k]) + a->share[2][rgb[2]][k];
    to_axes(v[0], v[1], v[2], n);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < n; i++) fixed[k][i] = wsi_moments_fixed((double)v[k][i]);
    wsi_moments_add(&a->moments, planes, n);
}

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    (void)x, (void)y;
    wsi_rule_each(&((colour_acc *)acc)->rule, im, wsi_normalize_mask(call, im), take, acc);
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    (void)call;
    wsi_moments_merge(&((colour_acc *)acc)->moments, &((const colour_acc *)other)->moments);
}

static wsi_status finalise(const wsi_fit_call *call, void *acc, double *out, wsi_error *err)
{
    const wsi_moments *m = &((const colour_acc *)acc)->moments;
    colour_fit *fit = (colour_fit *)out;
    double covariance[3][3];
    (void)call;
    WSI_RETURN_IF(m->count < 1, WSI_ERR_INPUT_UNSUPPORTED, "no tissue: no pixel is dark enough");
    wsi_moments_mean(m, fit->mean);
    wsi_moments_covariance(m, 0, covariance);
    for (int k = 0; k < 3; k++) {
        fit->deviation[k] = sqrt(fmax(covariance[k][k], 0));
        WSI_RETURN_IF(!(fit->deviation[k] > 1e-5), WSI_ERR_INPUT_UNSUPPORTED, "the tissue has a single colour");
    }
    fit->pixels = (double)m->count;
    return WSI_OK;
}

/* From logarithms of cones to logarithms of base 2 of the result's: to the axes, to the target's mean and deviation,
 * and back. */
static void between_logarithms(const colour_fit *fit, const double mean[3], const double deviation[3], wsi_affine *m)
{
    double row[4][3] = {{0}};
    for (int k = 0; k < 3; k++) {
        const double ratio = deviation[k] / fit->deviation[k], unit = 1 / sqrt(squared[k]);
        const double added = mean[k] - ratio * fit->mean[k];
        for (int to = 0; to < 3; to++) {
            for (int from = 0; from < 3; from++) row[from][to] += axes[k][from] * ratio / squared[k] * axes[k][to];
            row[3][to] += added * unit * axes[k][to];
        }
    }
    for (int i = 0; i < 4; i++)
        for (int to = 0; to < 3; to++) m->row[i][to] = (float)(row[i][to] * M_LOG2E);
}

static wsi_status prepare(const wsi_fit_call *call, void *state, wsi_error *err)
{
    const wsi_normalize_params *p = (const wsi_normalize_params *)call->params;
    const colour_fit *fit = (const colour_fit *)call->fit, *target = (const colour_fit *)call->target;
    wsi_normalize_state *s = (wsi_normalize_state *)state;
    double rgb[3][3];
    for (int k = 0; k < 3; k++) WSI_RETURN_IF(!(fit->deviation[k] > 0), WSI_ERR_CHAIN, "std of the fit is not above 0");
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < WSI_NORMALIZE_VALUES; v++)
            for (int k = 0; k < 3; k++) s->table[c][v][k] = (float)share_of(c, v, k);
    between_logarithms(fit, target ? target->mean : p->mean.v, target ? target->deviation : p->deviation.v, &s->first);
    wsi_invert3(cones, rgb);
    for (int from = 0; from < 3; from++)
        for (int to = 0; to < 3; to++) s->second.row[from][to] = (float)rgb[to][from];
    return WSI_OK;
}

static const wsi_reduction reduction = {
    .fields = fields,
    .takes_target = 1,
    .size = size,
    .init = init,
    .accumulate = accumulate,
    .merge = merge,
    .finalise = finalise,
    .prepare = prepare,
};

WSI_KERNEL_PICK(reinhard)

const wsi_op wsi_op_normalize_reinhard = {
    .name = "normalize_reinhard",
    .summary = "Bring the colours of a slide to a common mean and deviation, by Reinhard's method.",
    .doc = "Pixels go to Ruderman's l, alpha, beta: values of 1 at least, times (0.3811 0.5783 0.0402; 0.1967 0.7244 "
           "0.0782; 0.0241 0.1288 0.8444), the natural logarithm of each, then l = (L + M + S) / sqrt 3, alpha = (L + "
           "M - 2 S) / sqrt 6, beta = (L - M) / sqrt 2. There each channel is brought from the mean and the standard "
           "deviation of the tissue to the target's, and back. All pixels are changed, glass too. One round over the "
           "image before the result; the sums are exact. The default target is that of slide TCGA-A2-A3XS-DX1 as in "
           "Amgad et al. 2019. " WSI_NORMALIZE_DOC,
    .cost = 2.4,
    .source = "Reinhard et al. 2001, Color transfer between images",
    .example = "normalize_reinhard",
    WSI_NORMALIZE_ROW(reinhard),
};
