/* lab2xyz: CIE L*a*b* to CIE XYZ. */
#include "colour-private.h"

static const wsi_param params[] = {WSI_COLOUR_WHITE_ROWS};

WSI_KERNEL_PICK(lab2xyz)

const wsi_op wsi_op_lab2xyz = {
    .name = "lab2xyz",
    .summary = "CIE L*a*b* to CIE XYZ.",
    .doc =
        "With y = (L + 16) / 116, x = a / 500 + y, z = max(y - b / 200, 0); each becomes t^3 above 0.2068966, (t - "
        "16/116) "
        "/ 7.787 up to it, times the white point. The white point is that of the illuminant (A, B, C, D50, D55, D65, "
        "D75, E) for the observer (2 or 10 degrees, R), from scikit-image's table. Integers are brought to 0..1 as "
        "img_as_float does; computed in float64, the result is float32 with three channels. NaN stays NaN.",
    .cost = 1,
    .source = "scikit-image 0.26 color.lab2xyz",
    .example = "rgb2lab | lab2xyz",
    .prepare = wsi_colour_prepare_white,
    WSI_COLOUR_WHITE_ROW(lab2xyz),
};
