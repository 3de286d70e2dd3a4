/* expand_labels: labels grow over the background. */
#include "expand_labels.h"
#include "footprint-private.h"
#include "op-private.h"

#include <math.h>

#define FIELD(name) offsetof(wsi_expand_labels_params, name)

static const wsi_param params[] = {
    {.name = "distance",
     .unit = "px * spacing",
     .help = "How far labels grow.",
     .offset = FIELD(distance),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = 0,
     .max = 1e6},
    WSI_SPACING_PARAM(wsi_expand_labels_params),
};

static double step(const wsi_expand_labels_params *p, int axis)
{
    return wsi_spacing_of(&p->spacing, axis);
}

static wsi_halo halo(const void *params_)
{
    const wsi_expand_labels_params *p = (const wsi_expand_labels_params *)params_;
    return (wsi_halo){wsi_footprint_steps(p->distance, step(p, 1)), wsi_footprint_steps(p->distance, step(p, 0))};
}

static wsi_status check(const void *p, wsi_error *err)
{
    const wsi_halo reach = halo(p);
    WSI_RETURN_IF(reach.x > WSI_FOOTPRINT_RADIUS_MAX || reach.y > WSI_FOOTPRINT_RADIUS_MAX, WSI_ERR_CHAIN,
                  "parameter distance: reaches farther than %d pixels with this spacing", WSI_FOOTPRINT_RADIUS_MAX);
    return WSI_OK;
}

/* Distances are roots of sums of squares: compared as squares, they need the bound that the root's rounding makes. */
static double square_bound(double distance)
{
    double bound = distance * distance;
    while (sqrt(bound) > distance) bound = nextafter(bound, 0);
    while (sqrt(nextafter(bound, HUGE_VAL)) <= distance) bound = nextafter(bound, HUGE_VAL);
    return bound;
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_expand_labels_params *p = (const wsi_expand_labels_params *)params_;
    wsi_expand_labels_state *s = (wsi_expand_labels_state *)state;
    const wsi_halo reach = halo(params_);
    (void)in, (void)inputs, (void)err;
    s->row_step = step(p, 0);
    s->column_step = step(p, 1);
    s->farthest = square_bound(p->distance);
    s->reach_x = reach.x;
    s->reach_y = reach.y;
    return WSI_OK;
}

/* For each result the row of its column's nearest label, and a row of: truth values, rows counted from below, squared
 * vertical distances, the least squared distances and their columns. */
static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const size_t samples = wsi_expand_samples(w, halo(p).x, in[0].channels);
    (void)inputs;
    return samples * (sizeof(int16_t) * (size_t)(h + 1) + 1 + 3 * sizeof(double));
}

static size_t cuda_scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_expand_samples(w, halo(p).x, in[0].channels) * sizeof(int16_t) * (size_t)h;
}

WSI_KERNEL_PICK(expand_labels)

const wsi_op wsi_op_expand_labels = {
    .name = "expand_labels",
    .module = "segmentation",
    .summary = "Labels grow over the background up to a distance, without running into one another.",
    .doc =
        "A pixel of value 0 takes the value of the nearest pixel that is not 0, if it lies within the distance "
        "sqrt((dy * spacing[0])^2 + (dx * spacing[1])^2) <= distance in float64; one spacing serves both axes. Of "
        "equally near pixels the one of the least column counts, and of two in that column the upper one: the order "
        "in which the reference's distance transform decides. (With spacings that are not whole numbers the "
        "reference may take the other of two pixels whose distances differ by rounding alone.) Works on every sample "
        "type and keeps it; several channels are processed one by one.\n\n"
        "Halo: distance / spacing, rounded down.",
    .source = "scikit-image 0.26 segmentation.expand_labels; SciPy ndimage.distance_transform_edt for ties",
    .edge = "outside lie no labels",
    .complexity = "O(distance / spacing[1]) a pixel",
    .example = "rgb2gray | threshold:value=0.5 | expand_labels:distance=3",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_expand_labels_params),
    .state_size = sizeof(wsi_expand_labels_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_same,
    .check = check,
    .halo = halo,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(expand_labels),
    .cuda_scratch = cuda_scratch,
};
