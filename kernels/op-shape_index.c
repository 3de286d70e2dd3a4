/* shape_index: what kind of curvature a place has. */
#include "differences.h"
#include "feature-private.h"

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
    WSI_LINEAR_MODE(FIELD(mode), "constant"),
    WSI_LINEAR_CVAL(FIELD(cval), "0..1 scale", WSI_FEATURE_CVAL_HELP),
};

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
    .cost = 6,
    .source = "scikit-image 0.26 feature.shape_index",
    .edge = "mode, default constant; differences are one-sided at edges",
    .complexity = "O(sigma) a pixel",
    .example = "rgb2gray | shape_index:sigma=2",
    WSI_FEATURE_ROW(wsi_hessian_params, wsi_differences_state, 1e-6),
    .resolve = wsi_feature_resolve,
    .halo = wsi_differences_halo,
    .scratch = wsi_differences_scratch,
    .cuda = WSI_CUDA(differences),
    .cuda_scratch = wsi_differences_cuda_scratch,
};
