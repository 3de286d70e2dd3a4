/* What the rows of structure_tensor and corner_harris share. */
#include "structure.h"

#include <math.h>

#include "cuda/separable-cuda.h"
#include "op-private.h"
#include "planes.h"

static double sigma_of(const wsi_structure_params *p, int axis)
{
    return p->sigma.v[p->sigma.n > 1 ? axis : 0];
}

/* Of the Gaussian: truncated at 4 sigma. */
static int radius(const wsi_structure_params *p, int axis)
{
    const double sigma = sigma_of(p, axis);
    return sigma > 1e-15 ? (int)floor(4.0 * sigma + 0.5) : 0;
}

void wsi_structure_prepare(const wsi_structure_params *p, wsi_dtype type, int harris, wsi_structure_state *s)
{
    const double scale = wsi_scale_of(type);
    s->mode = p->mode;
    s->columns_first = p->order;
    s->harris = harris;
    s->by_eps = p->method;
    s->k = (float)(p->method ? p->eps : p->k);
    s->scale = (float)scale;
    s->cval = (float)p->cval;
    wsi_taps_gaussian(&s->y, sigma_of(p, 0), radius(p, 0), 0, 1.0);
    wsi_taps_gaussian(&s->x, sigma_of(p, 1), radius(p, 1), 0, 1.0);
}

wsi_halo wsi_structure_halo(const void *params_)
{
    const wsi_structure_params *p = (const wsi_structure_params *)params_;
    return (wsi_halo){radius(p, 1) + 1, radius(p, 0) + 1};
}

wsi_structure_layout wsi_structure_plan(int ry, int rx, int64_t w, int64_t h)
{
    const int64_t pw = w + 2 * (int64_t)rx, ph = h + 2 * (int64_t)ry;
    wsi_structure_layout l;
    l.stride = wsi_plane_lines((size_t)(pw + 2) * sizeof(float)) / sizeof(float);
    l.rows = wsi_plane_lines(wsi_separable_plan(ry, rx, 1, 1, 3, w).bytes);
    l.products = l.rows + 4 * l.stride * sizeof(float);
    l.bytes = l.products + (size_t)(pw * ph) * 3 * sizeof(float);
    return l;
}

size_t wsi_structure_scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_structure_params *p = (const wsi_structure_params *)params_;
    (void)in, (void)inputs;
    return wsi_structure_plan(radius(p, 0), radius(p, 1), w, h).bytes;
}

wsi_structure_planes wsi_structure_device_plan(int ry, int rx, int64_t w, int64_t h)
{
    const int64_t pw = w + 2 * (int64_t)rx, ph = h + 2 * (int64_t)ry;
    const size_t product = (size_t)(wsi_plane_pitch(pw) * ph), smooth = (size_t)(wsi_plane_pitch(w) * h);
    wsi_structure_planes p;
    for (int k = 0; k < 3; k++) p.product[k] = (size_t)k * product;
    for (int k = 0; k < 2; k++) p.smooth[k] = 3 * product + (size_t)k * smooth;
    p.sums = 3 * product + 2 * smooth;
    p.floats = p.sums + wsi_separable_cuda_scratch(ry, rx, 1, 1, w, h) / sizeof(float);
    return p;
}

size_t wsi_structure_cuda_scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_structure_params *p = (const wsi_structure_params *)params_;
    (void)in, (void)inputs;
    if (wsi_structure_marches(radius(p, 0), radius(p, 1))) return 0;
    return wsi_structure_device_plan(radius(p, 0), radius(p, 1), w, h).floats * sizeof(float);
}
