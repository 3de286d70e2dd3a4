/* lab2rgb: CIE L*a*b* to sRGB. */
#include "colour-private.h"
#include "stain.h"

static const wsi_param params[] = {WSI_COLOUR_WHITE_ROWS};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_colour_state *s = (wsi_colour_state *)state;
    const double *white = wsi_colour_white((const wsi_colour_params *)params_);
    (void)inputs, (void)err;
    s->scale = wsi_scale_of(in[0].type);
    wsi_invert3(wsi_xyz_from_rgb, s->space.m);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) s->space.m[i][j] *= white[j];
    return WSI_OK;
}

WSI_KERNEL_PICK(lab2rgb)

const wsi_op wsi_op_lab2rgb = {
    .name = "lab2rgb",
    .summary = "CIE L*a*b* to sRGB.",
    .doc =
        "As lab2xyz, then multiplied by the inverse of rgb2xyz's matrix; then each channel becomes v > 0.0031308 ? "
        "1.055 v^(1/2.4) - 0.055 : 12.92 v, clipped to 0..1. The white point is that of the illuminant (A, B, C, D50, "
        "D55, D65, D75, E) for the observer (2 or 10 degrees, R), from scikit-image's table. Integers are brought to "
        "0..1 as img_as_float does; computed in float64, the result is float32 with three channels. NaN stays NaN.",
    .cost = 2.7,
    .source = "scikit-image 0.26 color.lab2rgb",
    .example = "rgb2lab | lab2rgb",
    .prepare = prepare,
    WSI_COLOUR_WHITE_ROW(lab2rgb),
};
