/* combine_stains: from the stains of a set back to RGB. */
#include "stain-private.h"

#include <string.h>

static const wsi_param params[] = {WSI_STAIN_ROWS(
    "Nine numbers, row by row: what stains are multiplied by from the right, as rgb_from_hed. Overrides stains.")};

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_stain_params *p = (const wsi_stain_params *)params_;
    double m[3][3];
    (void)inputs, (void)err;
    wsi_stain_densities(p->stains, m);
    if (p->conv_matrix.n > 0) memcpy(m, p->conv_matrix.v, sizeof m);
    wsi_stain_prepare_combine((wsi_colour_state *)state, (const double(*)[3])m, in[0].type);
    return WSI_OK;
}

WSI_KERNEL_PICK(combine)

const wsi_op wsi_op_combine_stains = {
    .name = "combine_stains",
    .summary = "Combine the stains of a named set, or by a matrix, into an RGB image.",
    .doc = "rgb = exp(log(1e-6) (stains M)), clipped to 0..1, with M the matrix whose rows are the stains' optical "
           "densities, or the nine numbers given. " WSI_STAIN_DOC
           "Integer images are brought to 0..1 as img_as_float does. The result is float32 with three channels. NaN "
           "stays NaN.",
    .cost = 2,
    .source = "Ruifrok and Johnston 2001; scikit-image 0.26 color.combine_stains",
    .example = "separate_stains:stains=hdx | combine_stains:stains=hdx",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_stain_params),
    .prepare = prepare,
    WSI_COLOUR_ROW(combine),
};
