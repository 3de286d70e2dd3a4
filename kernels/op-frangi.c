/* frangi: vesselness of ridges. Without gamma it stands for a chain that makes the Hessian's norm first, of which this
 * row then learns the largest value. */
#include "expansion.h"
#include "feature-private.h"
#include "ridge.h"

static const wsi_param params[] = {
    WSI_RIDGE_FRANGI_PARAMS({.name = "gamma",
                             .unit = "",
                             .help = "Structureness that counts as much; left out, half the largest Hessian norm of "
                                     "the whole image at the first sigma.",
                             .offset = offsetof(wsi_ridge_params, frangi_gamma),
                             .type = WSI_PARAM_FLOATS,
                             .def = "",
                             .min = 0,
                             .max = 1e30,
                             .min_count = 1,
                             .max_count = 1,
                             .flags = WSI_PARAM_MIN_OPEN},
                            {.name = "norm",
                             .unit = "",
                             .help = "Image of one channel, half of whose largest value is gamma, where gamma is left "
                                     "out; without it, hessian_norm of the first sigma.",
                             .offset = offsetof(wsi_ridge_params, whole),
                             .type = WSI_PARAM_IMAGE,
                             .def = ""})};

static wsi_status check(const void *params_, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    WSI_RETURN_IF(p->frangi_gamma.n > 0 && p->whole.image >= 0, WSI_ERR_CHAIN,
                  "parameter norm: gamma is given already: leave one of them out");
    return WSI_OK;
}

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const int norm = ((const wsi_ridge_params *)params_)->whole.image;
    if (norm >= 0) WSI_FORWARD(wsi_need_channels(&in[norm], 1, err));
    return wsi_feature_resolve(params_, in, inputs, out, err);
}

static int expand(const void *params_, char *text, size_t size)
{
    static const char *const norm[] = {"black_ridges", "mode", "cval", NULL};
    static const char *const rest[] = {"sigmas", "alpha", "beta", "black_ridges", "mode", "cval", NULL};
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    wsi_expansion e = {text, size, 0};
    if (p->frangi_gamma.n > 0 || p->whole.image >= 0) return 0;
    wsi_expansion_add(&e, "hessian_norm:sigmas=%.17g", p->sigmas.v[0]);
    wsi_expansion_params(&e, params, WSI_COUNT(params), p, norm);
    wsi_expansion_add(&e, " as _norm | frangi:from=@input,norm=@_norm");
    wsi_expansion_params(&e, params, WSI_COUNT(params), p, rest);
    return e.length;
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    (void)in, (void)inputs;
    WSI_RETURN_IF(p->frangi_gamma.n == 0, WSI_ERR_CHAIN, "needs gamma, or norm to learn it from");
    wsi_ridge_frangi_prepare(p, WSI_RIDGE_FRANGI, p->frangi_gamma.v[0], (wsi_ridge_state *)state);
    return WSI_OK;
}

static int learns(const wsi_fit_call *call)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)call->params;
    return p->frangi_gamma.n == 0 && p->whole.image >= 0;
}

static int fields(const wsi_fit_call *call, wsi_fit_field field[WSI_FIT_FIELDS_MAX])
{
    field[0] = (wsi_fit_field){"gamma", 1};
    return learns(call);
}

/* An image without any structure has gamma 1, as in the reference. */
static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    const double gamma = wsi_ridge_maximum(acc, 0) / 2;
    (void)call, (void)err;
    fit[0] = gamma == 0 ? 1 : gamma;
    return WSI_OK;
}

static wsi_status prepare_fit(const wsi_fit_call *call, void *state, wsi_error *err)
{
    if (!learns(call)) return prepare(call->params, call->in, call->inputs, state, err);
    wsi_ridge_frangi_prepare((const wsi_ridge_params *)call->params, WSI_RIDGE_FRANGI, call->fit[0],
                             (wsi_ridge_state *)state);
    return WSI_OK;
}

static const wsi_reduction reduction = {
    .fields = fields, .rounds = learns, .finalise = finalise, .prepare = prepare_fit, WSI_RIDGE_MAXIMA};

WSI_KERNEL_PICK(ridge)

const wsi_op wsi_op_frangi = {
    .name = "frangi",
    .summary = "Vessels by Frangi's measure, the largest over several scales.",
    .doc =
        "With the eigenvalues of the Hessian ordered by magnitude, |l1| <= |l2|, rb = |l1| / max(l2, 1e-10) and "
        "s = sqrt(l1^2 + l2^2): exp(-rb^2 / (2 beta^2)) (1 - exp(-s^2 / (2 gamma^2))), the largest over all sigmas; of "
        "the negated image where black_ridges is false. Without gamma it is half the largest s of the whole image at "
        "the first sigma (1 where that is 0), as in the reference, learnt in a pass of its own; a NaN anywhere then "
        "makes all of the result NaN. The measure jumps where l2 changes sign, and where l1 vanishes while l2 is "
        "negative: where |l1 + l2|, or there |l1|, is within float32's rounding of 0, either side may come "
        "out.\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.frangi",
    .example = "rgb2gray | frangi:sigmas=[2]",
    WSI_FEATURE_ROW(wsi_ridge_params, wsi_ridge_state, 1e-5),
    WSI_RIDGE_ROW,
    .resolve = resolve,
    .check = check,
    .reduction = &reduction,
    .kernel_inputs = 1,
    .expand = expand,
};
