/* cast: another sample type, values scaled as scikit-image's img_as_* functions scale them. */
#include "op-private.h"

typedef struct cast_params {
    int dtype; /* wsi_dtype */
} cast_params;

static const char *const dtypes[] = {"bool",   "uint8", "int8",    "uint16",  "int16",
                                     "uint32", "int32", "float32", "float64", NULL};

static const wsi_param params[] = {
    {.name = "dtype",
     .unit = "",
     .help = "Sample type of the result.",
     .offset = offsetof(cast_params, dtype),
     .type = WSI_PARAM_ENUM,
     .def = "",
     .names = dtypes,
     .flags = WSI_PARAM_REQUIRED},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)inputs, (void)err;
    *out = (wsi_pixfmt){(wsi_dtype)((const cast_params *)p)->dtype, in[0].channels};
    return WSI_OK;
}

WSI_KERNEL_PICK(cast)

const wsi_op wsi_op_cast = {
    .name = "cast",
    .module = "util",
    .summary =
        "Convert the sample type, scaling values as img_as_ubyte, img_as_uint, img_as_float32 and img_as_bool do.",
    .doc =
        "Unsigned integers to float: x / max. Signed integers to float: max(x / max, -1). Float to unsigned: x * max, "
        "rounded half to even, clipped to 0..max. Float to signed: x * (max - min)/2 - 1/2, rounded half to even, "
        "clipped. Integer to integer: scaled between the positive ranges (8 to 16 bits: x * 257, 16 to 8 bits: x >> "
        "8), "
        "negative values become 0 in an unsigned type. Any to bool: above half of the type's maximum. Bool to any: 0 "
        "or the maximum (1.0 for floats).\n\n"
        "Floats are expected within -1..1. Where scikit-image raises an error for values outside, they are clipped; "
        "NaN becomes 0. scikit-image does not scale an integer image down when its largest value happens to fit in the "
        "bits of the narrower type; here the scale never depends on the image.",
    .source = "scikit-image 0.26 util.dtype",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "cast:dtype=float32",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(cast_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .kernel = kernel,
    .cuda = WSI_CUDA(cast),
};
