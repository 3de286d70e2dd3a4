/* shape_index: what kind of curvature a place has. */
#include "differences.h"
#include "op-private.h"

#define FIELD(name) offsetof(wsi_hessian_params, name)

static const wsi_param params[] = {
    {.name = "sigma",
     .unit = "px",
     .help = "Standard deviation of the Gaussian that smooths the image first.",
     .offset = FIELD(sigma),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = 0,
     .max = WSI_DIFFERENCES_SIGMA_MAX},
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges (wrap is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "constant",
     .names = wsi_edge_names_filter},
    {.name = "cval",
     .unit = "0..1 scale",
     .help = "Value beyond the edges in mode constant, for each of the sums.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    WSI_FORWARD(wsi_need_channels(in, 1, err));
    return wsi_resolve_float(p, in, inputs, out, err);
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)inputs, (void)err;
    wsi_differences_prepare((const wsi_hessian_params *)p, in[0].type, WSI_DIFFERENCES_SHAPE_INDEX,
                            (wsi_differences_state *)state);
    return WSI_OK;
}

WSI_KERNEL_PICK(differences)

const wsi_op wsi_op_shape_index = {
    .name = "shape_index",
    .module = "feature",
    .summary = "Shape index: from cups (-1) over ruts, saddles and ridges to caps (1).",
    .doc = "2 / pi atan((l2 + l1) / (l2 - l1)) of the eigenvalues l1 >= l2 of hessian_matrix without Gaussian "
           "derivatives; NaN where both are 0. All sums are in float64, the result is float32: a quotient of values "
           "that float32 would not hold. Where l1 and l2 differ by no more than float64's rounding, the sign is "
           "chance, as in the reference. Takes one channel.\n\nHalo: floor(4 sigma + 0.5) + 2 pixels a side.",
    .source = "scikit-image 0.26 feature.shape_index",
    .edge = "mode, default constant; differences are one-sided at edges",
    .complexity = "O(sigma) a pixel",
    .example = "rgb2gray | shape_index:sigma=2",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_hessian_params),
    .state_size = sizeof(wsi_differences_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = resolve,
    .halo = wsi_differences_halo,
    .scratch = wsi_differences_scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(differences),
    .cuda_scratch = wsi_differences_cuda_scratch,
};
