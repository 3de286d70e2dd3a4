/* rgb2ycbcr: RGB to luma and two colour differences, 16 to 235 and 16 to 240. */
#include "colour-private.h"

#include <string.h>

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_colour_state *s = (wsi_colour_state *)state;
    static const double offset[3] = {16, 128, 128};
    (void)params_, (void)inputs, (void)err;
    s->scale = wsi_scale_of(in[0].type);
    memcpy(s->space.m, wsi_ycbcr_from_rgb, sizeof s->space.m);
    memcpy(s->space.add, offset, sizeof offset);
    return WSI_OK;
}

WSI_KERNEL_PICK(ycbcr)

const wsi_op wsi_op_rgb2ycbcr = {
    .name = "rgb2ycbcr",
    .summary = "RGB to luma and two colour differences, 16 to 235 and 16 to 240.",
    .doc = "Y = 16 + 65.481 r + 128.553 g + 24.966 b, Cb = 128 - 37.797 r - 74.203 g + 112 b, Cr = 128 + 112 r - "
           "93.786 g - 18.214 b (ITU-R BT.601). Integers are brought to 0..1 as img_as_float does; computed in "
           "float64, the result is float32 with three channels. NaN stays NaN.",
    .cost = 1.1,
    .source = "scikit-image 0.26 color.rgb2ycbcr",
    .example = "rgb2ycbcr",
    .prepare = prepare,
    WSI_COLOUR_ROW(ycbcr),
};
