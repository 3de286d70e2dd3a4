/* apply_hysteresis_threshold: what is above the low threshold and connected to what is above the high one. */
#include "objects-private.h"

typedef struct hysteresis_params {
    double low, high;
    int64_t connectivity;
} hysteresis_params;

static const wsi_param params[] = {
    {.name = "low",
     .unit = "image's own scale",
     .help = "Lower threshold; where it is greater than high, high takes its place.",
     .offset = offsetof(hysteresis_params, low),
     .type = WSI_PARAM_FLOAT,
     .def = "",
     .min = 1,
     .max = 0,
     .flags = WSI_PARAM_REQUIRED},
    {.name = "high",
     .unit = "image's own scale",
     .help = "Higher threshold.",
     .offset = offsetof(hysteresis_params, high),
     .type = WSI_PARAM_FLOAT,
     .def = "",
     .min = 1,
     .max = 0,
     .flags = WSI_PARAM_REQUIRED},
    WSI_CONNECTIVITY_PARAM(hysteresis_params, "among pixels above low", "1"),
};

static wsi_status open(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const hysteresis_params *p = (const hysteresis_params *)call->params;
    const double high = call->in[0].type == WSI_F32 ? (double)(float)p->high : p->high;
    const wsi_components_spec spec = {.input = WSI_COMPONENTS_LEVELS,
                                      .connectivity = (int)p->connectivity,
                                      .low = p->low < p->high ? p->low : p->high,
                                      .high = high,
                                      .mask = WSI_COMPONENTS_HIGH,
                                      .flags = WSI_COMPONENTS_HIGH};
    return wsi_components_open(call, &spec, self, err);
}

const wsi_op wsi_op_apply_hysteresis_threshold = {
    .name = "apply_hysteresis_threshold",
    .module = "filters",
    .summary = "Foreground where the image is above a low threshold and connected to where it is above a high one.",
    .doc = "Of the connected components of image > low, those stay that have a pixel > high. Thresholds are in the "
           "image's own scale: 0 to 255 for uint8, plain values for floats. low is compared in float64, high in the "
           "image's type where that is float32, as NumPy does. NaN is never foreground. The reference knows "
           "connectivity 1 alone. One channel of any type; the result is bool." WSI_OBJECTS_DOC,
    .source = "scikit-image 0.26 filters.apply_hysteresis_threshold",
    .edge = "nothing lies outside",
    .example = "rgb2gray | apply_hysteresis_threshold:low=0.5,high=0.8",
    .resolve = wsi_objects_resolve_mask,
    WSI_OBJECTS_ROW_OF(hysteresis_params),
};
