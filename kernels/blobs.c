/* Scales and taps of the blob detectors, in the reference's own arithmetic: with a float32 image it computes its scales
 * in float32, and a response differs visibly when they are not the very same. */
#include "blobs-private.h"

#include <math.h>
#include <string.h>

const char *const wsi_blob_methods[] = {"log", "dog", "doh", NULL};
const char *const wsi_blob_none[] = {"none", NULL};

static double as(double v, int single)
{
    return single ? (double)(float)v : v;
}

/* numpy.linspace, in float32 where the ends are. */
static double between(double from, double to, int64_t i, int64_t n, int single)
{
    if (i == n - 1 && n > 1) return to;
    const double step = n > 1 ? as(as(to - from, single) / (double)(n - 1), single) : 0;
    return as(as((double)i * step, single) + from, single);
}

/* Of DoH the reference takes them as quotients, whose last digit decides whether a box has int(3 sigma) pixels or one
 * less. */
static double logarithm(const wsi_blob_params *p, double sigma, int single)
{
    return p->method == WSI_BLOB_DOH ? log(sigma) / log(10) : as(log10(sigma), single);
}

static double spaced(const wsi_blob_params *p, int64_t i, int single)
{
    const double from = as(p->min_sigma, single), to = as(p->max_sigma, single);
    if (!p->log_scale) return between(from, to, i, p->num_sigma, single);
    return pow(10, between(logarithm(p, from, single), logarithm(p, to, single), i, p->num_sigma, single));
}

/* Sigmas of LoG and DoH. The scales of DoH are always float64. */
static void space(const wsi_blob_params *p, int single, wsi_blob_scales *out)
{
    const int narrow = single && p->method == WSI_BLOB_LOG;
    out->count = (int)p->num_sigma;
    for (int i = 0; i < out->count; i++) {
        const double s = spaced(p, i, narrow);
        out->sigma[i] = s;
        out->factor[i] = p->method == WSI_BLOB_LOG ? as(s * s, narrow && !p->log_scale) : 1;
    }
}

/* As many ratios as bring the least sigma beyond the largest. */
static int64_t differences(const wsi_blob_params *p, int single)
{
    const double ratio = as(as(p->max_sigma, single) / as(p->min_sigma, single), single);
    const double steps = as(single ? (double)logf((float)ratio) : log(ratio), single) / log(p->sigma_ratio) + 1;
    return (int64_t)fmin(steps, WSI_BLOB_SCALES_MAX + 1);
}

static wsi_status progress(const wsi_blob_params *p, int single, wsi_blob_scales *out, wsi_error *err)
{
    const int64_t n = differences(p, single);
    WSI_RETURN_IF(n > WSI_BLOB_SCALES_MAX, WSI_ERR_CHAIN, "parameter sigma_ratio: %g makes more than %d scales",
                  p->sigma_ratio, WSI_BLOB_SCALES_MAX);
    out->count = (int)n;
    for (int i = 0; i <= out->count; i++)
        out->sigma[i] = as(as(p->min_sigma, single) * as(pow(p->sigma_ratio, i), single), single);
    for (int i = 0; i < out->count; i++) out->factor[i] = as(1 / (p->sigma_ratio - 1), single);
    return WSI_OK;
}

wsi_status wsi_blob_check(const void *params, wsi_error *err)
{
    const wsi_blob_params *p = (const wsi_blob_params *)params;
    wsi_blob_scales scales;
    WSI_RETURN_IF(p->max_sigma < p->min_sigma, WSI_ERR_CHAIN, "parameter max_sigma: %g is less than min_sigma, %g",
                  p->max_sigma, p->min_sigma);
    WSI_RETURN_IF(p->method == WSI_BLOB_DOH && p->min_sigma < 1, WSI_ERR_CHAIN,
                  "parameter min_sigma: %g is not allowed: boxes need at least 1", p->min_sigma);
    return wsi_blob_scales_of(p, WSI_F64, &scales, err);
}

wsi_status wsi_blob_scales_of(const wsi_blob_params *p, wsi_dtype type, wsi_blob_scales *out, wsi_error *err)
{
    const int single = type == WSI_F32;
    if (p->method == WSI_BLOB_DOG) return progress(p, single, out, err);
    space(p, single, out);
    return WSI_OK;
}

static int radius_of(double sigma)
{
    return (int)(4 * sigma + 0.5);
}

int64_t wsi_blob_reach(const wsi_blob_params *p)
{
    wsi_blob_scales scales;
    if (wsi_blob_scales_of(p, WSI_F64, &scales, NULL) != WSI_OK) return 0;
    if (p->method == WSI_BLOB_DOH) return wsi_box_prepare(p->max_sigma, WSI_F64).size;
    /* The same in float32, whose last digit may tip a radius over. */
    return radius_of(scales.sigma[p->method == WSI_BLOB_DOG ? scales.count : scales.count - 1] * (1 + 1e-6));
}

static void fill_taps(wsi_blob_taps *t, double sigma)
{
    const double variance = sigma * sigma, steep = -0.5 / variance, slope = 1 / variance;
    double sum = 0;
    t->radius = radius_of(sigma);
    for (int x = -t->radius; x <= t->radius; x++) sum += exp(steep * ((double)x * x));
    for (int x = 0; x <= t->radius; x++) {
        t->smooth[x] = exp(steep * ((double)x * x)) / sum;
        t->second[x] = ((double)x * x * (slope * slope) - slope) * t->smooth[x];
    }
}

wsi_status wsi_blob_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_blob_params *p = (const wsi_blob_params *)params;
    wsi_blob_state *s = (wsi_blob_state *)state;
    wsi_blob_scales scales;
    (void)inputs;
    WSI_FORWARD(wsi_blob_scales_of(p, in[0].type, &scales, err));
    s->method = p->method;
    s->count = scales.count;
    s->rounded = in[0].type == WSI_F32;
    s->blurs = p->method == WSI_BLOB_DOH ? 0 : scales.count + (p->method == WSI_BLOB_DOG);
    s->reach = wsi_blob_reach(p);
    s->scale = wsi_scale_of(in[0].type);
    memcpy(s->factor, scales.factor, sizeof s->factor);
    for (int i = 0; i < s->blurs; i++) fill_taps(&s->taps[i], scales.sigma[i]);
    for (int i = 0; p->method == WSI_BLOB_DOH && i < s->count; i++) {
        s->boxes[i] = wsi_box_prepare(scales.sigma[i], in[0].type);
        s->boxes[i].precise = 1;
    }
    return WSI_OK;
}

int wsi_blob_expand(const wsi_blob_params *p, const wsi_param *table, int count, const char *method, char *text,
                    size_t size)
{
    const char *scales[8] = {"min_sigma", "max_sigma"}, *chosen[16];
    const char *const rest[] = {"threshold", "threshold_rel", "overlap", "exclude_border"};
    wsi_expansion e = {text, size, 0};
    int n = 2, all;
    if (p->method == WSI_BLOB_DOG) scales[n++] = "sigma_ratio";
    if (p->method != WSI_BLOB_DOG) scales[n++] = "num_sigma", scales[n++] = "log_scale";
    scales[n] = NULL;
    memcpy(chosen, scales, (size_t)n * sizeof *scales);
    all = n;
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        if (wsi_param_find(table, count, rest[i]) >= 0) chosen[all++] = rest[i];
    chosen[all] = NULL;
    wsi_expansion_add(&e, "blob_response:method=%s", method);
    wsi_expansion_params(&e, table, count, p, scales);
    wsi_expansion_add(&e, " | select_blobs:method=%s", method);
    wsi_expansion_params(&e, table, count, p, chosen);
    return e.length;
}
