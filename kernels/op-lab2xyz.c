/* lab2xyz: CIE L*a*b* to CIE XYZ. */
#include "colour-private.h"

#include <string.h>

static const wsi_param params[] = {WSI_COLOUR_WHITE_ROWS};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_colour_state *s = (wsi_colour_state *)state;
    (void)inputs, (void)err;
    s->scale = wsi_scale_of(in[0].type);
    memcpy(s->space.white, wsi_colour_white((const wsi_colour_params *)params_), sizeof s->space.white);
    return WSI_OK;
}

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
    .source = "scikit-image 0.26 color.lab2xyz",
    .example = "rgb2lab | lab2xyz",
    .prepare = prepare,
    WSI_COLOUR_WHITE_ROW(lab2xyz),
};
