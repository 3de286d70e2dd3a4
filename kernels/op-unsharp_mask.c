/* unsharp_mask: sharpening by what a blur takes away. Where samples may be negative, whether any is decides the range
 * of the result, and is learnt of the whole image first. */
#include "extremes.h"
#include "linear-private.h"
#include "reduction.h"

typedef enum clip_to { CLIP_AUTO = 0, CLIP_UNIT, CLIP_SYMMETRIC } clip_to;

typedef struct unsharp_params {
    wsi_floats radius;
    double amount;
    int preserve_range;
    int clip; /* clip_to */
} unsharp_params;

#define FIELD(name) offsetof(unsharp_params, name)

/* The reference's own. */
#define TRUNCATE 4.0

static const char *const clips[] = {"auto", "unit", "symmetric", NULL};

static const wsi_param params[] = {
    {.name = "radius",
     .unit = "px",
     .help = "Standard deviation of the blur: one value, or [rows, columns].",
     .offset = FIELD(radius),
     .type = WSI_PARAM_FLOATS,
     .def = "1",
     .min = 0,
     .max = 128,
     .min_count = 1,
     .max_count = 2},
    {.name = "amount",
     .unit = "",
     .help = "How much of the details is added; less than 0 blurs.",
     .offset = FIELD(amount),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = -1000,
     .max = 1000},
    {.name = "preserve_range",
     .unit = "",
     .help = "Keep an integer image's own scale instead of bringing it to 0..1, and do not clip.",
     .offset = FIELD(preserve_range),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
    {.name = "clip",
     .unit = "",
     .help = "Range of the result: unit is 0..1, symmetric -1..1; auto is symmetric where any pixel of the whole image "
             "is negative, else unit.",
     .offset = FIELD(clip),
     .type = WSI_PARAM_ENUM,
     .def = "auto",
     .names = clips},
};

static wsi_halo halo(const void *params_)
{
    const unsharp_params *p = (const unsharp_params *)params_;
    return (wsi_halo){wsi_linear_radius(wsi_axis_value(&p->radius, 1), TRUNCATE),
                      wsi_linear_radius(wsi_axis_value(&p->radius, 0), TRUNCATE)};
}

/* image + (image - blurred) * amount as a sum of two separable terms, clipped to lowest..1. */
static void prepare_range(const unsharp_params *p, wsi_dtype type, float lowest, wsi_linear_state *s)
{
    const double scale = p->preserve_range ? 1.0 : wsi_scale_of(type), one = 1.0;
    const wsi_halo r = halo(p);
    wsi_linear_begin(s, WSI_LINEAR_SUM, WSI_EDGE_REFLECT, 0, scale, r);
    s->symmetric = !p->preserve_range;
    s->finish = p->preserve_range ? WSI_LINEAR_PLAIN : WSI_LINEAR_CLIP;
    s->a = lowest;
    s->b = 1.0f;
    wsi_taps_set(&s->y[0], &one, 1, 0, scale);
    wsi_taps_set(&s->x[0], &one, 1, 0, 1.0 + p->amount);
    wsi_taps_gaussian(&s->y[1], wsi_axis_value(&p->radius, 0), (int)r.y, 0, scale);
    wsi_taps_gaussian(&s->x[1], wsi_axis_value(&p->radius, 1), (int)r.x, 0, -p->amount);
}

/* Without anything to learn. */
static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const unsharp_params *p = (const unsharp_params *)params_;
    (void)inputs, (void)err;
    prepare_range(p, in[0].type, p->clip == CLIP_SYMMETRIC ? -1.0f : 0.0f, (wsi_linear_state *)state);
    return WSI_OK;
}

/* ---- whether any pixel of the whole image is negative ---- */

static int rounds(const wsi_fit_call *call)
{
    const unsharp_params *p = (const unsharp_params *)call->params;
    double lo, hi;
    wsi_type_range(call->in[0].type, &lo, &hi);
    return p->clip == CLIP_AUTO && !p->preserve_range && lo < 0;
}

static int fields(const wsi_fit_call *call, wsi_fit_field field[WSI_FIT_FIELDS_MAX])
{
    field[0] = (wsi_fit_field){"lowest", 1};
    return rounds(call);
}

static size_t size(const wsi_fit_call *call)
{
    (void)call;
    return sizeof(wsi_extremes);
}

static void init(const wsi_fit_call *call, void *acc)
{
    (void)call;
    *(wsi_extremes *)acc = wsi_extremes_none();
}

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    (void)call, (void)x, (void)y;
    wsi_extremes_add((wsi_extremes *)acc, &im[0], NULL, 0);
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    (void)call;
    wsi_extremes_merge((wsi_extremes *)acc, (const wsi_extremes *)other);
}

/* NaN is not negative. */
static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    (void)call, (void)err;
    fit[0] = ((const wsi_extremes *)acc)->low < 0 ? -1 : 0;
    return WSI_OK;
}

static wsi_status prepare_fit(const wsi_fit_call *call, void *state, wsi_error *err)
{
    const unsharp_params *p = (const unsharp_params *)call->params;
    if (rounds(call) == 0) return prepare(p, call->in, call->inputs, state, err);
    prepare_range(p, call->in[0].type, (float)call->fit[0], (wsi_linear_state *)state);
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

WSI_LINEAR_SCRATCH(WSI_LINEAR_SUM)
WSI_KERNEL_PICK(linear)

const wsi_op wsi_op_unsharp_mask = {
    .name = "unsharp_mask",
    WSI_LINEAR_ROW(4e-6),
    .summary = "Sharpen: add what a Gaussian blur takes away, channel by channel.",
    .doc =
        "image + amount * (image - gaussian(image, sigma=radius)), clipped. Integer images are first brought to 0..1 "
        "(signed: -1..1) as img_as_float does, unless preserve_range is true, which also leaves the result as it "
        "is. The result is float32, whose rounding grows with amounts above 2.\n\n"
        "It is clipped to -1..1 where any pixel of the whole image is negative, and to 0..1 otherwise, as in the "
        "reference. Of signed integers and floats that is learnt in a pass of its own, which clip=unit or "
        "clip=symmetric spares.\n\n"
        "Halo: floor(4 * radius + 0.5) pixels a side, each axis its own.",
    .source = "scikit-image 0.26 filters.unsharp_mask",
    .edge = "reflect",
    .complexity = "O(radius) a pixel",
    .example = "unsharp_mask:radius=2,amount=1.5",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(unsharp_params),
    .reduction = &reduction,
};
