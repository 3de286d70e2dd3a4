/* canny: edges, linked over the whole slide. */
#include "canny-private.h"
#include "expansion.h"

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    WSI_FORWARD(wsi_canny_resolve(p, in, inputs, out, err));
    out->type = WSI_BOOL;
    return WSI_OK;
}

static int expand(const void *params, char *text, size_t size)
{
    static const char *const rest[] = {"low_threshold", "high_threshold", "use_quantiles", "mode", "cval", NULL};
    wsi_expansion e = {text, size, 0};
    wsi_expansion_add(&e, "canny_levels:sigma=%.17g", ((const wsi_canny_params *)params)->sigma);
    wsi_expansion_params(&e, wsi_canny_param_table, WSI_CANNY_PARAM_COUNT, params, rest);
    wsi_expansion_add(&e, " | apply_hysteresis_threshold:low=0,high=1,connectivity=2");
    return e.length;
}

const wsi_op wsi_op_canny = {
    .name = "canny",
    .module = "feature",
    .summary = "Edges by Canny's method, linked over the whole slide.",
    .doc =
        "canny_levels, of whose edges those stay that are connected (eight neighbours) to a strong one, however far: "
        "apply_hysteresis_threshold on the whole slide, whatever its tiles. Parameters, thresholds and types as for "
        "canny_levels; the result is bool. With use_quantiles the thresholds are quantiles of the gradient's "
        "magnitude, "
        "learnt of the whole slide first. A mask is not offered.",
    .source = "J. Canny, A computational approach to edge detection, 1986; scikit-image 0.26 feature.canny",
    .edge = "mode, default constant, for the Gaussian; reflect for derivatives",
    .complexity = "O(sigma) a pixel",
    .example = "rgb2gray | canny:sigma=2",
    .params = wsi_canny_param_table,
    .param_count = WSI_CANNY_PARAM_COUNT,
    .params_size = sizeof(wsi_canny_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .check = wsi_canny_check,
    .expand = expand,
};
