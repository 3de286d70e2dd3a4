/* tissue_fraction: how much of each block is tissue. */
#include "cells-private.h"

#include <math.h>

static const char *const methods[] = {"saturation", "absorbance", "mask", NULL};

static const wsi_param params[] = {
    WSI_QUALITY_BLOCK,
    {.name = "method",
     .unit = "",
     .help = "What counts as tissue: coloured pixels, dark pixels, or pixels of a mask that are not 0.",
     .offset = offsetof(wsi_quality_params, method),
     .type = WSI_PARAM_ENUM,
     .def = "saturation",
     .names = methods},
    {.name = "threshold",
     .unit = "0..1, or decades",
     .help = "Saturation or mean absorbance above which a pixel is tissue; 0.15 is usual for absorbance.",
     .offset = offsetof(wsi_quality_params, threshold),
     .type = WSI_PARAM_FLOAT,
     .def = "0.07",
     .min = 0,
     .max = 10},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)inputs;
    WSI_FORWARD(wsi_need_channels(in, ((const wsi_quality_params *)p)->method == WSI_TISSUE_MASK ? 1 : 3, err));
    *out = (wsi_pixfmt){WSI_F32, 1};
    return WSI_OK;
}

/* mean of -log10(v * scale) > t is v0 v1 v2 < (10^-t / scale)^3, which needs no logarithms of pixels. */
static wsi_status prepare(const void *p_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_quality_params *p = (const wsi_quality_params *)p_;
    wsi_cells_state *s = (wsi_cells_state *)state;
    (void)inputs, (void)err;
    wsi_quality_prepare(p, 1, s);
    s->threshold =
        p->method == WSI_TISSUE_ABSORBANCE ? pow(pow(10, -p->threshold) / wsi_scale_of(in[0].type), 3) : p->threshold;
    return WSI_OK;
}

WSI_KERNEL_PICK(tissue_fraction)

const wsi_op wsi_op_tissue_fraction = {
    WSI_QUALITY_ROW,
    .name = "tissue_fraction",
    .summary = "Share of each block that is tissue.",
    .doc = "Counts the pixels of a block that are tissue and divides by its pixels. method=saturation: (max - min) "
           "/ max over the three channels exceeds threshold (nothing where max is 0 or less). method=absorbance: "
           "the mean over the three channels of -log10(v), v on the 0..1 scale, exceeds threshold. method=mask: the "
           "value of a single channel is not 0; threshold is not looked at. " WSI_QUALITY_RAGGED
           "\n\nSamples of float64 are looked at as float32. The result is float32, 0..1. Halo: none.",
    .source = "counts of its own definition; saturation as scikit-image 0.26 color.rgb2hsv, absorbance after Beer "
              "and Lambert",
    .edge = "none",
    .example = "tissue_fraction:block=64",
    .resolve = resolve,
    .cuda = WSI_CUDA(tissue_fraction),
};
