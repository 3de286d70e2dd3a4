/* pyramid_reduce: a blur, then every downscale-th pixel of the grid between. */
#include "op-private.h"
#include "resample-private.h"

#define FIELD(name) offsetof(wsi_pyramid_params, name)

static const char *const modes[] = {"reflect", "constant", NULL};

static const wsi_param params[] = {
    {.name = "downscale",
     .unit = "",
     .help = "How many times smaller the result is.",
     .offset = FIELD(downscale),
     .type = WSI_PARAM_INT,
     .def = "2",
     .min = 2,
     .max = WSI_RESAMPLE_FACTOR_MAX},
    {.name = "sigma",
     .unit = "px",
     .help = "Standard deviation of the blur; 0 for 2 * downscale / 6.",
     .offset = FIELD(sigma),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 0,
     .max = WSI_RESAMPLE_SIGMA_MAX},
    {.name = "order",
     .unit = "",
     .help = "0: nearest pixel; 1: linear interpolation.",
     .offset = offsetof(wsi_pyramid_params, order),
     .type = WSI_PARAM_INT,
     .def = "1",
     .min = 0,
     .max = 1},
    {.name = "mode",
     .unit = "",
     .help = "How the blur goes on beyond the edges, in SciPy's words (those that mean the same to resize).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "reflect",
     .names = modes},
    {.name = "cval",
     .unit = "0..1 scale",
     .help = "Value beyond the edges in mode constant, on the result's scale.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
    WSI_RESAMPLE_RANGE(wsi_pyramid_params),
};

static wsi_scale scale(const void *p)
{
    const int64_t n = ((const wsi_pyramid_params *)p)->downscale;
    return wsi_scale_down(n, n);
}

static double sigma_of(const wsi_pyramid_params *p)
{
    return p->sigma > 0 ? p->sigma : 2 * (double)p->downscale / 6;
}

static int radius(const void *p)
{
    return wsi_resample_radius(sigma_of((const wsi_pyramid_params *)p));
}

/* Where a size is no multiple of the factor, places drift up to factor - 1 pixels to the left. The reach to the right
 * is that of the blur. */
static wsi_halo halo(const void *p_)
{
    const wsi_pyramid_params *p = (const wsi_pyramid_params *)p_;
    const int64_t reach = radius(p) + (p->order ? p->downscale / 2 : (p->downscale - 1) / 2);
    return (wsi_halo){reach, reach};
}

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs, (void)h;
    return wsi_resample_plan(w, in[0].channels, (int)scale(p).down_x, 1, radius(p)).floats * sizeof(float);
}

static size_t cuda_scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_resample_cuda_scratch(w, h, in[0].channels, (int)scale(p).down_x, 1, radius(p));
}

static wsi_status prepare(const void *p_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_pyramid_params *p = (const wsi_pyramid_params *)p_;
    wsi_resample_state *s = (wsi_resample_state *)state;
    (void)inputs, (void)err;
    s->up = 1;
    s->down = (int)p->downscale;
    s->order = (int)p->order;
    s->mode = p->mode ? WSI_EDGE_CONSTANT : WSI_EDGE_REFLECT;
    s->symmetric = !p->preserve_range;
    s->scale = p->preserve_range ? 1 : wsi_scale_of(in[0].type);
    s->outside = (float)(p->cval / s->scale);
    s->beside = (float)p->cval;
    return WSI_OK;
}

static wsi_status prepare_size(const void *p_, int64_t w, int64_t h, void *state, wsi_error *err)
{
    const double sigma = sigma_of((const wsi_pyramid_params *)p_);
    (void)err;
    wsi_resample_axes((wsi_resample_state *)state, w, h, sigma, sigma);
    return WSI_OK;
}

WSI_KERNEL_PICK(resample)

const wsi_op wsi_op_pyramid_reduce = {
    WSI_RESAMPLE_ROW,
    .name = "pyramid_reduce",
    .summary = "Blurred and made smaller: the next level of a Gaussian pyramid, channel by channel.",
    .doc = "A Gaussian blur of sigma (default 2 * downscale / 6), cut off at 4 sigma, and then resize without "
           "anti-aliasing to (ceil(h / downscale), ceil(w / downscale)): result pixel i of an axis lies at (i + "
           "0.5) * size / new size - 0.5 of the input and takes the nearest pixel (order=0) or interpolates between "
           "two (order=1). Where a size is no multiple of downscale the grid is stretched over the whole image, as "
           "scikit-image does it. Integer images are first brought to 0..1 (signed: -1..1) as img_as_float does, "
           "unless preserve_range is true. The result is float32.\n\nHalo: floor(4 sigma + 0.5) pixels for the "
           "blur, and half of downscale for the grid.",
    .source = "scikit-image 0.26 transform.pyramid_reduce",
    .edge = "mode, default reflect",
    .example = "pyramid_reduce",
    .params_size = sizeof(wsi_pyramid_params),
    .stores_any = 1,
    .resolve = wsi_resolve_float,
};
