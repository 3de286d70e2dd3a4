/* rescale_intensity: stretch a range to another. The range is given, or the type's, or learnt of the whole image. */
#include "exposure-private.h"
#include "quantile.h"
#include "rescale.h"

#include <math.h>
#include <string.h>

enum { IN_IMAGE = 0, IN_DTYPE };

typedef struct rescale_params {
    wsi_floats in_range, in_percentiles, out_range;
    wsi_reduction_params common;
} rescale_params;

static const char *const in_names[] = {"image", "dtype", NULL};
static const char *const out_names[] = {"dtype", NULL};

static const wsi_param params[] = {
    {.name = "in_range",
     .unit = "image's own scale",
     .help = "Input range as two numbers [low,high], or that of the whole image's values (image), or of its type "
             "(dtype; floats: -1 to 1); what lies outside is clipped.",
     .offset = offsetof(rescale_params, in_range),
     .type = WSI_PARAM_FLOATS,
     .def = "image",
     .min = 1,
     .max = 0,
     .names = in_names,
     .min_count = 2,
     .max_count = 2},
    {.name = "in_percentiles",
     .unit = "percent",
     .help = "In place of in_range: the percentiles [low,high] of the whole image, as numpy.percentile gives them.",
     .offset = offsetof(rescale_params, in_percentiles),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = 100,
     .min_count = 2,
     .max_count = 2},
    {.name = "out_range",
     .unit = "",
     .help = "Output range [low,high], giving float32; dtype: the range of the image's own type (from 0 when "
             "in_range is not negative), keeping the type.",
     .offset = offsetof(rescale_params, out_range),
     .type = WSI_PARAM_FLOATS,
     .def = "dtype",
     .min = 1,
     .max = 0,
     .names = out_names,
     .min_count = 2,
     .max_count = 2},
    WSI_MASK_PARAM(rescale_params, common),
    WSI_LEVEL_PARAM(rescale_params, common),
};

static wsi_status check(const void *params_, wsi_error *err)
{
    const rescale_params *p = (const rescale_params *)params_;
    const wsi_floats *in = &p->in_range, *percent = &p->in_percentiles;
    WSI_RETURN_IF(in->n > 0 && in->v[0] > in->v[1], WSI_ERR_CHAIN,
                  "parameter in_range: [%g,%g] is not allowed: low is above high", in->v[0], in->v[1]);
    WSI_RETURN_IF(percent->n > 0 && percent->v[0] > percent->v[1], WSI_ERR_CHAIN,
                  "parameter in_percentiles: [%g,%g] is not allowed: low is above high", percent->v[0], percent->v[1]);
    WSI_RETURN_IF(percent->n > 0 && (in->n > 0 || in->v[0] != IN_IMAGE), WSI_ERR_CHAIN,
                  "parameter in_percentiles: in_range is given too: leave one of them out");
    return WSI_OK;
}

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const rescale_params *p = (const rescale_params *)params_;
    (void)inputs;
    WSI_FORWARD(wsi_need_mask(in, p->common.mask.image, err));
    *out = (wsi_pixfmt){p->out_range.n > 0 ? WSI_F32 : in[0].type, in[0].channels};
    return WSI_OK;
}

static void type_range(wsi_dtype type, double range[2])
{
    wsi_type_range(type, &range[0], &range[1]);
    if (range[1] == HUGE_VAL) range[0] = -1, range[1] = 1;
}

static void prepare_range(const rescale_params *p, wsi_dtype type, const double in[2], wsi_rescale_state *state)
{
    double out[2];
    type_range(type, out);
    if (in[0] >= 0) out[0] = 0;
    if (p->out_range.n > 0) memcpy(out, p->out_range.v, sizeof out);
    state->range = (wsi_px_rescale){in[0], in[1], in[1] - in[0], out[0], out[1], out[1] - out[0]};
}

/* Without anything to learn. */
static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const rescale_params *p = (const rescale_params *)params_;
    double range[2];
    (void)inputs, (void)err;
    type_range(in[0].type, range);
    prepare_range(p, in[0].type, p->in_range.n > 0 ? p->in_range.v : range, (wsi_rescale_state *)state);
    return WSI_OK;
}

/* ---- the range of the whole image ---- */

static const rescale_params *params_of(const wsi_fit_call *call)
{
    return (const rescale_params *)call->params;
}

static int of_percentiles(const wsi_fit_call *call)
{
    return params_of(call)->in_percentiles.n > 0;
}

static int rounds(const wsi_fit_call *call)
{
    const wsi_floats *in = &params_of(call)->in_range;
    if (in->n > 0 || in->v[0] != IN_IMAGE) return 0;
    return of_percentiles(call) ? wsi_quantile_rounds(call->in[0].type) : 1;
}

/* What of percentiles was found in rounds before the last lies behind the range. */
static int fields(const wsi_fit_call *call, wsi_fit_field field[WSI_FIT_FIELDS_MAX])
{
    if (rounds(call) == 0) return 0;
    field[0] = (wsi_fit_field){"range", 2};
    field[1] = (wsi_fit_field){"ranks", WSI_QUANTILE_NUMBERS};
    return of_percentiles(call) ? 2 : 1;
}

static wsi_quantile_found found_of(const double *fit)
{
    wsi_quantile_found found;
    memcpy(&found, fit + 2, sizeof found);
    return found;
}

static size_t size(const wsi_fit_call *call)
{
    return of_percentiles(call) ? wsi_quantile_size(call->in[0].type, call->round) : sizeof(wsi_extremes);
}

static void init(const wsi_fit_call *call, void *acc)
{
    if (of_percentiles(call)) {
        const wsi_quantile_found found = found_of(call->fit);
        wsi_quantile_init((wsi_quantile *)acc, call->in[0].type, call->round, &found);
    } else {
        *(wsi_extremes *)acc = wsi_extremes_none();
    }
}

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    const wsi_image *under = wsi_exposure_mask(&params_of(call)->common, im);
    (void)x, (void)y;
    if (of_percentiles(call))
        wsi_quantile_add((wsi_quantile *)acc, &im[0], under);
    else
        wsi_extremes_add((wsi_extremes *)acc, &im[0], under, 0);
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    if (of_percentiles(call))
        wsi_quantile_merge((wsi_quantile *)acc, (const wsi_quantile *)other);
    else
        wsi_extremes_merge((wsi_extremes *)acc, (const wsi_extremes *)other);
}

static wsi_status finalise_percentiles(const wsi_fit_call *call, const wsi_quantile *acc, double *fit, wsi_error *err)
{
    const double *percent = params_of(call)->in_percentiles.v;
    wsi_quantile_found found = found_of(fit);
    WSI_FORWARD(wsi_quantile_finish(acc, percent, &found, err));
    memcpy(fit + 2, &found, sizeof found);
    if (call->round + 1 == rounds(call)) wsi_quantile_values(&found, call->in[0].type, percent, fit);
    return WSI_OK;
}

static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    if (of_percentiles(call)) return finalise_percentiles(call, (const wsi_quantile *)acc, fit, err);
    return wsi_exposure_range((const wsi_extremes *)acc, &fit[0], &fit[1], err);
}

static wsi_status prepare_fit(const wsi_fit_call *call, void *state, wsi_error *err)
{
    if (rounds(call) == 0) return prepare(call->params, call->in, call->inputs, state, err);
    prepare_range(params_of(call), call->in[0].type, call->fit, (wsi_rescale_state *)state);
    return WSI_OK;
}

static const wsi_reduction reduction = {WSI_EXPOSURE_REDUCTION, .prepare = prepare_fit};

WSI_KERNEL_PICK(rescale_intensity)

const wsi_op wsi_op_rescale_intensity = {
    .name = "rescale_intensity",
    WSI_EXPOSURE_ROW(rescale_params, wsi_rescale_state),
    .summary = "Stretch or shrink intensities from an input range to an output range.",
    .doc =
        "x is clipped to the input range [a,b]; the result is (x - a) / (b - a) * (d - c) + c with out_range = [c,d], "
        "computed in float64. With out_range=dtype the type is kept and [c,d] is its range (0..1 or -1..1 for floats), "
        "starting at 0 when a >= 0; integers are cut off, not rounded, as in scikit-image. With numbers the result "
        "is float32. When a = b, x is clipped to out_range instead. NaN stays NaN.\n\nin_range=image takes the "
        "smallest and the largest of all samples of the whole image, and in_percentiles exact percentiles of them, "
        "whatever the image's size: both are learnt in passes of their own (percentiles of 32-bit types in two, of "
        "float64 in four). Where a sample is NaN neither is a number, and so the result is NaN everywhere, as in the "
        "reference.",
    .source = "scikit-image 0.26 exposure.rescale_intensity, NumPy percentile",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rescale_intensity:in_percentiles=[2,98]",
    .check = check,
    .prepare = prepare,
    .kernel_inputs = 1,
    .cuda = WSI_CUDA(rescale_intensity),
};
