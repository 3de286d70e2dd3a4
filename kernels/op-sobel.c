/* sobel: edge strength or derivative. */
#include "op-private.h"
#include "sobel.h"

#define FIELD(name) offsetof(wsi_sobel_params, name)

static const char *const axes[] = {"none", "0", "1", NULL};

static const wsi_param params[] = {
    {.name = "axis",
     .unit = "",
     .help = "Derivative along rows (0) or columns (1); none for the magnitude.",
     .offset = FIELD(axis),
     .type = WSI_PARAM_ENUM,
     .def = "none",
     .names = axes},
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges (wrap is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "reflect",
     .names = wsi_edge_names_filter},
    {.name = "cval",
     .unit = "0..1 scale",
     .help = "Value beyond the edges in mode constant, on the 0..1 scale.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
};

static wsi_halo halo(const void *p)
{
    (void)p;
    return (wsi_halo){1, 1};
}

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)p, (void)inputs, (void)h;
    return 4 * wsi_sobel_stride(w, in[0].channels) * sizeof(float);
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_sobel_state *s = (wsi_sobel_state *)state;
    const double scale = wsi_scale_of(in[0].type);
    (void)inputs, (void)err;
    s->scale = (float)(scale / 4);
    s->outside = (float)(((const wsi_sobel_params *)p)->cval / scale);
    return WSI_OK;
}

WSI_KERNEL_PICK(sobel)

const wsi_op wsi_op_sobel = {
    .name = "sobel",
    .module = "filters",
    .summary = "Edge strength by Sobel's operator, channel by channel.",
    .doc = "Derivative along an axis with weights (-1, 0, 1), smoothed across it with (1, 2, 1) / 4; positive where "
           "values rise with the coordinate. axis=none gives the magnitude sqrt((d0^2 + d1^2) / 2). Integer images are "
           "brought to 0..1 (signed: -1..1) as img_as_float does. The result is float32.\n\nHalo: 1 pixel.",
    .source = "scikit-image 0.26 filters.sobel",
    .edge = "mode, default reflect",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | sobel",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_sobel_params),
    .state_size = sizeof(wsi_sobel_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = wsi_resolve_float,
    .halo = halo,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(sobel),
};
