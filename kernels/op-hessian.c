/* hessian: hybrid Hessian filter of ridges. */
#include "op-private.h"
#include "ridge.h"

static const wsi_param params[] = {
    WSI_RIDGE_SIGMAS,
    WSI_RIDGE_ALPHA,
    WSI_RIDGE_BETA,
    {.name = "gamma",
     .unit = "",
     .help = "Structureness that counts as much, on the image's own scale.",
     .offset = offsetof(wsi_ridge_params, gamma),
     .type = WSI_PARAM_FLOAT,
     .def = "15",
     .min = 0,
     .max = 1e30,
     .flags = WSI_PARAM_MIN_OPEN},
    WSI_RIDGE_BLACK_RIDGES,
    WSI_RIDGE_MODE,
    WSI_RIDGE_CVAL,
};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    (void)in, (void)inputs, (void)err;
    wsi_ridge_filter_prepare(p, WSI_RIDGE_HESSIAN, (wsi_ridge_state *)state);
    wsi_ridge_frangi((wsi_ridge_state *)state, p->beta, p->gamma);
    return WSI_OK;
}

WSI_KERNEL_PICK(ridge)

const wsi_op wsi_op_hessian = {
    .name = "hessian",
    .module = "filters",
    .summary = "Ridges by the hybrid Hessian filter, the largest over several scales.",
    .doc = "frangi with gamma 15, but 1 wherever that is 0: away from ridges, and where the image is flat. As the "
           "reference's float64 has it, 0 is what lies below exp(-745) or, in the factor of s, below "
           "2^-54.\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.hessian",
    .edge = "mode, default reflect; every sum extends its own input",
    .complexity = "O(sigma) a pixel and scale",
    .example = "rgb2gray | hessian:sigmas=[2]",
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
