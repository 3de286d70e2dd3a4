/* frangi: vesselness of ridges. */
#include "feature-private.h"
#include "ridge.h"

static const wsi_param params[] = {
    WSI_RIDGE_FRANGI_PARAMS("", WSI_PARAM_REQUIRED | WSI_PARAM_MIN_OPEN,
                            "Structureness that counts as much: half the largest Hessian norm of the slide.")};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)in, (void)inputs, (void)err;
    wsi_ridge_frangi_prepare((const wsi_ridge_params *)params_, WSI_RIDGE_FRANGI, (wsi_ridge_state *)state);
    return WSI_OK;
}

WSI_KERNEL_PICK(ridge)

const wsi_op wsi_op_frangi = {
    .name = "frangi",
    .summary = "Vessels by Frangi's measure, the largest over several scales.",
    .doc =
        "With the eigenvalues of the Hessian ordered by magnitude, |l1| <= |l2|, rb = |l1| / max(l2, 1e-10) and "
        "s = sqrt(l1^2 + l2^2): exp(-rb^2 / (2 beta^2)) (1 - exp(-s^2 / (2 gamma^2))), the largest over all sigmas; of "
        "the negated image where black_ridges is false. The reference's gamma without a value is half the largest s "
        "of the whole image; here it is given. The measure jumps where l2 changes sign, so where |l1 + l2| is within "
        "float32's rounding of 0 either side may come out.\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.frangi",
    .example = "rgb2gray | frangi:sigmas=[2],gamma=0.02",
    WSI_FEATURE_ROW(wsi_ridge_params, wsi_ridge_state, 1e-5),
    WSI_RIDGE_ROW,
};
