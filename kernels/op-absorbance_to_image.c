/* absorbance_to_image: optical density back to intensities. */
#include "absorbance.h"
#include "op-private.h"

typedef struct intensity_params {
    double source_intensity;
    int dtype; /* index of dtypes */
} intensity_params;

static const char *const dtypes[] = {"uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", NULL};
static const wsi_dtype types[] = {WSI_U8, WSI_I8, WSI_U16, WSI_I16, WSI_U32, WSI_I32, WSI_F32};

static const wsi_param params[] = {
    {.name = "source_intensity",
     .unit = "result's own scale",
     .help = "Intensity of the light where nothing absorbs.",
     .offset = offsetof(intensity_params, source_intensity),
     .type = WSI_PARAM_FLOAT,
     .def = "255",
     .min = 0,
     .max = 1e9,
     .flags = WSI_PARAM_MIN_OPEN},
    {.name = "dtype",
     .unit = "",
     .help = "Sample type of the result.",
     .offset = offsetof(intensity_params, dtype),
     .type = WSI_PARAM_ENUM,
     .def = "uint8",
     .names = dtypes},
};

static wsi_dtype type_of(const void *params_)
{
    return types[((const intensity_params *)params_)->dtype];
}

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)inputs, (void)err;
    *out = (wsi_pixfmt){type_of(p), in[0].channels};
    return WSI_OK;
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_intensity_state *s = (wsi_intensity_state *)state;
    (void)in, (void)inputs, (void)err;
    s->source = ((const intensity_params *)p)->source_intensity;
    wsi_type_range(type_of(p), &s->lowest, &s->highest);
    return WSI_OK;
}

WSI_KERNEL_PICK(absorbance_to_image)

const wsi_op wsi_op_absorbance_to_image = {
    .name = "absorbance_to_image",
    .module = "color",
    .summary = "Intensities from absorbance (optical density).",
    .doc = "v = source_intensity exp(-a). Integers are clipped to their type's range and rounded half to even (NaN "
           "becomes the lowest); float32 is given as it is. Samples are taken as plain numbers of whatever type, and "
           "computed in float64.",
    .cost = 1.9,
    .source = "cuCIM core.operations.color.absorbance_to_image",
    .edge = "none",
    .complexity = "O(1) a sample",
    .example = "image_to_absorbance | absorbance_to_image",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(intensity_params),
    .state_size = sizeof(wsi_intensity_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(absorbance_to_image),
};
