/* tissue: where a slide shows tissue. */
#include "op-private.h"
#include "tissue.h"

#define FIELD(name) offsetof(wsi_tissue_params, name)

static const char *const methods[] = {"both", "saturation", "density", NULL};

static const wsi_param params[] = {
    {.name = "mpp",
     .unit = "um",
     .help =
         "Size of the square cells that are looked at; 16 pixels of level 0 where the slide's resolution is not known.",
     .offset = FIELD(mpp),
     .type = WSI_PARAM_FLOAT,
     .def = "8",
     .min = 0.1,
     .max = 1000},
    {.name = "factor",
     .unit = "px",
     .help = "Size of the cells in pixels; 0: from mpp.",
     .offset = FIELD(factor),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = 0,
     .max = 4096},
    {.name = "method",
     .unit = "",
     .help = "What scores a cell: its colour's saturation, its optical density, or both.",
     .offset = FIELD(method),
     .type = WSI_PARAM_ENUM,
     .def = "both",
     .names = methods},
    {.name = "threshold",
     .unit = "",
     .help = "Score above which a cell is tissue; 0: Otsu's threshold of the slide, within 0.2..0.6.",
     .offset = FIELD(threshold),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 0,
     .max = 1},
    {.name = "closing",
     .unit = "cells",
     .help = "Radius of the disk that the mask is closed with.",
     .offset = FIELD(closing),
     .type = WSI_PARAM_INT,
     .def = "2",
     .min = 0,
     .max = 16},
    {.name = "hole_size",
     .unit = "cells",
     .help = "Greatest number of cells of a hole that is filled.",
     .offset = FIELD(hole_size),
     .type = WSI_PARAM_INT,
     .def = "256",
     .min = 0,
     .max = 1e9},
    {.name = "object_size",
     .unit = "cells",
     .help = "Greatest number of cells of a part that is removed.",
     .offset = FIELD(object_size),
     .type = WSI_PARAM_INT,
     .def = "64",
     .min = 0,
     .max = 1e9},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs;
    WSI_RETURN_IF(in[0].type != WSI_U8 || in[0].channels != 3, WSI_ERR_CHAIN, "takes uint8 RGB, not %s x %d",
                  wsi_dtype_name(in[0].type), in[0].channels);
    *out = (wsi_pixfmt){WSI_BOOL, 1};
    return WSI_OK;
}

const wsi_op wsi_op_tissue = {
    .name = "tissue",
    .module = "segmentation",
    .summary = "Mask of the slide's tissue.",
    .doc =
        "Cells of mpp micrometres (of factor x factor pixels, if that is given) are scored by their mean colour, 0..1: "
        "saturation s = (max - min) / max over the three channels, full at 0.25; density d = mean over the channels "
        "of -log10(v / 255), v at least 1, full at 0.15; the score is s, d, or sqrt(s d), rounded to 1/255. Cells "
        "of which no channel reaches 32 score 0: ink, and what was not scanned. Cells above the threshold are "
        "tissue: Otsu's of all scores, but between 0.2 and 0.6, since a slide may be all tissue or all glass. This "
        "mask is closed with a disk; then enclosed holes of up to hole_size cells are filled, and parts of up to "
        "object_size cells removed (neighbours share a side).\n\nThe result is a mask of the input's own size, "
        "each pixel as its cell: usable as `mask=@tissue`. Works on uint8 RGB, on the slide as a whole. Memory: two "
        "bytes a cell.",
    .cost = 0.4,
    .source = "Otsu 1979; saturation as scikit-image 0.26 color.rgb2hsv; its own combination",
    .edge = "nothing lies outside",
    .complexity = "O(1) a pixel",
    .example = "tissue",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_tissue_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .whole = &wsi_whole_tissue,
};
