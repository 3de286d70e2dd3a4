/* xyz2lab: CIE XYZ to CIE L*a*b*. */
#include "colour-private.h"

static const wsi_param params[] = {WSI_COLOUR_WHITE_ROWS};

WSI_KERNEL_PICK(xyz2lab)

const wsi_op wsi_op_xyz2lab = {
    .name = "xyz2lab",
    .summary = "CIE XYZ to CIE L*a*b*.",
    .doc = "Divided by the white point; f(t) = cbrt(t) above 0.008856, 7.787 t + 16/116 up to it; L = 116 f(y) - 16, a "
           "= 500 (f(x) - f(y)), b = 200 (f(y) - f(z)). The white point is that of the illuminant (A, B, C, D50, D55, "
           "D65, D75, E) for the observer (2 or 10 degrees, R), from scikit-image's table. Integers are brought to "
           "0..1 as img_as_float does; computed in float64, the result is float32 with three channels. NaN stays NaN.",
    .cost = 3.2,
    .source = "scikit-image 0.26 color.xyz2lab",
    .example = "rgb2xyz | xyz2lab",
    .prepare = wsi_colour_prepare_white,
    WSI_COLOUR_WHITE_ROW(xyz2lab),
};
