/* hed2rgb: from stains back to RGB. */
#include "colour-private.h"
#include "stain-private.h"

#include <math.h>

/* The matrix carries the factor of img_as_float and ln(1e-6), so that a pixel times it is log(rgb). */
static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_stain_state *s = (wsi_stain_state *)state;
    const double scale = wsi_scale_of(in[0].type) * log(1e-6);
    double densities[3][3];
    (void)p, (void)inputs, (void)err;
    wsi_stain_densities(WSI_STAINS_HED, densities);
    for (int c = 0; c < 3; c++)
        for (int j = 0; j < 3; j++) s->matrix[c][j] = (float)(densities[c][j] * scale);
    return WSI_OK;
}

WSI_KERNEL_PICK(hed2rgb)

const wsi_op wsi_op_hed2rgb = {
    .name = "hed2rgb",
    .module = "color",
    .summary = "Combine the stains haematoxylin, eosin and DAB (channels 0, 1, 2) into an RGB image.",
    .doc =
        "rgb = exp(log(1e-6) (stains M)), clipped to 0..1, with M the matrix of rgb2hed's optical densities. Integer "
        "images are brought to 0..1 as img_as_float does. The result is float32 with three channels. NaN stays NaN.",
    .source = "Ruifrok and Johnston 2001; scikit-image 0.26 color.hed2rgb",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2hed | hed2rgb",
    .state_size = sizeof(wsi_stain_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = wsi_colour_resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(hed2rgb),
};
