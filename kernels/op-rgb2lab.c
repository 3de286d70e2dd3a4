/* rgb2lab: sRGB to CIE L*a*b*. */
#include "colour-private.h"

static const wsi_param params[] = {WSI_COLOUR_WHITE_ROWS};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_colour_state *s = (wsi_colour_state *)state;
    const double *white = wsi_colour_white((const wsi_colour_params *)params_);
    (void)inputs, (void)err;
    s->scale = wsi_scale_of(in[0].type);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) s->space.m[i][j] = wsi_xyz_from_rgb[i][j] / white[i];
    wsi_colour_tabulate(s);
    return WSI_OK;
}

WSI_KERNEL_PICK(rgb2lab)

const wsi_op wsi_op_rgb2lab = {
    .name = "rgb2lab",
    .summary = "sRGB to CIE L*a*b*.",
    .doc = "sRGB is made linear (v / 12.92 up to 0.04045, ((v + 0.055) / 1.055)^2.4 above), multiplied by the matrix "
           "(0.412453 0.357580 0.180423; 0.212671 0.715160 0.072169; 0.019334 0.119193 0.950227) and divided by the "
           "white point; f(t) = cbrt(t) above 0.008856, 7.787 t + 16/116 up to it; L = 116 f(y) - 16, a = 500 (f(x) - "
           "f(y)), b = 200 (f(y) - f(z)). The white point is that of the illuminant (A, B, C, D50, D55, D65, D75, E) "
           "for the observer (2 or 10 degrees, R), from scikit-image's table. Integers are brought to 0..1 as "
           "img_as_float does; computed in float64, the result is float32 with three channels. NaN stays NaN.",
    .cost = 3.7,
    .source = "scikit-image 0.26 color.rgb2lab",
    .example = "rgb2lab",
    .prepare = prepare,
    WSI_COLOUR_WHITE_ROW(rgb2lab),
};
