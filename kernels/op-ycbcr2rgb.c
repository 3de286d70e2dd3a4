/* ycbcr2rgb: luma and two colour differences to RGB. */
#include "colour-private.h"
#include "stain.h"

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_colour_state *s = (wsi_colour_state *)state;
    (void)params_, (void)in, (void)inputs, (void)err;
    s->scale = 1;
    wsi_invert3(wsi_ycbcr_from_rgb, s->space.m);
    for (int i = 0; i < 3; i++)
        s->space.add[i] = -(16 * s->space.m[i][0] + 128 * s->space.m[i][1] + 128 * s->space.m[i][2]);
    return WSI_OK;
}

WSI_KERNEL_PICK(ycbcr)

const wsi_op wsi_op_ycbcr2rgb = {
    .name = "ycbcr2rgb",
    .summary = "Luma and two colour differences to RGB.",
    .doc = "16, 128 and 128 are taken off and the rest is multiplied by the inverse of rgb2ycbcr's matrix; nothing is "
           "clipped. Samples are plain numbers, 16 to 240, of whatever type (the reference wraps integers around as it "
           "takes off 128). Computed in float64, the result is float32 with three channels. NaN stays NaN.",
    .cost = 1.3,
    .source = "scikit-image 0.26 color.ycbcr2rgb",
    .example = "rgb2ycbcr | ycbcr2rgb",
    .prepare = prepare,
    WSI_COLOUR_ROW(ycbcr),
};
