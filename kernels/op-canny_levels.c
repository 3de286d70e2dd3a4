/* canny_levels: Canny's thinned edges, weak and strong ones; all of canny but its last step. Thresholds that are
 * quantiles make it stand for two of itself: one that gives the magnitudes, and one that learns the quantiles of them
 * before it thins. */
#include "canny-private.h"
#include "expansion.h"
#include "quantile.h"
#include "reduction.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define THRESHOLD(name_, field, help_)                                                                                 \
    {                                                                                                                  \
        .name = name_, .unit = "image's own scale", .help = help_, .offset = offsetof(wsi_canny_params, field),        \
        .type = WSI_PARAM_FLOATS, .def = "", .min = 0, .max = 1e12, .min_count = 0, .max_count = 1                     \
    }

static const char *const output_names[] = {"levels", "magnitude", NULL};

const wsi_param wsi_canny_param_table[WSI_CANNY_LEVELS_PARAM_COUNT] = {
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
     .help = "The thresholds are quantiles, 0 to 1, of the gradient's magnitude over the whole image.",
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
    {.name = "output",
     .unit = "",
     .help = "What it gives: levels, or the gradient's magnitude before it is thinned.",
     .offset = offsetof(wsi_canny_params, output),
     .type = WSI_PARAM_ENUM,
     .def = "levels",
     .names = output_names},
    {.name = "magnitude",
     .unit = "",
     .help = "Image whose quantiles use_quantiles takes; without it, the step's own magnitude.",
     .offset = offsetof(wsi_canny_params, magnitude),
     .type = WSI_PARAM_IMAGE,
     .def = ""},
};

static double low_of(const wsi_canny_params *p)
{
    return p->low.n ? p->low.v[0] : 0.1;
}

static double high_of(const wsi_canny_params *p)
{
    return p->high.n ? p->high.v[0] : 0.2;
}

static wsi_status check_order(double low, double high, wsi_error *err)
{
    WSI_RETURN_IF(high < low, WSI_ERR_CHAIN,
                  "parameter low_threshold: %g is above high_threshold, %g (on the scale 0 to 1)", low, high);
    return WSI_OK;
}

wsi_status wsi_canny_check(const void *params, wsi_error *err)
{
    const wsi_canny_params *p = (const wsi_canny_params *)params;
    if (!p->use_quantiles) return WSI_OK;
    WSI_RETURN_IF(low_of(p) > 1 || high_of(p) > 1, WSI_ERR_CHAIN,
                  "parameter %s_threshold: with use_quantiles it is a number from 0 to 1",
                  low_of(p) > 1 ? "low" : "high");
    return check_order(low_of(p), high_of(p), err);
}

wsi_status wsi_canny_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params, (void)inputs;
    *out = (wsi_pixfmt){WSI_U8, 1};
    return wsi_need_channels(&in[0], 1, err);
}

static wsi_status resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const wsi_canny_params *p = (const wsi_canny_params *)params;
    WSI_FORWARD(wsi_canny_resolve(params, in, inputs, out, err));
    if (p->magnitude.image >= 0) WSI_FORWARD(wsi_need_channels(&in[p->magnitude.image], 1, err));
    if (p->output == WSI_CANNY_MAGNITUDE) out->type = in[0].type == WSI_F32 ? WSI_F32 : WSI_F64;
    return WSI_OK;
}

static int expand(const void *params, char *text, size_t size)
{
    static const char *const edges[] = {"mode", "cval", NULL};
    static const char *const all[] = {"low_threshold", "high_threshold", "mode", "cval", NULL};
    const wsi_canny_params *p = (const wsi_canny_params *)params;
    wsi_expansion e = {text, size, 0};
    if (!p->use_quantiles || p->magnitude.image >= 0 || p->output == WSI_CANNY_MAGNITUDE) return 0;
    wsi_expansion_add(&e, "canny_levels:output=magnitude,sigma=%.17g", p->sigma);
    wsi_expansion_params(&e, wsi_canny_param_table, WSI_CANNY_PARAM_COUNT, p, edges);
    wsi_expansion_add(&e,
                      " as _magnitude | canny_levels:from=@input,use_quantiles=true,magnitude=@_magnitude,"
                      "sigma=%.17g",
                      p->sigma);
    wsi_expansion_params(&e, wsi_canny_param_table, WSI_CANNY_PARAM_COUNT, p, all);
    return e.length;
}

static int64_t radius_of(const void *params)
{
    const double sigma = ((const wsi_canny_params *)params)->sigma;
    return sigma > 1e-15 ? (int64_t)floor(4 * sigma + 0.5) : 0;
}

static wsi_halo halo(const void *params)
{
    const int thinned = ((const wsi_canny_params *)params)->output == WSI_CANNY_LEVELS;
    const int64_t reach = wsi_canny_reach(radius_of(params)) - !thinned;
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

/* All but the thresholds. */
static void prepare_blur(const wsi_canny_params *p, wsi_dtype type, wsi_canny_state *s)
{
    s->radius = (int)radius_of(p);
    s->output = p->output;
    s->mode = p->mode;
    s->single = type == WSI_F32;
    s->is_signed = type == WSI_I8 || type == WSI_I16 || type == WSI_I32;
    s->share = p->mode == WSI_EDGE_CONSTANT;
    s->scale = wsi_scale_of(type);
    s->cval = p->cval;
    s->epsilon = s->single ? (double)FLT_EPSILON : DBL_EPSILON;
    set_weights(s, p->sigma);
    s->inside = share_inside(s);
}

/* The reference passes it as a float32, and never takes pixels without a gradient. */
static double least_magnitude(double low)
{
    return low == 0 ? 1e-14 : (double)(float)low;
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_canny_params *p = (const wsi_canny_params *)params_;
    wsi_canny_state *s = (wsi_canny_state *)state;
    const wsi_dtype type = in[0].type;
    double least, most;
    (void)inputs;
    prepare_blur(p, type, s);
    if (p->output == WSI_CANNY_MAGNITUDE) return WSI_OK;
    WSI_RETURN_IF(p->use_quantiles, WSI_ERR_CHAIN, "needs an image of magnitudes to learn quantiles from");
    wsi_type_range(type, &least, &most);
    if (type >= WSI_F32) most = 1;
    const double low = p->low.n ? p->low.v[0] / most : 0.1;
    const double high = p->high.n ? p->high.v[0] / most : 0.2;
    WSI_FORWARD(check_order(low, high, err));
    s->low = least_magnitude(low);
    s->high = rounded(s, high);
    return WSI_OK;
}

/* ---- Quantiles ---- */

static const wsi_canny_params *params_of(const wsi_fit_call *call)
{
    return (const wsi_canny_params *)call->params;
}

static int learns(const wsi_fit_call *call)
{
    const wsi_canny_params *p = params_of(call);
    return p->use_quantiles && p->magnitude.image >= 0 && p->output == WSI_CANNY_LEVELS;
}

static wsi_dtype type_of(const wsi_fit_call *call)
{
    return call->in[params_of(call)->magnitude.image].type;
}

static int rounds(const wsi_fit_call *call)
{
    return learns(call) ? wsi_quantile_rounds(type_of(call)) : 0;
}

static int fields(const wsi_fit_call *call, wsi_fit_field field[WSI_FIT_FIELDS_MAX])
{
    field[0] = (wsi_fit_field){"thresholds", 2};
    field[1] = (wsi_fit_field){"ranks", WSI_QUANTILE_NUMBERS};
    return learns(call) ? 2 : 0;
}

static size_t size(const wsi_fit_call *call)
{
    return wsi_quantile_size(type_of(call), call->round);
}

static wsi_quantile_found found_of(const double *fit)
{
    wsi_quantile_found found;
    memcpy(&found, fit + 2, sizeof found);
    return found;
}

static void init(const wsi_fit_call *call, void *acc)
{
    const wsi_quantile_found found = found_of(call->fit);
    wsi_quantile_init((wsi_quantile *)acc, type_of(call), call->round, &found);
}

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    (void)x, (void)y;
    wsi_quantile_add((wsi_quantile *)acc, &im[params_of(call)->magnitude.image], NULL);
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    (void)call;
    wsi_quantile_merge((wsi_quantile *)acc, (const wsi_quantile *)other);
}

static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    const double percent[2] = {100 * low_of(params_of(call)), 100 * high_of(params_of(call))};
    wsi_quantile_found found = found_of(fit);
    WSI_FORWARD(wsi_quantile_finish((const wsi_quantile *)acc, percent, &found, err));
    memcpy(fit + 2, &found, sizeof found);
    if (call->round + 1 == rounds(call)) wsi_quantile_values(&found, type_of(call), percent, fit);
    return WSI_OK;
}

/* The quantiles are float64 in the reference, whatever the magnitude's type. */
static wsi_status prepare_fit(const wsi_fit_call *call, void *state, wsi_error *err)
{
    wsi_canny_state *s = (wsi_canny_state *)state;
    if (!learns(call)) return prepare(call->params, call->in, call->inputs, state, err);
    prepare_blur(params_of(call), call->in[0].type, s);
    s->low = least_magnitude(call->fit[0]);
    s->high = call->fit[1];
    return WSI_OK;
}

static const wsi_reduction reduction = {.fields = fields,
                                        .rounds = rounds,
                                        .size = size,
                                        .init = init,
                                        .accumulate = accumulate,
                                        .merge = merge,
                                        .finalise = finalise,
                                        .prepare = prepare_fit};

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
        "uint8.\n\nWith use_quantiles the thresholds are exact quantiles (numpy.percentile) of m over the whole image: "
        "the operation stands for two steps, output=magnitude, which gives m (float32 of float32 images, else "
        "float64), "
        "and one that learns the quantiles of that in passes of their own. magnitude=@NAME takes them from another "
        "image.\n\nHalo: floor(4 sigma + 0.5) + 2.",
    .cost = 5,
    .source = "J. Canny, A computational approach to edge detection, 1986; scikit-image 0.26 feature.canny",
    .edge = "mode, default constant, for the Gaussian; reflect for derivatives",
    .complexity = "O(sigma) a pixel",
    .example = "rgb2gray | canny_levels:sigma=2",
    .params = wsi_canny_param_table,
    .param_count = WSI_CANNY_LEVELS_PARAM_COUNT,
    .params_size = sizeof(wsi_canny_params),
    .state_size = sizeof(wsi_canny_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .check = wsi_canny_check,
    .halo = halo,
    .scratch = scratch,
    .prepare = prepare,
    .reduction = &reduction,
    .kernel_inputs = 1,
    .expand = expand,
    .kernel = kernel,
    .cuda = WSI_CUDA(canny_levels),
    .cuda_scratch = cuda_scratch,
};
