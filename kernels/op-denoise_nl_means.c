/* denoise_nl_means: an average of pixels whose surroundings are alike. */
#include "nl_means.h"
#include "op-private.h"

#include <math.h>

#define FIELD(name) offsetof(wsi_nl_means_params, name)

static const wsi_param params[] = {
    {.name = "patch_size",
     .unit = "px",
     .help = "Side of the patches that are compared; an even one counts as one more.",
     .offset = FIELD(patch_size),
     .type = WSI_PARAM_INT,
     .def = "7",
     .min = 2,
     .max = WSI_NL_MEANS_PATCH_MAX},
    {.name = "patch_distance",
     .unit = "px",
     .help = "How far patches are looked for in each direction.",
     .offset = FIELD(patch_distance),
     .type = WSI_PARAM_INT,
     .def = "11",
     .min = 0,
     .max = WSI_NL_MEANS_DISTANCE_MAX},
    {.name = "h",
     .unit = "grey levels",
     .help = "Cut-off distance: the larger, the smoother.",
     .offset = FIELD(h),
     .type = WSI_PARAM_FLOAT,
     .def = "0.1",
     .min = 0,
     .max = 1e9,
     .flags = WSI_PARAM_MIN_OPEN},
    {.name = "sigma",
     .unit = "grey levels",
     .help = "Standard deviation of the noise, which is taken off the distances.",
     .offset = FIELD(sigma),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 0,
     .max = 1e9},
    {.name = "preserve_range",
     .unit = "",
     .help = "Keep an integer image's own scale instead of bringing it to 0..1.",
     .offset = FIELD(preserve_range),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
};

static int radius_of(const wsi_nl_means_params *p)
{
    return (int)(p->patch_size / 2);
}

static wsi_halo halo(const void *params_)
{
    const wsi_nl_means_params *p = (const wsi_nl_means_params *)params_;
    return (wsi_halo){radius_of(p) + p->patch_distance, radius_of(p) + p->patch_distance};
}

static size_t scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_nl_means_params *p = (const wsi_nl_means_params *)params_;
    (void)inputs, (void)w, (void)h;
    return (size_t)wsi_nl_means_plan(radius_of(p), (int)p->patch_distance, in[0].channels, WSI_NL_MEANS_COLUMNS,
                                     WSI_NL_MEANS_ROWS)
        .bytes;
}

static double repeats(const void *params_)
{
    const double across = 2 * (double)((const wsi_nl_means_params *)params_)->patch_distance + 1;
    return across * across;
}

/* The source in float64 with the halo, each channel by itself. */
static size_t cuda_scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_halo reach = halo(params_);
    (void)inputs;
    return (size_t)(wsi_nl_means_padded(w, WSI_NL_MEANS_TILE_COLUMNS) + 2 * reach.x) *
           (size_t)(wsi_nl_means_padded(h, WSI_NL_MEANS_TILE_ROWS) + 2 * reach.y) * (size_t)in[0].channels *
           sizeof(double);
}

/* img_as_float brings the least value of a signed integer type, as the one above it, to -1. */
static double least_of(const wsi_nl_means_params *p, wsi_dtype type)
{
    double lo, hi;
    wsi_type_range(type, &lo, &hi);
    return !p->preserve_range && hi != HUGE_VAL && lo < 0 ? -1.0 : -HUGE_VAL;
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_nl_means_params *p = (const wsi_nl_means_params *)params_;
    wsi_nl_means_state *s = (wsi_nl_means_state *)state;
    const int channels = in[0].channels;
    (void)inputs, (void)err;
    s->radius = radius_of(p);
    s->distance = (int)p->patch_distance;
    s->scale = p->preserve_range ? 1 : wsi_scale_of(in[0].type);
    s->least = least_of(p, in[0].type);
    const double side = 2.0 * s->radius, patch = side + 1;
    s->noise = 2 * p->sigma * p->sigma * channels * side * side;
    s->inverse = 1 / (channels * p->h * p->h * patch * patch);
    return WSI_OK;
}

WSI_KERNEL_PICK(denoise_nl_means)

const wsi_op wsi_op_denoise_nl_means = {
    .name = "denoise_nl_means",
    .module = "restoration",
    .summary = "Average of pixels near by, weighted by how alike their surroundings are.",
    .doc = "sum(w v) / sum(w) over all shifts of up to patch_distance each way. w = exp(-D / (channels h^2 "
           "patch_size^2)), nothing below exp(-5); D is the sum of squared differences between the patches, of all "
           "channels together, less 2 sigma^2 for each sample. This is scikit-image's fast mode (fast_mode=True, its "
           "default) for two dimensions with its very numbers: D leaves out the first row and column of the patch, and "
           "exp is the approximation of Schraudolph 1999, within 4 %. Integers are brought to 0..1 "
           "(signed: -1..1) as img_as_float does, unless preserve_range is true. Computed in float64, sums in an order "
           "that does not depend on tiles; the result is "
           "float32.\n\n"
           "Halo: patch_distance + half of patch_size.",
    .cost = 1.1,
    .source = "scikit-image 0.26 restoration.denoise_nl_means, fast_mode; Darbon et al. 2008, Froment 2014",
    .edge = "mirror (numpy's reflect)",
    .complexity = "O(patch_distance^2 log patch_size) a pixel",
    .example = "rgb2gray | denoise_nl_means:patch_size=5,patch_distance=6,h=0.08",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_nl_means_params),
    .state_size = sizeof(wsi_nl_means_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .resolve = wsi_resolve_float,
    .halo = halo,
    .repeats = repeats,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(denoise_nl_means),
    .cuda_scratch = cuda_scratch,
};
