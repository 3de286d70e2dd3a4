/* blur_tenengrad: focus by the squared Sobel gradient. */
#include "cells-private.h"

static const wsi_param params[] = {WSI_QUALITY_BLOCK};

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)inputs, (void)err;
    wsi_quality_prepare((const wsi_quality_params *)p, wsi_scale_of(in[0].type) * wsi_scale_of(in[0].type) / 16,
                        (wsi_cells_state *)state);
    return WSI_OK;
}

WSI_KERNEL_PICK(blur_tenengrad)

const wsi_op wsi_op_blur_tenengrad = {
    WSI_QUALITY_ROW,
    .name = "blur_tenengrad",
    .summary = "Sharpness of each block: mean squared Sobel gradient.",
    .doc = "sobel_h^2 + sobel_v^2, with weights (1, 2, 1) / 4 across and (1, 0, -1) along, on integer images "
           "brought to 0..1 (signed: -1..1) as img_as_float does. A block becomes the mean over its pixels, channel "
           "by channel: small where the slide is out of focus or empty. The gradient looks across the borders of "
           "blocks, so that maps of different tiles fit together. " WSI_QUALITY_RAGGED
           "\n\nfloat32, in squared units of the 0..1 scale; sums are taken in float64. Halo: 1 pixel.",
    .source = "scikit-image 0.26 filters.sobel_h and sobel_v, squared and averaged block by block; Tenenbaum, "
              "Accommodation in computer vision (1970)",
    .edge = "reflect",
    .example = "rgb2gray | blur_tenengrad:block=64",
    .resolve = wsi_resolve_float,
    .halo = wsi_quality_halo,
    .cuda = WSI_CUDA(blur_tenengrad),
};
