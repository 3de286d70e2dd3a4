/* image_to_absorbance: intensities to optical density. */
#include "absorbance.h"
#include "op-private.h"

typedef struct absorbance_params {
    double source_intensity;
} absorbance_params;

static const wsi_param params[] = {
    {.name = "source_intensity",
     .unit = "image's own scale",
     .help = "Intensity of the light where nothing absorbs; 1 for float images in 0..1.",
     .offset = offsetof(absorbance_params, source_intensity),
     .type = WSI_PARAM_FLOAT,
     .def = "255",
     .min = 0,
     .max = 1e9,
     .flags = WSI_PARAM_MIN_OPEN},
};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const double source = ((const absorbance_params *)params_)->source_intensity;
    const int real = in[0].type == WSI_F32 || in[0].type == WSI_F64;
    (void)inputs, (void)err;
    *(wsi_absorbance_state *)state = (wsi_absorbance_state){real ? (float)(source / 255) : 1, (float)source};
    return WSI_OK;
}

WSI_KERNEL_PICK(image_to_absorbance)

const wsi_op wsi_op_image_to_absorbance = {
    .name = "image_to_absorbance",
    .module = "color",
    .summary = "Absorbance (optical density) of each sample: minus the natural logarithm of the share of light that "
               "passes.",
    .doc = "a = -log(v / source_intensity) with v clipped to 1..source_intensity for integers and to "
           "source_intensity/255..source_intensity for floats (both float types; the reference knows float32 alone). "
           "Samples are on the image's own scale. The result is float32. NaN stays NaN.",
    .source = "cuCIM core.operations.color.image_to_absorbance",
    .edge = "none",
    .complexity = "O(1) a sample",
    .example = "image_to_absorbance",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(absorbance_params),
    .state_size = sizeof(wsi_absorbance_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = wsi_resolve_float,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(image_to_absorbance),
};
