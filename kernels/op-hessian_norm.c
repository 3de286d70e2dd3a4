/* hessian_norm: how much structure there is at a scale. */
#include "feature-private.h"
#include "ridge.h"

static const wsi_param params[] = {WSI_RIDGE_SIGMAS, WSI_RIDGE_BLACK_RIDGES, WSI_RIDGE_MODE, WSI_RIDGE_CVAL};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)in, (void)inputs, (void)err;
    wsi_ridge_filter_prepare((const wsi_ridge_params *)params_, WSI_RIDGE_NORM, (wsi_ridge_state *)state);
    return WSI_OK;
}

WSI_KERNEL_PICK(ridge)

const wsi_op wsi_op_hessian_norm = {
    .name = "hessian_norm",
    .summary = "Norm of the Hessian, the structureness of frangi, the largest over several scales.",
    .doc = "s = sqrt(l1^2 + l2^2) of the Hessian's eigenvalues, the largest over all sigmas. Half of its largest value "
           "over a whole image, at one sigma, is what `frangi` takes for gamma where none is given. black_ridges "
           "matters with mode constant alone.\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.frangi, the s within",
    .example = "rgb2gray | hessian_norm:sigmas=[2]",
    WSI_FEATURE_ROW(wsi_ridge_params, wsi_ridge_state, 1e-5),
    WSI_RIDGE_ROW,
    .resolve = wsi_feature_resolve,
};
