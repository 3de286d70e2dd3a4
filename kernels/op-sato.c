/* sato: tubeness of ridges. */
#include "op-private.h"
#include "ridge.h"

static const wsi_param params[] = {WSI_RIDGE_SIGMAS, WSI_RIDGE_BLACK_RIDGES, WSI_RIDGE_MODE, WSI_RIDGE_CVAL};

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_ridge_state *s = (wsi_ridge_state *)state;
    (void)in, (void)inputs, (void)err;
    wsi_ridge_filter_prepare((const wsi_ridge_params *)p, WSI_RIDGE_SATO, s);
    for (int i = 0; i < s->sigmas.n; i++) s->scale[i].k.scale = (float)(s->sigmas.v[i] * s->sigmas.v[i]);
    return WSI_OK;
}

WSI_KERNEL_PICK(ridge)

const wsi_op wsi_op_sato = {
    .name = "sato",
    .module = "filters",
    .summary = "Ridges (vessels, fibres) by Sato's tubeness, the largest over several scales.",
    .doc = "sigma^2 * max(l, 0) of the larger eigenvalue l of the Hessian, the largest over all sigmas; of the negated "
           "image where black_ridges is false.\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.sato",
    .edge = "mode, default reflect; every sum extends its own input",
    .complexity = "O(sigma) a pixel and scale",
    .example = "rgb2gray | sato:sigmas=[2]",
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
