/* xyz2rgb: CIE XYZ to sRGB. */
#include "colour-private.h"
#include "stain.h"

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_colour_state *s = (wsi_colour_state *)state;
    (void)params_, (void)inputs, (void)err;
    s->scale = wsi_scale_of(in[0].type);
    wsi_invert3(wsi_xyz_from_rgb, s->space.m);
    return WSI_OK;
}

WSI_KERNEL_PICK(xyz2rgb)

const wsi_op wsi_op_xyz2rgb = {
    .name = "xyz2rgb",
    .summary = "CIE XYZ to sRGB.",
    .doc = "Multiplied by the inverse of rgb2xyz's matrix, then each channel becomes v > 0.0031308 ? 1.055 v^(1/2.4) - "
           "0.055 : 12.92 v, clipped to 0..1. Integers are brought to 0..1 as img_as_float does; computed in float64, "
           "the result is float32 with three channels. NaN stays NaN.",
    .cost = 2.7,
    .source = "scikit-image 0.26 color.xyz2rgb; IEC 61966-2-1",
    .example = "rgb2xyz | xyz2rgb",
    .prepare = prepare,
    WSI_COLOUR_ROW(xyz2rgb),
};
