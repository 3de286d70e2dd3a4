/* invert: the negative of an image. */
#include "invert.h"
#include "op-private.h"

static const wsi_param params[] = {
    {.name = "signed_float",
     .unit = "",
     .help = "Take float images as -1..1 (result -x) instead of 0..1 (1 - x).",
     .offset = offsetof(wsi_invert_params, signed_float),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
};

WSI_KERNEL_PICK(invert)

const wsi_op wsi_op_invert = {
    .name = "invert",
    .module = "util",
    .summary = "Invert intensities: the type's maximum becomes its minimum and the other way round.",
    .doc = "Unsigned integers: maximum - x. Signed integers: -1 - x. Bool: not x. Floats: 1 - x, or -x with "
           "signed_float. Keeps the type.",
    .source = "scikit-image 0.26 util.invert",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "invert",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_invert_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_same,
    .kernel = kernel,
    .cuda = WSI_CUDA(invert),
};
