/* meijering: neuriteness of ridges. Without maxima it stands for a chain that makes each scale's response first, of
 * which this row then learns the largest values. */
#include "expansion.h"
#include "feature-private.h"
#include "ridge.h"

#define FIELD(name) offsetof(wsi_ridge_params, name)

static const wsi_param params[] = {
    WSI_RIDGE_SIGMAS,
    {.name = "alpha",
     .unit = "",
     .help = "Share of the other eigenvalue (the reference's None is 1/3).",
     .offset = FIELD(alpha),
     .type = WSI_PARAM_FLOAT,
     .def = "0.3333333333333333",
     .min = -100,
     .max = 100},
    WSI_RIDGE_BLACK_RIDGES,
    WSI_RIDGE_MODE,
    WSI_RIDGE_CVAL,
    {.name = "maxima",
     .unit = "",
     .help = "Largest value of each scale, by which it is divided: one a sigma, or one for all; left out, those of the "
             "whole image.",
     .offset = FIELD(maxima),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = 1e30,
     .min_count = 1,
     .max_count = WSI_RIDGE_SCALES_MAX},
    {.name = "responses",
     .unit = "",
     .help = "Image of a channel for each sigma, whose largest values are the maxima, where those are left out; "
             "without it, what each scale gives with maxima=1.",
     .offset = FIELD(whole),
     .type = WSI_PARAM_IMAGE,
     .def = ""},
};

static wsi_status check(const void *params_, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    WSI_RETURN_IF(p->maxima.n > 1 && p->maxima.n != p->sigmas.n, WSI_ERR_CHAIN,
                  "parameter maxima: %d values for %d sigmas: give one a sigma, or one for all", p->maxima.n,
                  p->sigmas.n);
    WSI_RETURN_IF(p->maxima.n > 0 && p->whole.image >= 0, WSI_ERR_CHAIN,
                  "parameter responses: maxima are given already: leave one of them out");
    return WSI_OK;
}

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    if (p->whole.image >= 0) WSI_FORWARD(wsi_need_channels(&in[p->whole.image], p->sigmas.n, err));
    return wsi_feature_resolve(params_, in, inputs, out, err);
}

/* The responses as one image, up to four images at a time. */
static void stack_responses(wsi_expansion *e, int scales)
{
    static const char *const place[] = {"second", "third", "fourth"};
    for (int i = 1, at = 0; i < scales; i++, at = (at + 1) % WSI_COUNT(place)) {
        if (at == 0 && i == 1) wsi_expansion_add(e, "stack:from=@_scale0");
        if (at == 0 && i > 1) wsi_expansion_add(e, " as _stack%d | stack:from=@_stack%d", i, i);
        wsi_expansion_add(e, ",%s=@_scale%d", place[at], i);
    }
    if (scales > 1) wsi_expansion_add(e, " as _scales | ");
}

static int expand(const void *params_, char *text, size_t size)
{
    static const char *const one[] = {"alpha", "black_ridges", "mode", "cval", NULL};
    static const char *const all[] = {"sigmas", "alpha", "black_ridges", "mode", "cval", NULL};
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    const int scales = p->sigmas.n;
    wsi_expansion e = {text, size, 0};
    if (p->maxima.n > 0 || p->whole.image >= 0) return 0;
    for (int i = 0; i < scales; i++) {
        wsi_expansion_add(&e, "meijering:from=@input,maxima=1,sigmas=%.17g", p->sigmas.v[i]);
        wsi_expansion_params(&e, params, WSI_COUNT(params), p, one);
        wsi_expansion_add(&e, " as _scale%d | ", i);
    }
    stack_responses(&e, scales);
    wsi_expansion_add(&e, "meijering:from=@input,responses=@%s", scales > 1 ? "_scales" : "_scale0");
    wsi_expansion_params(&e, params, WSI_COUNT(params), p, all);
    return e.length;
}

/* maximum: one a scale, or, with step 0, one for all. */
static void prepare_scales(const wsi_ridge_params *p, const double *maximum, int step, wsi_ridge_state *s)
{
    wsi_ridge_filter_prepare(p, WSI_RIDGE_MEIJERING, s);
    for (int i = 0; i < s->sigmas.n; i++) {
        const double most = maximum[i * step];
        s->scale[i].k.alpha = (float)p->alpha;
        s->scale[i].k.scale = most > 0.0 ? (float)(1.0 / most) : 1.0f;
    }
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    (void)in, (void)inputs;
    WSI_RETURN_IF(p->maxima.n == 0, WSI_ERR_CHAIN, "needs maxima, or responses to learn them from");
    prepare_scales(p, p->maxima.v, p->maxima.n > 1, (wsi_ridge_state *)state);
    return WSI_OK;
}

static int learns(const wsi_fit_call *call)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)call->params;
    return p->maxima.n == 0 && p->whole.image >= 0;
}

static int fields(const wsi_fit_call *call, wsi_fit_field field[WSI_FIT_FIELDS_MAX])
{
    field[0] = (wsi_fit_field){"maxima", ((const wsi_ridge_params *)call->params)->sigmas.n};
    return learns(call);
}

static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    (void)err;
    for (int i = 0; i < ((const wsi_ridge_params *)call->params)->sigmas.n; i++) fit[i] = wsi_ridge_maximum(acc, i);
    return WSI_OK;
}

static wsi_status prepare_fit(const wsi_fit_call *call, void *state, wsi_error *err)
{
    if (!learns(call)) return prepare(call->params, call->in, call->inputs, state, err);
    prepare_scales((const wsi_ridge_params *)call->params, call->fit, 1, (wsi_ridge_state *)state);
    return WSI_OK;
}

static const wsi_reduction reduction = {
    .fields = fields, .rounds = learns, .finalise = finalise, .prepare = prepare_fit, WSI_RIDGE_MAXIMA};

WSI_KERNEL_PICK(ridge)

const wsi_op wsi_op_meijering = {
    .name = "meijering",
    .summary = "Ridges (neurites) by Meijering's measure, the largest over several scales.",
    .doc =
        "With the eigenvalues e1 and e2 of the Hessian: of e1 + alpha e2 and e2 + alpha e1 the one of larger "
        "magnitude, 0 where negative, divided by the scale's maximum (as it is where that is 0); the largest over all "
        "sigmas; of the negated image where black_ridges is false. Left out, the maxima are those of the whole image, "
        "as "
        "in the reference, learnt in a pass of their own; a scale with a NaN anywhere is then not "
        "divided.\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.meijering",
    .example = "rgb2gray | meijering:sigmas=[2]",
    WSI_FEATURE_ROW(wsi_ridge_params, wsi_ridge_state, 1e-5),
    WSI_RIDGE_ROW,
    .resolve = resolve,
    .check = check,
    .reduction = &reduction,
    .kernel_inputs = 1,
    .expand = expand,
};
