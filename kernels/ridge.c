/* What the rows of the ridge filters and of hessian_matrix share. */
#include "ridge.h"

#include <math.h>

#include "cuda/separable-cuda.h"
#include "extremes.h"
#include "op-private.h"
#include "planes.h"

/* Radius of one stage at a scale. */
static int radius_of(double sigma)
{
    return (int)floor(sqrt(48.0 * log(2.0)) * sigma / sqrt(2.0));
}

static int largest_radius(const wsi_floats *sigmas)
{
    int radius = 0;
    for (int i = 0; i < sigmas->n; i++) {
        const int r = radius_of(sigmas->v[i]);
        if (r > radius) radius = r;
    }
    return radius;
}

wsi_halo wsi_ridge_halo(const wsi_floats *sigmas)
{
    const int reach = 2 * largest_radius(sigmas);
    return (wsi_halo){reach, reach};
}

/* Orders 0 and 1; the kinds are said, for a single tap is both. */
static void taps_of_scale(wsi_ridge_scale *s, double sigma, double factor)
{
    const double stage = sigma / sqrt(2.0);
    s->radius = radius_of(sigma);
    wsi_taps_gaussian(&s->smooth, stage, s->radius, 0, 1.0);
    wsi_taps_gaussian(&s->derive, stage, s->radius, 1, 1.0);
    wsi_taps_gaussian(&s->first_smooth, stage, s->radius, 0, factor);
    wsi_taps_gaussian(&s->first_derive, stage, s->radius, 1, factor);
    s->smooth.kind = s->first_smooth.kind = WSI_TAPS_EVEN;
    s->derive.kind = s->first_derive.kind = WSI_TAPS_ODD;
}

void wsi_ridge_taps(wsi_ridge_state *s, const wsi_floats *sigmas, double sign, double scale, double cval)
{
    s->sigmas = *sigmas;
    s->outside = (float)(sign * cval / scale);
    s->beside = (float)cval;
    for (int i = 0; i < sigmas->n; i++) taps_of_scale(&s->scale[i], sigmas->v[i], sign * scale);
}

/* Of both stages. The first works on up to 2 * radius columns more than the result has, fewer at slide edges, and fewer
 * columns may make longer strips. */
static size_t bytes_of_sums(int radius, int64_t w)
{
    size_t bytes = wsi_separable_plan(radius, radius, 2, 2, 2, w).bytes;
    for (int64_t columns = w; columns <= w + 2 * (int64_t)radius; columns++) {
        const size_t b = wsi_separable_plan(radius, radius, 2, 2, 1, columns).bytes;
        if (b > bytes) bytes = b;
    }
    return bytes;
}

wsi_ridge_layout wsi_ridge_plan(const wsi_floats *sigmas, int64_t w, int64_t h)
{
    const int64_t reach = largest_radius(sigmas);
    wsi_ridge_layout l = {0, 0, 0};
    for (int i = 0; i < sigmas->n; i++) {
        const size_t bytes = wsi_plane_lines(bytes_of_sums(radius_of(sigmas->v[i]), w));
        if (bytes > l.gradient) l.gradient = bytes;
    }
    l.best = l.gradient + wsi_plane_lines((size_t)((w + 2 * reach) * (h + 2 * reach)) * 2 * sizeof(float));
    l.bytes = l.best + (sigmas->n > 1 ? wsi_plane_lines((size_t)(w * h) * sizeof(float)) : 0);
    return l;
}

wsi_ridge_planes wsi_ridge_device_plan(const wsi_floats *sigmas, int64_t w, int64_t h)
{
    const int64_t r = largest_radius(sigmas), gw = w + 2 * r, gh = h + 2 * r;
    const size_t gradient = (size_t)(wsi_plane_pitch(gw) * gh), plane = (size_t)(wsi_plane_pitch(w) * h);
    wsi_ridge_planes p;
    p.gr = 0;
    p.gc = gradient;
    p.second = p.gc + gradient;
    p.best = p.second + plane;
    p.sums = p.best + (sigmas->n > 1 ? plane : 0);
    p.floats = p.sums + wsi_separable_cuda_scratch((int)r, (int)r, 2, 1, gw, gh) / sizeof(float);
    return p;
}

wsi_halo wsi_ridge_filter_halo(const void *params)
{
    return wsi_ridge_halo(&((const wsi_ridge_params *)params)->sigmas);
}

double wsi_ridge_filter_repeats(const void *params)
{
    const wsi_floats *sigmas = &((const wsi_ridge_params *)params)->sigmas;
    double sum = 0;
    for (int i = 0; i < sigmas->n; i++) sum += 4 + 3 * sigmas->v[i];
    return sum;
}

size_t wsi_ridge_filter_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)in, (void)inputs;
    return wsi_ridge_plan(&((const wsi_ridge_params *)params)->sigmas, w, h).bytes;
}

size_t wsi_ridge_filter_cuda_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)in, (void)inputs;
    return wsi_ridge_device_plan(&((const wsi_ridge_params *)params)->sigmas, w, h).floats * sizeof(float);
}

void wsi_ridge_filter_prepare(const wsi_ridge_params *p, wsi_ridge_measure measure, wsi_ridge_state *s)
{
    s->measure = measure;
    s->mode = p->mode;
    wsi_ridge_taps(s, &p->sigmas, p->black_ridges ? 1.0 : -1.0, 1.0, p->cval);
}

void wsi_ridge_frangi_prepare(const wsi_ridge_params *p, wsi_ridge_measure measure, double gamma, wsi_ridge_state *s)
{
    wsi_ridge_filter_prepare(p, measure, s);
    for (int i = 0; i < s->sigmas.n; i++) {
        s->scale[i].k.blob = (float)(0.5 / (p->beta * p->beta));
        s->scale[i].k.norm = (float)(0.5 / (gamma * gamma));
    }
}

/* ---- largest values of a whole image ---- */

typedef struct maxima {
    wsi_extremes channel[WSI_RIDGE_SCALES_MAX];
} maxima;

static int whole_of(const wsi_fit_call *call)
{
    return ((const wsi_ridge_params *)call->params)->whole.image;
}

size_t wsi_ridge_maxima_size(const wsi_fit_call *call)
{
    (void)call;
    return sizeof(maxima);
}

void wsi_ridge_maxima_init(const wsi_fit_call *call, void *acc)
{
    (void)call;
    for (int c = 0; c < WSI_RIDGE_SCALES_MAX; c++) ((maxima *)acc)->channel[c] = wsi_extremes_none();
}

void wsi_ridge_maxima_add(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    (void)x, (void)y;
    wsi_extremes_add(((maxima *)acc)->channel, &im[whole_of(call)], NULL, 1);
}

void wsi_ridge_maxima_merge(const wsi_fit_call *call, void *acc, const void *other)
{
    (void)call;
    for (int c = 0; c < WSI_RIDGE_SCALES_MAX; c++)
        wsi_extremes_merge(&((maxima *)acc)->channel[c], &((const maxima *)other)->channel[c]);
}

double wsi_ridge_maximum(const void *acc, int channel)
{
    return wsi_extremes_high(&((const maxima *)acc)->channel[channel]);
}
