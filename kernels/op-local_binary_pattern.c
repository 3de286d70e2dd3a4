/* local_binary_pattern: texture from comparisons with neighbours on a circle. */
#include "feature-private.h"
#include "lbp.h"

#include <math.h>

#define FIELD(name) offsetof(wsi_lbp_params, name)

static const char *const methods[] = {"default", "ror", "uniform", "nri_uniform", "var", NULL};

static const wsi_param params[] = {
    {.name = "P",
     .unit = "",
     .help = "Number of neighbours on the circle.",
     .offset = FIELD(points),
     .type = WSI_PARAM_INT,
     .min = 1,
     .max = WSI_LBP_POINTS_MAX,
     .flags = WSI_PARAM_REQUIRED},
    {.name = "R",
     .unit = "px",
     .help = "Radius of the circle.",
     .offset = FIELD(radius),
     .type = WSI_PARAM_FLOAT,
     .min = 0,
     .max = WSI_LBP_RADIUS_MAX,
     .flags = WSI_PARAM_REQUIRED},
    {.name = "method",
     .unit = "",
     .help = "What becomes of the pattern of bits.",
     .offset = FIELD(method),
     .type = WSI_PARAM_ENUM,
     .def = "default",
     .names = methods},
};

/* Positions are rounded to five places, the radius to float32, as in the reference. */
static wsi_lbp_point point_of(const wsi_lbp_params *p, int64_t i)
{
    const double angle = 2.0 * 3.14159265358979323846 * (double)i / (double)p->points, r = (double)(float)p->radius;
    const double y = rint(-r * sin(angle) * 1e5) / 1e5, x = rint(r * cos(angle) * 1e5) / 1e5;
    return (wsi_lbp_point){(int)floor(y), (int)floor(x), (int)ceil(y), (int)ceil(x), y, x};
}

static wsi_halo halo(const void *params_)
{
    const wsi_lbp_params *p = (const wsi_lbp_params *)params_;
    wsi_halo h = {0, 0};
    for (int64_t i = 0; i < p->points; i++) {
        const wsi_lbp_point at = point_of(p, i);
        h.y = wsi_max64(h.y, wsi_max64(-at.top, at.bottom));
        h.x = wsi_max64(h.x, wsi_max64(-at.left, at.right));
    }
    return h;
}

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_halo reach = halo(p);
    (void)in, (void)inputs, (void)h;
    return (size_t)(2 * reach.y + 1) * wsi_lbp_stride(w, (int)reach.x) * sizeof(double);
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_lbp_params *p = (const wsi_lbp_params *)params_;
    wsi_lbp_state *s = (wsi_lbp_state *)state;
    const wsi_halo reach = halo(p);
    (void)in, (void)inputs, (void)err;
    s->points = (int)p->points;
    s->method = p->method;
    s->reach_y = (int)reach.y;
    s->reach_x = (int)reach.x;
    for (int i = 0; i < s->points; i++) s->point[i] = point_of(p, i);
    return WSI_OK;
}

WSI_KERNEL_PICK(lbp)

const wsi_op wsi_op_local_binary_pattern = {
    .name = "local_binary_pattern",
    .module = "feature",
    .summary = "Local binary patterns: which neighbours on a circle are not darker than a pixel.",
    .doc =
        "Neighbour i of P lies at R (cos, -sin) of 2 pi i / P, rounded to five places, and is interpolated "
        "bilinearly in float64; its bit is 1 where it is not below the middle pixel. default: the number of those "
        "bits; ror: the smallest of its rotations; uniform: the number of ones where the row of bits changes at most "
        "twice, else P + 1; nri_uniform: such patterns numbered with their rotation, 0 to P (P - 1) + 1, else "
        "P (P - 1) + 2; var: the variance of the neighbours, NaN where that is 0, from their "
        "distances to the mean: large values keep the digits that they lose in the reference, which subtracts two sums "
        "and may be left with their rounding where neighbours are all the same. The "
        "result is float32, which holds all numbers up to P = 24. As in the reference a neighbour's weights come from "
        "its place in the whole image, rounded to float64, which decides where it equals the middle but for rounding. "
        "Takes one channel, on its own scale.\n\nHalo: ceil(R) pixels.",
    .cost = 4,
    .source = "scikit-image 0.26 feature.local_binary_pattern",
    .edge = "0 beyond the edges",
    .complexity = "O(P) a pixel",
    .example = "channel:index=1 | local_binary_pattern:P=8,R=1,method=uniform",
    WSI_FEATURE_ROW(wsi_lbp_params, wsi_lbp_state, 1e-6),
    .resolve = wsi_feature_resolve,
    .halo = halo,
    .scratch = scratch,
    .cuda = WSI_CUDA(lbp),
};
