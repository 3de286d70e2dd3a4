/* hessian: hybrid Hessian filter of ridges. */
#include "feature-private.h"
#include "ridge.h"

static const wsi_param params[] = {
    WSI_RIDGE_FRANGI_PARAMS({.name = "gamma",
                             .unit = "",
                             .help = "Structureness that counts as much, on the image's own scale.",
                             .offset = offsetof(wsi_ridge_params, gamma),
                             .type = WSI_PARAM_FLOAT,
                             .def = "15",
                             .min = 0,
                             .max = 1e30,
                             .flags = WSI_PARAM_MIN_OPEN})};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    (void)in, (void)inputs, (void)err;
    wsi_ridge_frangi_prepare(p, WSI_RIDGE_HESSIAN, p->gamma, (wsi_ridge_state *)state);
    return WSI_OK;
}

WSI_KERNEL_PICK(ridge)

const wsi_op wsi_op_hessian = {
    .name = "hessian",
    .summary = "Ridges by the hybrid Hessian filter, the largest over several scales.",
    .doc = "frangi with gamma 15, but 1 wherever that is 0: away from ridges, and where the image is flat. As the "
           "reference's float64 has it, 0 is what lies below exp(-745) or, in the factor of s, below "
           "1.625 * 2^-55: from there on NumPy's exponential of vectors is below 1 (on machines without AVX-512 from "
           "2^-54 on, and a few pixels of flat regions come out otherwise there).\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.hessian",
    .example = "rgb2gray | hessian:sigmas=[2]",
    WSI_FEATURE_ROW(wsi_ridge_params, wsi_ridge_state, 1e-5),
    WSI_RIDGE_ROW,
    .resolve = wsi_feature_resolve,
};
