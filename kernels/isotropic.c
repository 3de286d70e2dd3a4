/* Parameter table, preparation and scratch of the isotropic operations: thresholds of a distance are erosions and
 * dilations by all offsets within it, for which nothing outside the image decides. */
#include "binary-private.h"

const wsi_param wsi_isotropic_param_table[WSI_ISOTROPIC_PARAM_COUNT] = {
    {.name = "radius",
     .unit = "px * spacing",
     .help = "Distance up to which a pixel is reached.",
     .offset = offsetof(wsi_isotropic_params, radius),
     .type = WSI_PARAM_FLOAT,
     .min = 0,
     .max = 1e6,
     .flags = WSI_PARAM_REQUIRED},
    WSI_SPACING_PARAM(wsi_isotropic_params),
};

static double step(const wsi_isotropic_params *p, int axis)
{
    return wsi_spacing_of(&p->spacing, axis);
}

static wsi_morphology_size size_of(const void *params)
{
    const wsi_isotropic_params *p = (const wsi_isotropic_params *)params;
    const int64_t x = wsi_footprint_steps(p->radius, step(p, 1)), y = wsi_footprint_steps(p->radius, step(p, 0));
    const int corner = wsi_footprint_reaches(p->radius, (double)y * step(p, 0), (double)x * step(p, 1));
    return (wsi_morphology_size){2 * x + 1, 2 * y + 1, corner};
}

wsi_status wsi_isotropic_check(const void *params, wsi_error *err)
{
    const wsi_morphology_size f = size_of(params);
    WSI_RETURN_IF(f.columns > WSI_FOOTPRINT_ROWS_MAX || f.rows > WSI_FOOTPRINT_ROWS_MAX, WSI_ERR_CHAIN,
                  "parameter radius: reaches farther than %d pixels with this spacing", WSI_FOOTPRINT_RADIUS_MAX);
    return WSI_OK;
}

wsi_status wsi_isotropic_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_isotropic_params *p = (const wsi_isotropic_params *)params;
    wsi_morphology_state *s = (wsi_morphology_state *)state;
    (void)in, (void)inputs, (void)err;
    wsi_footprint_within(p->radius, step(p, 0), step(p, 1), &s->footprint);
    s->mirrored = s->footprint;
    wsi_binary_outside(WSI_EDGE_IGNORE, s);
    return WSI_OK;
}

wsi_halo wsi_isotropic_halo1(const void *params)
{
    return wsi_morphology_halo(size_of(params), 1);
}

wsi_halo wsi_isotropic_halo2(const void *params)
{
    return wsi_morphology_halo(size_of(params), 2);
}

size_t wsi_isotropic_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_binary_scratch(wsi_morphology_scratch, size_of(params), 1, in[0], w, h);
}

size_t wsi_isotropic_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_binary_scratch(wsi_morphology_scratch, size_of(params), 2, in[0], w, h);
}

size_t wsi_isotropic_cuda_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_binary_scratch(wsi_morphology_cuda_scratch, size_of(params), 1, in[0], w, h);
}

size_t wsi_isotropic_cuda_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_binary_scratch(wsi_morphology_cuda_scratch, size_of(params), 2, in[0], w, h);
}
