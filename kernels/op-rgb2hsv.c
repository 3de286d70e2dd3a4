/* rgb2hsv: RGB to hue, saturation and value. */
#include "colour-private.h"

WSI_KERNEL_PICK(rgb2hsv)

const wsi_op wsi_op_rgb2hsv = {
    .name = "rgb2hsv",
    .summary = "RGB to hue, saturation and value.",
    .doc = "v = max(r,g,b), s = (v - min) / v, h = ((g - b) / d) / 6, (2 + (b - r) / d) / 6 or (4 + (r - g) / d) / 6 "
           "with d = v - min where red, green or blue is the largest (the last of equal ones), one added below 0: all "
           "of 0..1 for colours in 0..1. Grey has h = s = 0. Integers are brought to 0..1 as img_as_float does; "
           "computed in float64, the result is float32 with three channels. What is not a number becomes 0; a pixel "
           "with NaN is 0 in all channels.",
    .cost = 2,
    .source = "scikit-image 0.26 color.rgb2hsv",
    .example = "rgb2hsv",
    .prepare = wsi_colour_prepare,
    WSI_COLOUR_ROW(rgb2hsv),
};
