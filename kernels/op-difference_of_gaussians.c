/* difference_of_gaussians: a band of spatial frequencies. */
#include "linear-private.h"

typedef struct dog_params {
    wsi_floats low_sigma, high_sigma;
    int mode; /* wsi_edge */
    double cval, truncate;
} dog_params;

#define FIELD(name) offsetof(dog_params, name)

enum { SIGMA_MOST = WSI_TAPS_REACH };

static const wsi_param params[] = {
    {.name = "low_sigma",
     .unit = "px",
     .help = "Standard deviation of the weaker blur: one value, or [rows, columns].",
     .offset = FIELD(low_sigma),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = SIGMA_MOST,
     .min_count = 1,
     .max_count = 2,
     .flags = WSI_PARAM_REQUIRED},
    {.name = "high_sigma",
     .unit = "px",
     .help = "Standard deviation of the stronger blur, not less than low_sigma; without one 1.6 * low_sigma.",
     .offset = FIELD(high_sigma),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = SIGMA_MOST,
     .min_count = 1,
     .max_count = 2},
    WSI_LINEAR_MODE(FIELD(mode), "nearest"),
    WSI_LINEAR_CVAL(FIELD(cval), "0..1 scale", "Value beyond the edges in mode constant, on the 0..1 scale."),
    {.name = "truncate",
     .unit = "sigma",
     .help = "Where the kernels are cut off: radius = floor(truncate * sigma + 0.5).",
     .offset = FIELD(truncate),
     .type = WSI_PARAM_FLOAT,
     .def = "4",
     .min = 0,
     .max = 100},
};

static double low(const dog_params *p, int axis)
{
    return wsi_axis_value(&p->low_sigma, axis);
}

static double high(const dog_params *p, int axis)
{
    return p->high_sigma.n ? wsi_axis_value(&p->high_sigma, axis) : 1.6 * low(p, axis);
}

static wsi_status check(const void *params_, wsi_error *err)
{
    const dog_params *p = (const dog_params *)params_;
    for (int axis = 0; axis < 2; axis++) {
        WSI_RETURN_IF(high(p, axis) < low(p, axis), WSI_ERR_CHAIN,
                      "parameter high_sigma: %g is less than low_sigma, %g", high(p, axis), low(p, axis));
        WSI_FORWARD(wsi_linear_check_radius(wsi_linear_radius(high(p, axis), p->truncate), "high_sigma", err));
    }
    return WSI_OK;
}

static wsi_halo halo(const void *params_)
{
    const dog_params *p = (const dog_params *)params_;
    return (wsi_halo){wsi_linear_radius(high(p, 1), p->truncate), wsi_linear_radius(high(p, 0), p->truncate)};
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const dog_params *p = (const dog_params *)params_;
    wsi_linear_state *s = (wsi_linear_state *)state;
    const double scale = wsi_scale_of(in[0].type);
    (void)inputs, (void)err;
    wsi_linear_begin(s, WSI_LINEAR_SUM, p->mode, p->cval, scale, halo(p));
    for (int v = 0; v < 2; v++) {
        const double sy = v ? high(p, 0) : low(p, 0), sx = v ? high(p, 1) : low(p, 1);
        wsi_taps_gaussian(&s->y[v], sy, (int)wsi_linear_radius(sy, p->truncate), 0, scale);
        wsi_taps_gaussian(&s->x[v], sx, (int)wsi_linear_radius(sx, p->truncate), 0, v ? -1.0 : 1.0);
    }
    return WSI_OK;
}

WSI_LINEAR_SCRATCH(WSI_LINEAR_SUM)
WSI_KERNEL_PICK(linear)

const wsi_op wsi_op_difference_of_gaussians = {
    .name = "difference_of_gaussians",
    WSI_LINEAR_ROW(1e-6),
    .summary = "Difference of two Gaussian blurs, channel by channel.",
    .doc =
        "gaussian(image, low_sigma) - gaussian(image, high_sigma): what lies between two scales. Each blur is that of "
        "the operation gaussian. Integer images are brought to 0..1 (signed: -1..1) as img_as_float does; floats "
        "are taken as they are. The result is float32, computed in float32.\n\n"
        "Halo: floor(truncate * high_sigma + 0.5) pixels a side, each axis its own.",
    .source = "scikit-image 0.26 filters.difference_of_gaussians",
    .edge = "mode, default nearest",
    .complexity = "O(high_sigma) a pixel",
    .example = "rgb2gray | difference_of_gaussians:low_sigma=1,high_sigma=4",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(dog_params),
    .check = check,
};
