/* hsv2rgb: hue, saturation and value to RGB. */
#include "colour-private.h"

WSI_KERNEL_PICK(hsv2rgb)

const wsi_op wsi_op_hsv2rgb = {
    .name = "hsv2rgb",
    .summary = "Hue, saturation and value to RGB.",
    .doc = "With x = 6 h, a channel is v (1 - s clip(min(k, 4 - k), 0, 1)), k = (n + x) mod 6, n = 5, 3, 1 for red, "
           "green, blue. Hues repeat: 1.25 is 0.25 (the reference counts the sixths of negative hues and of those "
           "above 42 in 8 bits); an infinite hue gives NaN. Integers are brought to 0..1 as img_as_float does; "
           "computed in float64, the result is float32 with three channels. NaN stays NaN.",
    .cost = 1.8,
    .source = "scikit-image 0.26 color.hsv2rgb",
    .example = "rgb2hsv | hsv2rgb",
    .prepare = wsi_colour_prepare,
    WSI_COLOUR_ROW(hsv2rgb),
};
