/* meijering: neuriteness of ridges. */
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
     .help = "Largest value of each scale over the slide, by which it is divided: one a sigma, or one for all.",
     .offset = FIELD(maxima),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = 1e30,
     .min_count = 1,
     .max_count = WSI_RIDGE_SCALES_MAX,
     .flags = WSI_PARAM_REQUIRED},
};

static wsi_status check(const void *params_, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    WSI_RETURN_IF(p->maxima.n > 1 && p->maxima.n != p->sigmas.n, WSI_ERR_CHAIN,
                  "parameter maxima: %d values for %d sigmas: give one a sigma, or one for all", p->maxima.n,
                  p->sigmas.n);
    return WSI_OK;
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_ridge_params *p = (const wsi_ridge_params *)params_;
    wsi_ridge_state *s = (wsi_ridge_state *)state;
    (void)in, (void)inputs, (void)err;
    wsi_ridge_filter_prepare(p, WSI_RIDGE_MEIJERING, s);
    for (int i = 0; i < s->sigmas.n; i++) {
        const double most = p->maxima.v[p->maxima.n > 1 ? i : 0];
        s->scale[i].k.alpha = (float)p->alpha;
        s->scale[i].k.scale = most > 0.0 ? (float)(1.0 / most) : 1.0f;
    }
    return WSI_OK;
}

WSI_KERNEL_PICK(ridge)

const wsi_op wsi_op_meijering = {
    .name = "meijering",
    .summary = "Ridges (neurites) by Meijering's measure, the largest over several scales.",
    .doc =
        "With the eigenvalues e1 and e2 of the Hessian: of e1 + alpha e2 and e2 + alpha e1 the one of larger "
        "magnitude, 0 where negative, divided by the scale's maximum (as it is where that is 0); the largest over all "
        "sigmas; of the negated image where black_ridges is false. The reference's maxima are those of the whole "
        "image; here they are given.\n\n" WSI_RIDGE_DOC,
    .source = "scikit-image 0.26 filters.meijering",
    .example = "rgb2gray | meijering:sigmas=[2],maxima=[0.02]",
    WSI_FEATURE_ROW(wsi_ridge_params, wsi_ridge_state, 1e-5),
    WSI_RIDGE_ROW,
    .check = check,
};
