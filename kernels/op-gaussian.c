/* gaussian: separable Gaussian blur. */
#include "cuda/gaussian-cuda.h"
#include "gaussian.h"
#include "op-private.h"
#include "separable.h"

#include <math.h>

#define FIELD(name) offsetof(wsi_gaussian_params, name)

static const wsi_param params[] = {
    {.name = "sigma",
     .unit = "px",
     .help = "Standard deviation: one value, or [rows, columns]. 0 leaves an axis alone.",
     .offset = FIELD(sigma),
     .type = WSI_PARAM_FLOATS,
     .def = "1",
     .min = 0,
     .max = WSI_GAUSSIAN_RADIUS_MAX,
     .min_count = 1,
     .max_count = 2},
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges (wrap is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "nearest",
     .names = wsi_edge_names_filter},
    {.name = "cval",
     .unit = "0..1 scale",
     .help = "Value beyond the edges in mode constant, on the result's scale.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
    {.name = "preserve_range",
     .unit = "",
     .help = "Keep an integer image's own scale instead of bringing it to 0..1.",
     .offset = FIELD(preserve_range),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
    {.name = "truncate",
     .unit = "sigma",
     .help = "Where the kernel is cut off: radius = floor(truncate * sigma + 0.5).",
     .offset = FIELD(truncate),
     .type = WSI_PARAM_FLOAT,
     .def = "4",
     .min = 0,
     .max = 100},
};

static double sigma_of(const wsi_gaussian_params *p, int axis)
{
    return p->sigma.v[p->sigma.n > 1 ? axis : 0];
}

static int64_t radius(const wsi_gaussian_params *p, int axis)
{
    const double sigma = sigma_of(p, axis);
    return sigma > 1e-15 ? (int64_t)floor(p->truncate * sigma + 0.5) : 0;
}

static wsi_status check(const void *params_, wsi_error *err)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)params_;
    for (int axis = 0; axis < 2; axis++)
        WSI_RETURN_IF(
            radius(p, axis) > WSI_GAUSSIAN_RADIUS_MAX, WSI_ERR_CHAIN,
            "parameter sigma: %g is not allowed: the radius floor(truncate * sigma + 0.5) = %lld px passes %d",
            sigma_of(p, axis), (long long)radius(p, axis), WSI_GAUSSIAN_RADIUS_MAX);
    return WSI_OK;
}

static wsi_halo halo(const void *params_)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)params_;
    return (wsi_halo){radius(p, 1), radius(p, 0)};
}

static size_t scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)params_;
    (void)inputs, (void)h;
    return wsi_separable_plan((int)radius(p, 0), (int)radius(p, 1), 1, 1, in[0].channels, w).bytes;
}

/* Sums along y in float32, where one pass in shared memory may not do. */
static size_t cuda_scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)params_;
    const int ry = (int)radius(p, 0), rx = (int)radius(p, 1);
    (void)inputs;
    if (wsi_gaussian_tile_bytes(ry, rx, in[0].channels) <= WSI_GAUSSIAN_TILE_EVERYWHERE) return 0;
    return (size_t)(w + 2 * rx) * (size_t)in[0].channels * (size_t)h * sizeof(float);
}

/* exp(-x^2 / 2 sigma^2) over -r..r, divided by its sum, times scale. */
static void weights(double sigma, int r, double scale, float *out)
{
    const double factor = sigma > 1e-15 ? -0.5 / (sigma * sigma) : 0.0;
    double sum = 1.0;
    for (int k = 1; k <= r; k++) sum += 2.0 * exp(factor * k * k);
    for (int k = 0; k <= r; k++) out[k] = (float)(exp(factor * k * k) / sum * scale);
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)params_;
    wsi_gaussian_state *s = (wsi_gaussian_state *)state;
    const double scale = p->preserve_range ? 1.0 : wsi_scale_of(in[0].type);
    (void)inputs, (void)err;
    s->ry = (int)radius(p, 0);
    s->rx = (int)radius(p, 1);
    s->outside = (float)(p->cval / scale);
    weights(sigma_of(p, 0), s->ry, scale, s->wy);
    weights(sigma_of(p, 1), s->rx, 1.0, s->wx);
    return WSI_OK;
}

WSI_KERNEL_PICK(gaussian)

const wsi_op wsi_op_gaussian = {
    .name = "gaussian",
    .module = "filters",
    .summary = "Gaussian blur, channel by channel.",
    .doc =
        "Convolution with exp(-x^2 / (2 sigma^2)), sampled over -R..R with R = floor(truncate * sigma + 0.5) and "
        "divided by its sum, along y and then along x. Integer images are first brought to 0..1 (signed: -1..1) as "
        "img_as_float does, unless preserve_range is true; floats are taken as they are. The result is float32, "
        "computed in float32 with the taps in a fixed order, beyond the 64th on each side in groups, so that long sums "
        "stay as precise as short ones.\n\n"
        "Halo: R pixels a side, each axis its own. Several channels are blurred one by one (channel_axis=-1).",
    .source = "scikit-image 0.26 filters.gaussian",
    .edge = "mode, default nearest",
    .complexity = "O(R) a pixel",
    .example = "gaussian:sigma=2",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_gaussian_params),
    .state_size = sizeof(wsi_gaussian_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = wsi_resolve_float,
    .check = check,
    .halo = halo,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(gaussian),
    .cuda_scratch = cuda_scratch,
};
