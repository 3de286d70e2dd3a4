/* What the rows of hessian_matrix, hessian_matrix_det and shape_index share. */
#include "differences.h"

#include <math.h>

#include "op-private.h"

/* floor(4 sigma + 0.5) */
static int radius_of(double sigma)
{
    return sigma > 1e-15 ? (int)floor(4.0 * sigma + 0.5) : 0;
}

/* Samples of the Gaussian over -r..r divided by their sum. */
static void weights(double sigma, int r, double *w)
{
    const double factor = sigma > 1e-15 ? -0.5 / (sigma * sigma) : 0.0;
    double sum = 0.0;
    for (int k = r; k >= 1; k--) sum += 2.0 * exp(factor * k * k);
    sum += 1.0;
    for (int k = 0; k <= r; k++) w[k] = exp(factor * k * k) / sum;
}

void wsi_differences_prepare(const wsi_hessian_params *p, wsi_dtype type, wsi_differences_result result,
                             wsi_differences_state *s)
{
    s->result = (int)result;
    s->mode = p->mode;
    s->columns_first = p->order;
    s->radius = radius_of(p->sigma);
    s->scale = wsi_scale_of(type);
    s->cval = p->cval;
    weights(p->sigma, s->radius, s->w);
}

wsi_halo wsi_differences_halo(const void *params)
{
    const int64_t reach = radius_of(((const wsi_hessian_params *)params)->sigma) + 2;
    return (wsi_halo){reach, reach};
}

size_t wsi_differences_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)in, (void)inputs, (void)h;
    return wsi_differences_plan(radius_of(((const wsi_hessian_params *)params)->sigma), w).bytes;
}

/* Sums along y, and the smoothed image. */
size_t wsi_differences_cuda_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const int64_t r = radius_of(((const wsi_hessian_params *)params)->sigma);
    (void)in, (void)inputs;
    return (size_t)((w + 4 + 2 * r + w + 4) * (h + 4)) * sizeof(double);
}

wsi_box_state wsi_box_prepare(double sigma, wsi_dtype type)
{
    const int size = (int)(3.0 * sigma);
    return (wsi_box_state){size, size / 3, (size - 1) / 2, 0, wsi_scale_of(type), 1.0 / size / size};
}
