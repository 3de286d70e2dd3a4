/* rgb2xyz: sRGB to CIE XYZ. */
#include "colour-private.h"

#include <string.h>

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_colour_state *s = (wsi_colour_state *)state;
    (void)params_, (void)inputs, (void)err;
    s->scale = wsi_scale_of(in[0].type);
    memcpy(s->space.m, wsi_xyz_from_rgb, sizeof s->space.m);
    wsi_colour_tabulate(s);
    return WSI_OK;
}

WSI_KERNEL_PICK(rgb2xyz)

const wsi_op wsi_op_rgb2xyz = {
    .name = "rgb2xyz",
    .summary = "sRGB to CIE XYZ.",
    .doc =
        "sRGB is made linear (v / 12.92 up to 0.04045, ((v + 0.055) / 1.055)^2.4 above) and multiplied by the matrix "
        "(0.412453 0.357580 0.180423; 0.212671 0.715160 0.072169; 0.019334 0.119193 0.950227). Integers are brought to "
        "0..1 as img_as_float does; computed in float64, the result is float32 with three channels. NaN stays NaN.",
    .source = "scikit-image 0.26 color.rgb2xyz; IEC 61966-2-1",
    .example = "rgb2xyz",
    .prepare = prepare,
    WSI_COLOUR_ROW(rgb2xyz),
};
