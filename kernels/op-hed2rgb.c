/* hed2rgb: from stains back to RGB. */
#include "stain-private.h"

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    double densities[3][3];
    (void)p, (void)inputs, (void)err;
    wsi_stain_densities(WSI_STAINS_HED, densities);
    wsi_stain_prepare_combine((wsi_colour_state *)state, (const double(*)[3])densities, in[0].type);
    return WSI_OK;
}

WSI_KERNEL_PICK(combine)

const wsi_op wsi_op_hed2rgb = {
    .name = "hed2rgb",
    .summary = "Combine the stains haematoxylin, eosin and DAB (channels 0, 1, 2) into an RGB image.",
    .doc =
        "rgb = exp(log(1e-6) (stains M)), clipped to 0..1, with M the matrix of rgb2hed's optical densities. Integer "
        "images are brought to 0..1 as img_as_float does. The result is float32 with three channels. NaN stays NaN.",
    .cost = 2.3,
    .source = "Ruifrok and Johnston 2001; scikit-image 0.26 color.hed2rgb",
    .example = "rgb2hed | hed2rgb",
    .prepare = prepare,
    WSI_COLOUR_ROW(combine),
};
