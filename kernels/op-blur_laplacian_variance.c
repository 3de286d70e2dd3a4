/* blur_laplacian_variance: focus by the variance of the Laplacian. */
#include "cells-private.h"

static const wsi_param params[] = {WSI_QUALITY_BLOCK};

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)inputs, (void)err;
    wsi_quality_prepare((const wsi_quality_params *)p, wsi_scale_of(in[0].type) * wsi_scale_of(in[0].type),
                        (wsi_cells_state *)state);
    return WSI_OK;
}

WSI_KERNEL_PICK(blur_laplacian_variance)

const wsi_op wsi_op_blur_laplacian_variance = {
    WSI_QUALITY_ROW,
    .name = "blur_laplacian_variance",
    .summary = "Sharpness of each block: variance of its Laplacian.",
    .doc = "L = 4 v(x, y) - v(x - 1, y) - v(x + 1, y) - v(x, y - 1) - v(x, y + 1), on integer images brought to "
           "0..1 (signed: -1..1) as img_as_float does. A block becomes mean(L^2) - mean(L)^2 over its pixels, "
           "channel by channel: small where the slide is out of focus or empty. The Laplacian looks across the "
           "borders of blocks, so that maps of different tiles fit together. " WSI_QUALITY_RAGGED
           "\n\nfloat32, in squared units of the 0..1 scale; sums are taken in float64. Halo: 1 pixel.",
    .source = "scikit-image 0.26 filters.laplace (ksize 3), its variance block by block; Pech-Pacheco et al., "
              "Diatom autofocusing in brightfield microscopy (2000)",
    .edge = "reflect",
    .example = "rgb2gray | blur_laplacian_variance:block=64",
    .resolve = wsi_resolve_float,
    .halo = wsi_quality_halo,
    .cuda = WSI_CUDA(blur_laplacian_variance),
};
