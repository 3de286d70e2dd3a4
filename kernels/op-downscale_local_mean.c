/* downscale_local_mean: means of rectangles. */
#include "cells-private.h"

#define FIELD(name) offsetof(wsi_downscale_params, name)

static const wsi_param params[] = {
    {.name = "factors",
     .unit = "px",
     .help = "Pixels that become one: one value, or [rows, columns].",
     .offset = FIELD(factors),
     .type = WSI_PARAM_FLOATS,
     .def = "2",
     .min = 1,
     .max = WSI_CELL_MAX,
     .min_count = 1,
     .max_count = 2,
     .flags = WSI_PARAM_WHOLE},
    {.name = "cval",
     .unit = "grey level",
     .help = "What the image is padded with on the right and below to a multiple of the factors.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
};

static wsi_scale scale(const void *p)
{
    const wsi_floats *f = &((const wsi_downscale_params *)p)->factors;
    return wsi_scale_down((int64_t)f->v[f->n - 1], (int64_t)f->v[0]);
}

static wsi_status prepare(const void *p_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_downscale_params *p = (const wsi_downscale_params *)p_;
    wsi_cells_state *s = (wsi_cells_state *)state;
    (void)in, (void)inputs, (void)err;
    s->fy = (int)p->factors.v[0];
    s->fx = (int)p->factors.v[p->factors.n - 1];
    s->factor = 1;
    s->pad = 1;
    s->padding = p->cval;
    return WSI_OK;
}

WSI_KERNEL_PICK(downscale_local_mean)

const wsi_op wsi_op_downscale_local_mean = {
    WSI_CELLS_ROW,
    .name = "downscale_local_mean",
    .module = "transform",
    .summary = "Means of rectangles of pixels: a smaller image, channel by channel.",
    .doc = "The image is padded with cval on the right and below to a multiple of the factors and cut into "
           "rectangles of fy x fx pixels; each becomes its mean. So where a size is no multiple, the last row or "
           "column of the result is averaged with cval, which is 0 by default, as scikit-image has it. The result "
           "has ceil(w / fx) x ceil(h / fy) pixels of float32 on the image's own scale; sums are taken in "
           "float64. The reference's clip does nothing, and is left out.\n\nHalo: none.",
    .source = "scikit-image 0.26 transform.downscale_local_mean",
    .edge = "padded with cval on the right and below",
    .example = "downscale_local_mean:factors=[2,3]",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_downscale_params),
    .resolve = wsi_resolve_float,
    .scale = scale,
    .cuda = WSI_CUDA(downscale_local_mean),
};
