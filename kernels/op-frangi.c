/* frangi: vesselness of ridges. */
#include "op-private.h"
#include "ridge.h"

static const wsi_param params[] = {
    WSI_RIDGE_SIGMAS,
    WSI_RIDGE_ALPHA,
    WSI_RIDGE_BETA,
    {.name = "gamma",
     .unit = "",
     .help = "Structureness that counts as much: half the largest Hessian norm of the slide.",
     .offset = offsetof(wsi_ridge_params, gamma),
     .type = WSI_PARAM_FLOAT,
     .def = "",
     .min = 0,
     .max = 1e30,
     .flags = WSI_PARAM_REQUIRED | WSI_PARAM_MIN_OPEN},
    WSI_RIDGE_BLACK_RIDGES,
    WSI_RIDGE_MODE,
    WSI_RIDGE_CVAL,
};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    (void)in, (void)inputs, (void)err;
    wsi_ridge_filter_prepare(p, WSI_RIDGE_FRANGI, (wsi_ridge_state *)state);
    wsi_ridge_frangi((wsi_ridge_state *)state, p->beta, p->gamma);
    return WSI_OK;
}

WSI_KERNEL_PICK(ridge)

const wsi_op wsi_op_frangi = {
    .name = "frangi",
    .module = "filters",
    .summary = "Vessels by Frangi's measure, the largest over several scales.",
    .doc =
        "With the eigenvalues of the Hessian ordered by magnitude, |l1| <= |l2|, rb = |l1| / max(l2, 1e-10) and "
        "s = sqrt(l1^2 + l2^2): exp(-rb^2 / (2 beta^2)) (1 - exp(-s^2 / (2 gamma^2))), the largest over all sigmas; of "
        "the negated image where black_ridges is false. The reference's gamma without a value is half the largest s "
        "of the whole image; here it is given. The measure jumps where l2 changes sign, so where |l1 + l2| is within "
        "float32's rounding of 0 either side may come out.\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.frangi",
    .edge = "mode, default reflect; every sum extends its own input",
    .complexity = "O(sigma) a pixel and scale",
    .example = "rgb2gray | frangi:sigmas=[2],gamma=0.02",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_ridge_params),
    .state_size = sizeof(wsi_ridge_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-5,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = wsi_ridge_resolve,
    .halo = wsi_ridge_filter_halo,
    .scratch = wsi_ridge_filter_scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(ridge),
    .cuda_scratch = wsi_ridge_filter_cuda_scratch,
};
