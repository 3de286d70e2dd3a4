/* separate_stains: colour deconvolution by a named or a given matrix. */
#include "stain-private.h"

#include <string.h>

static const wsi_param params[] = {WSI_STAIN_ROWS("Nine numbers, row by row: what an absorbance (R, G, B) is "
                                                  "multiplied by from the right, as hed_from_rgb. Overrides stains.")};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_stain_params *p = (const wsi_stain_params *)params_;
    double densities[3][3], m[3][3];
    (void)inputs, (void)err;
    wsi_stain_densities(p->stains, densities);
    wsi_invert3((const double(*)[3])densities, m);
    if (p->conv_matrix.n > 0) memcpy(m, p->conv_matrix.v, sizeof m);
    wsi_stain_prepare_separate((wsi_stain_state *)state, (const double(*)[3])m, in[0].type);
    return WSI_OK;
}

WSI_KERNEL_PICK(rgb2hed)

const wsi_op wsi_op_separate_stains = {
    .name = "separate_stains",
    .module = "color",
    .summary = "Separate an RGB image into the stains of a named set, or by a matrix.",
    .doc = "For each pixel, with values in 0..1 (integers as img_as_float brings them there): values below 1e-6 are "
           "raised to it, a = log(rgb) / log(1e-6), stains = max(a M, 0) with M the inverse of the matrix whose rows "
           "are the stains' optical densities, or the nine numbers given. " WSI_STAIN_DOC
           "The result is float32 with three channels. NaN stays NaN.",
    .source = "Ruifrok and Johnston 2001; scikit-image 0.26 color.separate_stains",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "separate_stains:stains=hdx",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_stain_params),
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
