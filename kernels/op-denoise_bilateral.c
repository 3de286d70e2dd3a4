/* denoise_bilateral: an average of neighbours that are close by and alike. What of extremes and deviation of the values
 * is not given is that of the whole image, which is learnt first: sums of values and of squares are exact, so that they
 * do not depend on tiles. */
#include "bilateral.h"
#include "common/exact-sum.h"
#include "extremes.h"
#include "op-private.h"
#include "reduction.h"
#include "selected.h"

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
     .help = "Standard deviation of the difference between values; without it that of all samples of the whole image.",
     .offset = FIELD(sigma_color),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = 1e6,
     .min_count = 0,
     .max_count = 1,
     .flags = WSI_PARAM_MIN_OPEN},
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
     .help = "Value that spaces the table; without it the largest one of the whole image.",
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
     .help = "Value that counts as the smallest one; without it that of the whole image, where it is below 0.",
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

static double repeats(const void *p)
{
    const double across = 2 * (double)radius_of(p) + 1;
    return across * across;
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
 * own width: the weight of row i, column k is that of place i * side + k of the table. Not by hypot, whose last bit
 * depends on the processor. */
static void fill_spatial(wsi_bilateral_state *s, int64_t side, double sigma)
{
    const int64_t before = (side + 1) / 2, pitch = before + side / 2 + 1, taps = 2 * s->radius + 1;
    for (int64_t i = 0; i < taps; i++)
        for (int64_t k = 0; k < taps; k++) {
            const int64_t place = i * side + k;
            const double y = (double)(place / pitch - before), x = (double)(place % pitch - before);
            s->spatial[i * taps + k] = gaussian(sqrt(y * y + x * x), sigma);
        }
}

/* What a pass finds, in the order of the fit's fields: of samples as they are, and of img_as_float's. */
typedef struct image_values {
    double most, least, sigma;
} image_values;

/* An image of one value is given back: no neighbour counts. */
static void fill_flat(wsi_bilateral_state *s)
{
    const int taps = 2 * s->radius + 1;
    s->spatial[s->radius * taps + s->radius] = 1;
    s->bins_a_unit = 0;
    s->color[0] = 1;
}

static void prepare_values(const wsi_bilateral_params *p, const wsi_pixfmt *in, const image_values *own,
                           wsi_bilateral_state *s)
{
    const double most = p->max_value.n ? p->max_value.v[0] : own->most;
    const double least = p->min_value.n ? p->min_value.v[0] : fmin(own->least, 0);
    const double sigma = p->sigma_color.n ? p->sigma_color.v[0] : own->sigma;
    s->radius = radius_of(p);
    s->bins = (int)p->bins;
    s->mode = edges[p->mode];
    s->scale = wsi_scale_of(in->type);
    s->outside = p->cval + least;
    if (own->most == own->least) {
        fill_flat(s);
        return;
    }
    s->bins_a_unit = (double)(p->bins / in->channels) / (most - least); /* whole bins a channel */
    fill_spatial(s, side_of(p), p->sigma_spatial);
    for (int i = 0; i < s->bins; i++) s->color[i] = gaussian(i * (most / s->bins), sigma);
}

/* ---- values of the whole image ---- */

typedef struct value_sums {
    wsi_extremes extremes;
    wsi_exact_sum sum, squares;
    int channels;
} value_sums;

/* 0 where all that matters is given: of types without negative values, min_value does not. */
static int rounds(const wsi_fit_call *call)
{
    const wsi_bilateral_params *p = (const wsi_bilateral_params *)call->params;
    double lo, hi;
    wsi_type_range(call->in[0].type, &lo, &hi);
    return !(p->sigma_color.n && p->max_value.n && (p->min_value.n || lo >= 0));
}

static int fields(const wsi_fit_call *call, wsi_fit_field field[WSI_FIT_FIELDS_MAX])
{
    field[0] = (wsi_fit_field){"max_value", 1};
    field[1] = (wsi_fit_field){"min_value", 1};
    field[2] = (wsi_fit_field){"sigma_color", 1};
    return rounds(call) ? 3 : 0;
}

static size_t size(const wsi_fit_call *call)
{
    (void)call;
    return sizeof(value_sums);
}

static void init(const wsi_fit_call *call, void *acc)
{
    ((value_sums *)acc)->extremes = wsi_extremes_none();
    ((value_sums *)acc)->channels = call->in[0].channels;
}

/* Of up to 16 bits, sums of fewer than 2^30 squares fit in 64 bits. */
#define ADD_NARROW(name, ctype)                                                                                        \
    static void add_##name(void *user, const void *samples, int64_t pixels)                                            \
    {                                                                                                                  \
        enum { RUN = 1 << 20 };                                                                                        \
        value_sums *s = (value_sums *)user;                                                                            \
        const ctype *v = (const ctype *)samples;                                                                       \
        for (int64_t n = pixels * s->channels, run; n > 0; n -= run, v += run) {                                       \
            int64_t sum = 0, squares = 0;                                                                              \
            run = n < RUN ? n : RUN;                                                                                   \
            for (int64_t i = 0; i < run; i++) sum += v[i], squares += (int64_t)v[i] * v[i];                            \
            wsi_exact_add_integer(&s->sum, sum, 0);                                                                    \
            wsi_exact_add_integer(&s->squares, squares, 0);                                                            \
        }                                                                                                              \
    }

#define ADD_WIDE(name, ctype)                                                                                          \
    static void add_##name(void *user, const void *samples, int64_t pixels)                                            \
    {                                                                                                                  \
        value_sums *s = (value_sums *)user;                                                                            \
        const ctype *v = (const ctype *)samples;                                                                       \
        for (int64_t i = 0; i < pixels * s->channels; i++) {                                                           \
            wsi_exact_add(&s->sum, (double)v[i]);                                                                      \
            wsi_exact_add(&s->squares, (double)v[i] * (double)v[i]);                                                   \
        }                                                                                                              \
    }

ADD_NARROW(u8, uint8_t)
ADD_NARROW(u16, uint16_t)
ADD_WIDE(u32, uint32_t)
ADD_WIDE(f32, float)
ADD_WIDE(f64, double)

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    static const wsi_selected_fn add[WSI_DTYPE_COUNT] = {[WSI_BOOL] = add_u8, [WSI_U8] = add_u8,   [WSI_U16] = add_u16,
                                                         [WSI_U32] = add_u32, [WSI_F32] = add_f32, [WSI_F64] = add_f64};
    value_sums *s = (value_sums *)acc;
    (void)x, (void)y;
    wsi_extremes_add(&s->extremes, &im[0], NULL, 0);
    wsi_each_selected(&im[0], NULL, add[call->in[0].type], s);
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    value_sums *s = (value_sums *)acc;
    const value_sums *more = (const value_sums *)other;
    (void)call;
    wsi_extremes_merge(&s->extremes, &more->extremes);
    wsi_exact_merge(&s->sum, &more->sum);
    wsi_exact_merge(&s->squares, &more->squares);
}

/* The mean of squares less the square of the mean loses digits, but no more than a deviation of a 1e5th of the mean
 * would show. */
static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    const value_sums *s = (const value_sums *)acc;
    const double n = (double)s->extremes.samples, mean = wsi_exact_value(&s->sum) / n;
    const double apart = wsi_exact_value(&s->squares) / n - mean * mean;
    (void)err;
    fit[0] = wsi_extremes_high(&s->extremes);
    fit[1] = wsi_extremes_low(&s->extremes);
    fit[2] = sqrt(apart < 0 ? 0 : apart) * wsi_scale_of(call->in[0].type);
    return WSI_OK;
}

/* Without anything to learn. */
static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    static const image_values none = {1, 0, 1};
    (void)inputs, (void)err;
    prepare_values((const wsi_bilateral_params *)params_, in, &none, (wsi_bilateral_state *)state);
    return WSI_OK;
}

static wsi_status prepare_fit(const wsi_fit_call *call, void *state, wsi_error *err)
{
    if (rounds(call) == 0) return prepare(call->params, call->in, call->inputs, state, err);
    const image_values own = {call->fit[0], call->fit[1], call->fit[2]};
    prepare_values((const wsi_bilateral_params *)call->params, call->in, &own, (wsi_bilateral_state *)state);
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
        "integer values reach 1 only, and for an odd window the table of d is shifted. What is left out of "
        "sigma_color, max_value and min_value (below 0 alone) is the whole image's, as in the reference, learnt in a "
        "pass of its own; giving all three (the first two, of unsigned integers) spares that pass, and makes "
        "results comparable from slide to slide. An image of one value is given back on the scale 0..1. With a NaN "
        "anywhere in the image, what is learnt and so all of the result is NaN.\n\n"
        "Halo: half of win_size.",
    .cost = 0.9,
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
    .repeats = repeats,
    .scratch = scratch,
    .prepare = prepare,
    .reduction = &reduction,
    .kernel = kernel,
    .cuda = WSI_CUDA(denoise_bilateral),
};
