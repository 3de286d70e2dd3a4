/* abs: values without their sign. */
#include "arithmetic-private.h"

WSI_KERNEL_PICK(abs)

const wsi_op wsi_op_abs = {
    .name = "abs",
    .module = "arithmetic",
    .summary = "Absolute value.",
    .doc = "result = |image|, in the image's own type. The least value of a signed integer type has no counterpart and "
           "stays, as in NumPy (-128 for int8).",
    .source = "NumPy absolute",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | subtract:other=0.5 | abs",
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_same,
    .kernel = kernel,
    .cuda = WSI_CUDA(abs),
};
