/* denoise_bilateral: an average of neighbours that are close by and alike. */
#include "bilateral.h"
#include "op-private.h"

#include <math.h>

#define FIELD(name) offsetof(wsi_bilateral_params, name)

/* numpy.pad's names, and what they are called in edge.h. */
static const char *const modes[] = {"constant", "edge", "symmetric", "reflect", NULL};
static const wsi_edge edges[] = {WSI_EDGE_CONSTANT, WSI_EDGE_NEAREST, WSI_EDGE_REFLECT, WSI_EDGE_MIRROR};

static const wsi_param params[] = {
    {.name = "win_size",
     .unit = "px",
     .help = "Side of the window; 0 for max(5, 2 ceil(3 sigma_spatial) + 1).",
     .offset = FIELD(win_size),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = 0,
     .max = WSI_BILATERAL_SIDE_MAX},
    {.name = "sigma_color",
     .unit = "0..1 scale",
     .help = "Standard deviation of the difference between values (scikit-image's default, the image's own, is not "
             "known tile by tile).",
     .offset = FIELD(sigma_color),
     .type = WSI_PARAM_FLOAT,
     .min = 0,
     .max = 1e6,
     .flags = WSI_PARAM_REQUIRED | WSI_PARAM_MIN_OPEN},
    {.name = "sigma_spatial",
     .unit = "px",
     .help = "Standard deviation of the distance between pixels.",
     .offset = FIELD(sigma_spatial),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = 0,
     .max = 1e3,
     .flags = WSI_PARAM_MIN_OPEN},
    {.name = "bins",
     .unit = "",
     .help = "Weights in the table for differences of values.",
     .offset = FIELD(bins),
     .type = WSI_PARAM_INT,
     .def = "10000",
     .min = 1,
     .max = WSI_BILATERAL_BINS_MAX},
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges, by numpy.pad's names (wrap is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "constant",
     .names = modes},
    {.name = "cval",
     .unit = "0..1 scale",
     .help = "Value beyond the edges in mode constant.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
    {.name = "max_value",
     .unit = "image's own scale",
     .help = "Largest value of the image, which spaces the table; without it the type's (floats: 1).",
     .offset = FIELD(max_value),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = 1e12,
     .min_count = 0,
     .max_count = 1,
     .flags = WSI_PARAM_MIN_OPEN},
    {.name = "min_value",
     .unit = "image's own scale",
     .help = "Smallest value of the image, where that is below 0.",
     .offset = FIELD(min_value),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = -1e12,
     .max = 0,
     .min_count = 0,
     .max_count = 1},
};

static int64_t side_of(const wsi_bilateral_params *p)
{
    const double reach = ceil(3 * p->sigma_spatial);
    if (p->win_size > 0) return p->win_size;
    return reach < 2 ? 5 : 2 * (int64_t)reach + 1;
}

static int radius_of(const void *p)
{
    return (int)((side_of((const wsi_bilateral_params *)p) - 1) / 2);
}

static wsi_status check(const void *p, wsi_error *err)
{
    const int64_t side = side_of((const wsi_bilateral_params *)p);
    WSI_RETURN_IF(side > WSI_BILATERAL_SIDE_MAX, WSI_ERR_CHAIN,
                  "parameter sigma_spatial: %g is not allowed: the window of %lld px passes %d",
                  ((const wsi_bilateral_params *)p)->sigma_spatial, (long long)side, WSI_BILATERAL_SIDE_MAX);
    return WSI_OK;
}

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs;
    WSI_RETURN_IF(in[0].type == WSI_I8 || in[0].type == WSI_I16 || in[0].type == WSI_I32, WSI_ERR_CHAIN,
                  "takes unsigned integers and floats, not %s: cast it", wsi_dtype_name(in[0].type));
    *out = (wsi_pixfmt){WSI_F32, in[0].channels};
    return WSI_OK;
}

static wsi_halo halo(const void *p)
{
    return (wsi_halo){radius_of(p), radius_of(p)};
}

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs, (void)h;
    return wsi_bilateral_scratch(w, radius_of(p), in[0].channels);
}

static double gaussian(double distance, double sigma)
{
    return exp(-0.5 * (distance * distance / (sigma * sigma)));
}

/* The reference tabulates distances on a square one wider than an odd window, and then reads its rows at the window's
 * own width: the weight of row i, column k is that of place i * side + k of the table. */
static void fill_spatial(wsi_bilateral_state *s, int64_t side, double sigma)
{
    const int64_t before = (side + 1) / 2, pitch = before + side / 2 + 1, taps = 2 * s->radius + 1;
    for (int64_t i = 0; i < taps; i++)
        for (int64_t k = 0; k < taps; k++) {
            const int64_t place = i * side + k;
            const double y = (double)(place / pitch - before), x = (double)(place % pitch - before);
            s->spatial[i * taps + k] = gaussian(hypot(y, x), sigma);
        }
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_bilateral_params *p = (const wsi_bilateral_params *)params_;
    wsi_bilateral_state *s = (wsi_bilateral_state *)state;
    double lo, hi;
    (void)inputs, (void)err;
    wsi_type_range(in[0].type, &lo, &hi);
    const double most = p->max_value.n ? p->max_value.v[0] : hi == HUGE_VAL ? 1 : hi;
    const double least = p->min_value.n ? p->min_value.v[0] : 0;
    s->radius = radius_of(p);
    s->bins = (int)p->bins;
    s->mode = edges[p->mode];
    s->scale = wsi_scale_of(in[0].type);
    s->outside = p->cval + least;
    s->bins_a_unit = (double)(p->bins / in[0].channels) / (most - least); /* whole bins a channel */
    fill_spatial(s, side_of(p), p->sigma_spatial);
    for (int i = 0; i < s->bins; i++) s->color[i] = gaussian(i * (most / s->bins), p->sigma_color);
    return WSI_OK;
}

WSI_KERNEL_PICK(denoise_bilateral)

const wsi_op wsi_op_denoise_bilateral = {
    .name = "denoise_bilateral",
    .module = "restoration",
    .summary = "Average of each pixel's neighbours, weighted by how close and how alike they are.",
    .doc =
        "sum(w v) / sum(w) over the window, w = exp(-d^2 / (2 sigma_spatial^2)) exp(-c^2 / (2 sigma_color^2)) with d "
        "the distance between the pixels and c that between their values, of all channels together. Integers are "
        "brought to 0..1; signed ones are not taken. Both factors come from scikit-image's tables, whose numbers "
        "differ from the formula: c is cut to `bins` steps of max_value times the number of channels, although "
        "integer values reach 1 only, and for an odd window the table of d is shifted. The reference finds "
        "max_value and min_value (below 0) in the image; here they are parameters.\n\n"
        "Halo: half of win_size.",
    .source = "scikit-image 0.26 restoration.denoise_bilateral; Tomasi and Manduchi 1998",
    .edge = "mode, default constant",
    .complexity = "O(win_size^2) a pixel",
    .example = "denoise_bilateral:sigma_color=0.1,sigma_spatial=2",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_bilateral_params),
    .state_size = sizeof(wsi_bilateral_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .resolve = resolve,
    .check = check,
    .halo = halo,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(denoise_bilateral),
};
