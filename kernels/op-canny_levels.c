/* canny_levels: Canny's thinned edges, weak and strong ones; all of canny but its last step. */
#include "canny-private.h"

#include <float.h>
#include <math.h>

#define THRESHOLD(name_, field, help_)                                                                                 \
    {                                                                                                                  \
        .name = name_, .unit = "image's own scale", .help = help_, .offset = offsetof(wsi_canny_params, field),        \
        .type = WSI_PARAM_FLOATS, .def = "", .min = 0, .max = 1e12, .min_count = 0, .max_count = 1                     \
    }

const wsi_param wsi_canny_param_table[WSI_CANNY_PARAM_COUNT] = {
    {.name = "sigma",
     .unit = "px",
     .help = "Standard deviation of the Gaussian.",
     .offset = offsetof(wsi_canny_params, sigma),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = 0,
     .max = 128},
    THRESHOLD("low_threshold", low, "Least magnitude of an edge; without it 0.1 on the scale 0 to 1."),
    THRESHOLD("high_threshold", high,
              "Magnitude that some pixel of an edge must have; without it 0.2 on the scale 0 to 1."),
    {.name = "use_quantiles",
     .unit = "",
     .help = "Thresholds as quantiles of the magnitude: not offered, refused when true.",
     .offset = offsetof(wsi_canny_params, use_quantiles),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges for the Gaussian (wrap is not offered).",
     .offset = offsetof(wsi_canny_params, mode),
     .type = WSI_PARAM_ENUM,
     .def = "constant",
     .names = wsi_edge_names_filter},
    {.name = "cval",
     .unit = "0..1 scale",
     .help = "Value beyond the edges in mode constant.",
     .offset = offsetof(wsi_canny_params, cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
};

wsi_status wsi_canny_check(const void *params, wsi_error *err)
{
    WSI_RETURN_IF(((const wsi_canny_params *)params)->use_quantiles, WSI_ERR_CHAIN,
                  "parameter use_quantiles: thresholds are not taken from quantiles of the magnitude; give "
                  "low_threshold and high_threshold");
    return WSI_OK;
}

wsi_status wsi_canny_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params, (void)inputs;
    *out = (wsi_pixfmt){WSI_U8, 1};
    return wsi_need_channels(&in[0], 1, err);
}

static int64_t radius_of(const void *params)
{
    const double sigma = ((const wsi_canny_params *)params)->sigma;
    return sigma > 1e-15 ? (int64_t)floor(4 * sigma + 0.5) : 0;
}

static wsi_halo halo(const void *params)
{
    const int64_t reach = wsi_canny_reach(radius_of(params));
    return (wsi_halo){reach, reach};
}

static size_t scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const int64_t radius = radius_of(params),
                  rows = 2 * radius + 1 + WSI_CANNY_SMOOTH + WSI_CANNY_EDGES + WSI_CANNY_LINES;
    (void)in, (void)inputs, (void)h;
    return (size_t)(rows * wsi_canny_stride(radius, w)) * sizeof(double);
}

/* Sums along y of the columns that the next ones look at, and those along x. */
static size_t cuda_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const int64_t reach = wsi_canny_reach(radius_of(params));
    (void)in, (void)inputs;
    return (size_t)((h + 4) * (wsi_canny_pitch(w + 2 * reach) + wsi_canny_pitch(w + 4))) * sizeof(double);
}

/* The sum in NumPy's order: eight sums side by side, and halves of what is longer than 128. */
static double sum_of(const double *v, int n)
{
    double r[8] = {0}, rest = 0;
    const int whole = n - n % 8;
    if (n > 128) {
        const int half = n / 2 - n / 2 % 8;
        return sum_of(v, half) + sum_of(v + half, n - half);
    }
    for (int i = 0; i < whole; i++) r[i % 8] += v[i];
    rest = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (int i = whole; i < n; i++) rest += v[i];
    return rest;
}

/* exp(-x^2 / 2 sigma^2), divided by their sum over -radius..radius. */
static void set_weights(wsi_canny_state *s, double sigma)
{
    const double factor = s->radius > 0 ? -0.5 / (sigma * sigma) : 0;
    const int n = 2 * s->radius + 1;
    double all[2 * WSI_CANNY_RADIUS_MAX + 1] = {1};
    for (int i = 0; i < n; i++) all[i] = exp(factor * ((double)(i - s->radius) * (i - s->radius)));
    const double sum = sum_of(all, n);
    for (int k = 0; k <= s->radius; k++) s->weight[k] = all[s->radius + k] / sum;
}

static double rounded(const wsi_canny_state *s, double v)
{
    return s->single ? (double)(float)v : v;
}

/* What the blur makes of ones far from all edges. */
static double share_inside(const wsi_canny_state *s)
{
    double v = 1;
    for (int axis = 0; axis < 2; axis++) {
        double sum = v * s->weight[0];
        for (int k = s->radius; k > 0; k--) sum += (v + v) * s->weight[k];
        v = rounded(s, sum);
    }
    return rounded(s, v + s->epsilon);
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_canny_params *p = (const wsi_canny_params *)params_;
    wsi_canny_state *s = (wsi_canny_state *)state;
    const wsi_dtype type = in[0].type;
    (void)inputs;
    s->radius = (int)radius_of(p);
    s->mode = p->mode;
    s->single = type == WSI_F32;
    s->is_signed = type == WSI_I8 || type == WSI_I16 || type == WSI_I32;
    s->share = p->mode == WSI_EDGE_CONSTANT;
    s->scale = wsi_scale_of(type);
    s->cval = p->cval;
    s->epsilon = s->single ? (double)FLT_EPSILON : DBL_EPSILON;
    set_weights(s, p->sigma);
    s->inside = share_inside(s);
    double least, most;
    wsi_type_range(type, &least, &most);
    if (type >= WSI_F32) most = 1;
    const double low = p->low.n ? p->low.v[0] / most : 0.1;
    const double high = p->high.n ? p->high.v[0] / most : 0.2;
    WSI_RETURN_IF(high < low, WSI_ERR_CHAIN,
                  "parameter low_threshold: %g is above high_threshold, %g (on the scale 0 to 1)", low, high);
    s->low = low == 0 ? 1e-14 : (double)(float)low; /* the reference passes it as a float32 */
    s->high = rounded(s, high);
    return WSI_OK;
}

WSI_KERNEL_PICK(canny_levels)

const wsi_op wsi_op_canny_levels = {
    .name = "canny_levels",
    .module = "feature",
    .summary = "Canny's edges before they are linked: 1 where weak, 2 where strong.",
    .doc =
        "A Gaussian (in mode constant divided by the Gaussian of ones plus the type's epsilon, so that what lies "
        "outside does not count), SciPy's sobel along both axes (reflect), and the gradient's magnitude m. A pixel "
        "is an edge where m >= low_threshold and no value m takes between neighbours on either side, in the "
        "gradient's direction, is greater; the slide's outermost pixels are none. Edges are 1, and 2 where m >= "
        "high_threshold; all else is 0. Integer images are brought to 0..1 as img_as_float does, and thresholds "
        "that are given are divided by the type's maximum; the default ones, 0.1 and 0.2, are used as they are. "
        "Works in float64; of float32 images each stage's result is rounded to float32, as in the reference. (On both "
        "sides of a straight step the gradient is the same, and rounding alone decides which is the maximum: there "
        "the reference's edge depends on its machine's exponential function.) One channel; the result is "
        "uint8.\n\nHalo: floor(4 sigma + 0.5) + 2.",
    .source = "J. Canny, A computational approach to edge detection, 1986; scikit-image 0.26 feature.canny",
    .edge = "mode, default constant, for the Gaussian; reflect for derivatives",
    .complexity = "O(sigma) a pixel",
    .example = "rgb2gray | canny_levels:sigma=2",
    .params = wsi_canny_param_table,
    .param_count = WSI_CANNY_PARAM_COUNT,
    .params_size = sizeof(wsi_canny_params),
    .state_size = sizeof(wsi_canny_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_canny_resolve,
    .check = wsi_canny_check,
    .halo = halo,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(canny_levels),
    .cuda_scratch = cuda_scratch,
};
