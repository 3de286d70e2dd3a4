/* sato: tubeness of ridges. */
#include "feature-private.h"
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
    .summary = "Ridges (vessels, fibres) by Sato's tubeness, the largest over several scales.",
    .doc = "sigma^2 * max(l, 0) of the larger eigenvalue l of the Hessian, the largest over all sigmas; of the negated "
           "image where black_ridges is false.\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.sato",
    .example = "rgb2gray | sato:sigmas=[2]",
    WSI_FEATURE_ROW(wsi_ridge_params, wsi_ridge_state, 1e-5),
    WSI_RIDGE_ROW,
    .resolve = wsi_feature_resolve,
};
