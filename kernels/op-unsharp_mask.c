/* unsharp_mask: sharpening by what a blur takes away. */
#include "linear-private.h"

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
     .help = "Range of the result: unit is 0..1, symmetric -1..1; auto is symmetric for signed integers, else unit.",
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

static int is_symmetric(const unsharp_params *p, wsi_dtype type)
{
    if (p->clip == CLIP_AUTO) return type == WSI_I8 || type == WSI_I16 || type == WSI_I32;
    return p->clip == CLIP_SYMMETRIC;
}

/* image + (image - blurred) * amount as a sum of two separable terms. */
static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const unsharp_params *p = (const unsharp_params *)params_;
    wsi_linear_state *s = (wsi_linear_state *)state;
    const double scale = p->preserve_range ? 1.0 : wsi_scale_of(in[0].type), one = 1.0;
    const wsi_halo r = halo(p);
    (void)inputs, (void)err;
    wsi_linear_begin(s, WSI_LINEAR_SUM, WSI_EDGE_REFLECT, 0, scale, r);
    s->symmetric = !p->preserve_range;
    s->finish = p->preserve_range ? WSI_LINEAR_PLAIN : WSI_LINEAR_CLIP;
    s->a = is_symmetric(p, in[0].type) ? -1.0f : 0.0f;
    s->b = 1.0f;
    wsi_taps_set(&s->y[0], &one, 1, 0, scale);
    wsi_taps_set(&s->x[0], &one, 1, 0, 1.0 + p->amount);
    wsi_taps_gaussian(&s->y[1], wsi_axis_value(&p->radius, 0), (int)r.y, 0, scale);
    wsi_taps_gaussian(&s->x[1], wsi_axis_value(&p->radius, 1), (int)r.x, 0, -p->amount);
    return WSI_OK;
}

WSI_LINEAR_SCRATCH(WSI_LINEAR_SUM)
WSI_KERNEL_PICK(linear)

const wsi_op wsi_op_unsharp_mask = {
    .name = "unsharp_mask",
    WSI_LINEAR_ROW(4e-6),
    .summary = "Sharpen: add what a Gaussian blur takes away, channel by channel.",
    .doc =
        "image + amount * (image - gaussian(image, sigma=radius)), clipped. Integer images are first brought to 0..1 "
        "(signed: -1..1) as img_as_float does, unless preserve_range is true, which also leaves the result as it "
        "is. The result is float32.\n\n"
        "The reference clips to -1..1 where any pixel of the whole image is negative and to 0..1 otherwise. Here "
        "clip says it, for a tile does not know: auto is right for unsigned integers and bool, for floats without "
        "negative pixels, and for signed integers with some; say clip=symmetric for a float image with negative "
        "pixels, clip=unit for a signed one without.\n\n"
        "Halo: floor(4 * radius + 0.5) pixels a side, each axis its own.",
    .source = "scikit-image 0.26 filters.unsharp_mask",
    .edge = "reflect",
    .complexity = "O(radius) a pixel",
    .example = "unsharp_mask:radius=2,amount=1.5",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(unsharp_params),
};
