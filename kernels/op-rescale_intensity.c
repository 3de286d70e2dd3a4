/* rescale_intensity: stretch an explicit range to another. */
#include "op-private.h"
#include "rescale.h"

#include <math.h>

typedef struct rescale_params {
    wsi_floats in_range, out_range;
} rescale_params;

static const wsi_param params[] = {
    {.name = "in_range",
     .unit = "image's own scale",
     .help = "Input range as two numbers [low,high]; what lies outside is clipped. Ranges taken from the image "
             "(image, dtype, percentiles) are not among the accepted values.",
     .offset = offsetof(rescale_params, in_range),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 1,
     .max = 0,
     .min_count = 2,
     .max_count = 2,
     .flags = WSI_PARAM_REQUIRED},
    {.name = "out_range",
     .unit = "",
     .help = "Output range [low,high], giving float32; left out, the range of the image's own type (from 0 when "
             "in_range is not negative), keeping the type.",
     .offset = offsetof(rescale_params, out_range),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 1,
     .max = 0,
     .min_count = 2,
     .max_count = 2},
};

static wsi_status check(const void *params_, wsi_error *err)
{
    const wsi_floats *in = &((const rescale_params *)params_)->in_range;
    WSI_RETURN_IF(in->v[0] > in->v[1], WSI_ERR_CHAIN, "parameter in_range: [%g,%g] is not allowed: low is above high",
                  in->v[0], in->v[1]);
    return WSI_OK;
}

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const int given = ((const rescale_params *)params_)->out_range.n > 0;
    (void)inputs, (void)err;
    *out = (wsi_pixfmt){given ? WSI_F32 : in[0].type, in[0].channels};
    return WSI_OK;
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const rescale_params *p = (const rescale_params *)params_;
    double lo, hi;
    (void)inputs, (void)err;
    wsi_type_range(in[0].type, &lo, &hi);
    if (hi == HUGE_VAL) lo = -1, hi = 1;
    if (p->in_range.v[0] >= 0) lo = 0;
    if (p->out_range.n > 0) lo = p->out_range.v[0], hi = p->out_range.v[1];
    ((wsi_rescale_state *)state)->range =
        (wsi_px_rescale){p->in_range.v[0], p->in_range.v[1], p->in_range.v[1] - p->in_range.v[0], lo, hi, hi - lo};
    return WSI_OK;
}

WSI_KERNEL_PICK(rescale_intensity)

const wsi_op wsi_op_rescale_intensity = {
    .name = "rescale_intensity",
    .module = "exposure",
    .summary = "Stretch or shrink intensities from an explicit input range to an output range.",
    .doc =
        "x is clipped to in_range = [a,b]; the result is (x - a) / (b - a) * (d - c) + c with out_range = [c,d], "
        "computed in float64. Without out_range the type is kept and [c,d] is its range (0..1 or -1..1 for floats), "
        "starting at 0 when a >= 0; integers are cut off, not rounded, as in scikit-image. With out_range the result "
        "is float32. When a = b, x is clipped to out_range instead. NaN stays NaN.",
    .source = "scikit-image 0.26 exposure.rescale_intensity",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rescale_intensity:in_range=[20,230]",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(rescale_params),
    .state_size = sizeof(wsi_rescale_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .resolve = resolve,
    .check = check,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(rescale_intensity),
};
