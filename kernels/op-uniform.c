/* uniform: the mean of a rectangle. */
#include "linear-private.h"

typedef struct uniform_params {
    wsi_floats size;
    int mode; /* wsi_edge */
    double cval;
    int preserve_range;
} uniform_params;

#define FIELD(name) offsetof(uniform_params, name)

static const wsi_param params[] = {
    {.name = "size",
     .unit = "px",
     .help = "Side of the square, or [rows, columns].",
     .offset = FIELD(size),
     .type = WSI_PARAM_FLOATS,
     .def = "3",
     .min = 1,
     .max = 2 * WSI_TAPS_REACH + 1,
     .min_count = 1,
     .max_count = 2,
     .flags = WSI_PARAM_WHOLE},
    WSI_LINEAR_MODE(FIELD(mode), "reflect"),
    WSI_LINEAR_CVAL(FIELD(cval), "result's scale", "Value beyond the edges in mode constant, on the result's scale."),
    WSI_LINEAR_KEEP(FIELD(preserve_range)),
};

static int side(const uniform_params *p, int axis)
{
    return (int)wsi_axis_value(&p->size, axis);
}

static wsi_halo halo(const void *params_)
{
    const uniform_params *p = (const uniform_params *)params_;
    return (wsi_halo){side(p, 1) / 2, side(p, 0) / 2};
}

/* As any taps, whose sums go by groups: precise for large sizes. */
static void box(wsi_tap_table *t, int n, double scale)
{
    double w[2 * WSI_TAPS_REACH + 1];
    for (int i = 0; i < n; i++) w[i] = 1.0 / n;
    wsi_taps_set(t, w, n, n / 2, scale);
    t->kind = WSI_TAPS_ANY;
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const uniform_params *p = (const uniform_params *)params_;
    wsi_linear_state *s = (wsi_linear_state *)state;
    const double scale = p->preserve_range ? 1.0 : wsi_scale_of(in[0].type);
    (void)inputs, (void)err;
    wsi_linear_begin(s, WSI_LINEAR_ANY, p->mode, p->cval, scale, halo(p));
    s->symmetric = !p->preserve_range;
    box(&s->y[0], side(p, 0), scale);
    box(&s->x[0], side(p, 1), 1.0);
    return WSI_OK;
}

WSI_LINEAR_SCRATCH(WSI_LINEAR_ANY)
WSI_KERNEL_PICK(linear)

const wsi_op wsi_op_uniform = {
    .name = "uniform",
    WSI_LINEAR_ROW(1e-6),
    .summary = "Mean of a rectangle around each pixel, channel by channel.",
    .doc = "Mean over size pixels, from size / 2 before a pixel on (rounded down: of an even size the middle is the "
           "right one), along y and then along x. The result is float32 on the image's own scale (255 stays 255), not "
           "truncated to the image's type as the reference does with integers; preserve_range=false brings integer "
           "images to 0..1 (signed: -1..1) as img_as_float does. Each mean is summed on its own in float32 in a fixed "
           "order, never as a running sum, so tiles change nothing. Errors on an image's own scale are relative to its "
           "largest value: sums in float32 whose terms cancel keep the rounding of the terms.\n\nHalo: size / 2 pixels "
           "a side, each axis its "
           "own.",
    .source = "SciPy 1.15 ndimage.uniform_filter",
    .edge = "mode, default reflect",
    .complexity = "O(size) a pixel",
    .example = "rgb2gray | uniform:size=5",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(uniform_params),
};
