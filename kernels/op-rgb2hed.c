/* rgb2hed: colour deconvolution into haematoxylin, eosin and DAB. */
#include "stain-private.h"

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    double densities[3][3], inverse[3][3];
    (void)p, (void)inputs, (void)err;
    wsi_stain_densities(WSI_STAINS_HED, densities);
    wsi_invert3((const double(*)[3])densities, inverse);
    wsi_stain_prepare_separate((wsi_stain_state *)state, (const double(*)[3])inverse, in[0].type);
    return WSI_OK;
}

WSI_KERNEL_PICK(rgb2hed)

const wsi_op wsi_op_rgb2hed = {
    .name = "rgb2hed",
    .module = "color",
    .summary = "Separate an RGB image into the stains haematoxylin, eosin and DAB (channels 0, 1, 2).",
    .doc =
        "For each pixel, with values in 0..1 (integers as img_as_float brings them there): values below 1e-6 are "
        "raised to it, a = log(rgb) / log(1e-6), stains = max(a M, 0) with M the inverse of the matrix whose rows are "
        "the optical densities H (0.65, 0.70, 0.29), E (0.07, 0.99, 0.11), D (0.27, 0.57, 0.78). The result is float32 "
        "with three channels. NaN stays NaN.",
    .source = "Ruifrok and Johnston 2001; scikit-image 0.26 color.rgb2hed",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2hed | channel:index=0",
    .state_size = sizeof(wsi_stain_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = wsi_colour_resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(rgb2hed),
};
