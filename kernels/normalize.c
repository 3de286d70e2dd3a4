/* What the stain normalisations share: formats, densities, the last round (amounts of both stains), the states of their
 * kernels. */
#include "normalize-private.h"

#include <math.h>
#include <string.h>

#include "grid-rank.h"

const char *const wsi_statistics_names[] = {"tissue", "all", NULL};

wsi_status wsi_normalize_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params;
    WSI_RETURN_IF(in[0].type != WSI_U8 || in[0].channels != 3, WSI_ERR_CHAIN, "takes uint8 RGB, not %s x %d",
                  wsi_dtype_name(in[0].type), in[0].channels);
    WSI_RETURN_IF(inputs > 1 && in[1].channels != 1, WSI_ERR_CHAIN, "takes a mask of one channel, not %d",
                  in[1].channels);
    *out = in[0];
    return WSI_OK;
}

const wsi_image *wsi_normalize_mask(const wsi_fit_call *call, const wsi_image *im)
{
    const int mask = ((const wsi_normalize_params *)call->params)->over.mask.image;
    return mask > 0 ? &im[mask] : NULL;
}

double wsi_density_plus_one(const wsi_normalize_params *p, int value)
{
    return -log((value + 1) / p->source_intensity);
}

double wsi_density_clipped(const wsi_normalize_params *p, int value)
{
    return -log(fmin(fmax(value, 1), p->source_intensity) / p->source_intensity);
}

int wsi_density_limit(const wsi_stain_method *method, const wsi_normalize_params *p, int above)
{
    int limit = 255;
    while (limit >= 0) {
        const double density = method->density(p, limit);
        if (above ? density > p->beta : density >= p->beta) break;
        limit--;
    }
    return limit;
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

void wsi_stain_order(double (*stain)[3])
{
    for (int k = 0; k < 2; k++) {
        const double length = sqrt(dot(stain[k], stain[k]));
        for (int c = 0; c < 3; c++) stain[k][c] /= length;
    }
    if (stain[0][0] >= stain[1][0]) return;
    for (int c = 0; c < 3; c++) {
        const double kept = stain[0][c];
        stain[0][c] = stain[1][c];
        stain[1][c] = kept;
    }
}

wsi_status wsi_stain_pair(const double (*stain)[3], wsi_px_pair *pair, wsi_error *err)
{
    const double ss = dot(stain[0], stain[0]), st = dot(stain[0], stain[1]), tt = dot(stain[1], stain[1]);
    const double det = ss * tt - st * st;
    WSI_RETURN_IF(!(det > 1e-6 * ss * tt), WSI_ERR_INPUT_UNSUPPORTED, "the tissue does not show two stains");
    *pair = (wsi_px_pair){(float)(ss / det), (float)(st / det), (float)(tt / det), (float)(1 / ss), (float)(1 / tt)};
    return WSI_OK;
}

/* What a channel's density is multiplied by for its share of both: of amounts by least squares, or of the products with
 * the stain vectors that sparse amounts are found from. */
static void shares(const wsi_stain_method *method, const double (*stain)[3], double (*share)[3])
{
    const double ss = dot(stain[0], stain[0]), st = dot(stain[0], stain[1]), tt = dot(stain[1], stain[1]);
    const double det = ss * tt - st * st;
    memcpy(share, stain, 2 * sizeof *share);
    for (int c = 0; c < 3 && method->sparse < 0; c++) {
        share[0][c] = (tt * stain[0][c] - st * stain[1][c]) / det;
        share[1][c] = (ss * stain[1][c] - st * stain[0][c]) / det;
    }
}

/* The last round. */
typedef struct maxima_acc {
    wsi_stain_acc head;
    wsi_px_pair pair;
    float share[2][3][256]; /* of each value */
    wsi_grid grid[2];
    float low[2], scale[2];
    uint64_t count[2][WSI_GRID_BINS];
} maxima_acc;

/* Fills share[k], and the grid over all amounts that are possible. */
static void tabulate(maxima_acc *a, int k, const double share[3])
{
    const wsi_stain_method *method = a->head.method;
    const double weight = method->sparse > 0 ? method->sparse : 0;
    double low = 0, high = 0;
    for (int c = 0; c < 3; c++) {
        const double bright = share[c] * method->density(a->head.params, 255);
        const double dark = share[c] * method->density(a->head.params, 0);
        low += fmin(bright, dark);
        high += fmax(bright, dark);
        for (int v = 0; v < 256; v++)
            a->share[k][c][v] = (float)(share[c] * method->density(a->head.params, v) - (c ? 0 : weight));
    }
    if (method->sparse >= 0) {
        low = 0;
        high *= k ? fmax((double)a->pair.ss, (double)a->pair.t) : fmax((double)a->pair.tt, (double)a->pair.s);
    }
    a->grid[k] = wsi_grid_over(low, high);
    a->low[k] = (float)low;
    a->scale[k] = wsi_grid_scale(&a->grid[k]);
}

static void maxima_init(const wsi_fit_call *call, wsi_stain_acc *acc)
{
    maxima_acc *a = (maxima_acc *)acc;
    const wsi_stain_fit *fit = (const wsi_stain_fit *)call->fit;
    double share[2][3];
    if (acc->params->statistics == WSI_STATISTICS_ALL) wsi_rule_all(&acc->rule);
    (void)wsi_stain_pair(fit->stain, &a->pair, NULL); /* the round before has seen to it */
    shares(acc->method, fit->stain, share);
    for (int k = 0; k < 2; k++) tabulate(a, k, share[k]);
}

static void maxima_take(void *user, const uint8_t *rgb, int n)
{
    maxima_acc *a = (maxima_acc *)user;
    const int sparse = a->head.method->sparse >= 0;
    for (int i = 0; i < n; i++, rgb += 3) {
        wsi_px_amounts c;
        c.s = (a->share[0][0][rgb[0]] + a->share[0][1][rgb[1]]) + a->share[0][2][rgb[2]];
        c.t = (a->share[1][0][rgb[0]] + a->share[1][1][rgb[1]]) + a->share[1][2][rgb[2]];
        if (sparse) c = wsi_px_amounts_of(c.s, c.t, a->pair);
        a->count[0][wsi_grid_bin(c.s, a->low[0], a->scale[0])]++;
        a->count[1][wsi_grid_bin(c.t, a->low[1], a->scale[1])]++;
    }
}

static void maxima_accumulate(const wsi_fit_call *call, const wsi_image *im, const wsi_image *mask, int64_t x,
                              int64_t y, wsi_stain_acc *acc)
{
    (void)call, (void)x, (void)y;
    wsi_rule_each(&acc->rule, im, mask, maxima_take, acc);
}

static void maxima_merge(wsi_stain_acc *acc, const wsi_stain_acc *other)
{
    wsi_grid_merge(((maxima_acc *)acc)->count[0], ((const maxima_acc *)other)->count[0]);
    wsi_grid_merge(((maxima_acc *)acc)->count[1], ((const maxima_acc *)other)->count[1]);
}

static wsi_status maxima_finalise(const wsi_fit_call *call, wsi_stain_acc *acc, wsi_stain_fit *fit, wsi_error *err)
{
    const maxima_acc *a = (const maxima_acc *)acc;
    (void)call;
    for (int k = 0; k < 2; k++) {
        const wsi_percentile p = wsi_grid_percentile(&a->grid[k], a->count[k], 100 - acc->params->alpha);
        fit->maxima[k] = p.below + p.part * (p.above - p.below);
        WSI_RETURN_IF(!(fit->maxima[k] > 1e-3), WSI_ERR_INPUT_UNSUPPORTED, "the tissue shows no %s",
                      k ? "second stain" : "first stain");
    }
    return WSI_OK;
}

const wsi_stain_round wsi_stain_maxima = {sizeof(maxima_acc), maxima_init, maxima_accumulate, maxima_merge,
                                          maxima_finalise};

void wsi_stain_begin(const wsi_fit_call *call, void *acc, const wsi_stain_method *method)
{
    wsi_stain_acc *a = (wsi_stain_acc *)acc;
    memset(acc, 0, method->round[call->round]->size);
    a->method = method;
    a->round = method->round[call->round];
    a->params = (const wsi_normalize_params *)call->params;
    method->tissue(a->params, &a->rule);
    a->round->init(call, a);
}

void wsi_stain_accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    wsi_stain_acc *a = (wsi_stain_acc *)acc;
    a->round->accumulate(call, im, wsi_normalize_mask(call, im), x, y, a);
}

void wsi_stain_merge(const wsi_fit_call *call, void *acc, const void *other)
{
    (void)call;
    ((wsi_stain_acc *)acc)->round->merge((wsi_stain_acc *)acc, (const wsi_stain_acc *)other);
}

wsi_status wsi_stain_finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    wsi_stain_acc *a = (wsi_stain_acc *)acc;
    return a->round->finalise(call, a, (wsi_stain_fit *)fit, err);
}

int wsi_stain_fields(const wsi_fit_call *call, wsi_fit_field fields[WSI_FIT_FIELDS_MAX])
{
    (void)call;
    fields[0] = (wsi_fit_field){"tissue_pixels", 1};
    fields[1] = (wsi_fit_field){"stain_vectors", 6};
    fields[2] = (wsi_fit_field){"maxima", 2};
    fields[3] = (wsi_fit_field){"principal_directions", 6};
    return 4;
}

/* The vectors that amounts are multiplied by for the new density: the target's, by the ratio of the maxima. */
static void target_of(const wsi_fit_call *call, const wsi_stain_method *method, double (*target)[3])
{
    const wsi_normalize_params *p = (const wsi_normalize_params *)call->params;
    const wsi_stain_fit *fit = (const wsi_stain_fit *)call->fit, *reference = (const wsi_stain_fit *)call->target;
    for (int k = 0; k < 2; k++)
        for (int c = 0; c < 3; c++) {
            const double given = p->stains.v[method->columns ? 2 * c + k : 3 * k + c];
            const double maximum = reference ? reference->maxima[k] : p->maxima.v[k];
            target[k][c] = (reference ? reference->stain[k][c] : given) * maximum / fit->maxima[k];
        }
}

/* Logarithms to base 2 of the result, from the densities of each value. */
static void prepare_linear(const wsi_normalize_params *p, const wsi_stain_method *method, const double share[2][3],
                           const double target[2][3], wsi_normalize_state *state)
{
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            for (int k = 0; k < 3; k++) {
                const double times = share[0][c] * target[0][k] + share[1][c] * target[1][k];
                const double from = c ? 0 : log2(p->source_intensity);
                state->table[c][v][k] = (float)(from - times * method->density(p, v) * M_LOG2E);
            }
}

static void prepare_sparse(const wsi_normalize_params *p, const wsi_stain_method *method, const double share[2][3],
                           const double target[2][3], wsi_normalize_state *state)
{
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            for (int k = 0; k < 2; k++)
                state->table[c][v][k] = (float)(share[k][c] * method->density(p, v) - (c ? 0 : method->sparse));
    for (int c = 0; c < 3; c++) {
        for (int k = 0; k < 2; k++) state->second.row[k][c] = (float)(-target[k][c] * M_LOG2E);
        state->second.row[3][c] = (float)log2(p->source_intensity);
    }
}

wsi_status wsi_stain_prepare(const wsi_fit_call *call, wsi_normalize_state *state, const wsi_stain_method *method,
                             wsi_error *err)
{
    const wsi_normalize_params *p = (const wsi_normalize_params *)call->params;
    const wsi_stain_fit *fit = (const wsi_stain_fit *)call->fit;
    double share[2][3], target[2][3];
    WSI_FORWARD(wsi_stain_pair(fit->stain, &state->pair, err)); /* a fit may come from a file */
    WSI_RETURN_IF(!(fit->maxima[0] > 0 && fit->maxima[1] > 0), WSI_ERR_CHAIN, "maxima of the fit are not above 0");
    shares(method, fit->stain, share);
    target_of(call, method, target);
    if (method->sparse < 0)
        prepare_linear(p, method, share, target, state);
    else
        prepare_sparse(p, method, share, target, state);
    return WSI_OK;
}
