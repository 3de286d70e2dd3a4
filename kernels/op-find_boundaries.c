/* find_boundaries: pixels where labels meet. */
#include "boundaries.h"
#include "op-private.h"

#define FIELD(name) offsetof(wsi_boundaries_params, name)

static const char *const mode_names[] = {"thick", "inner", "outer", "subpixel", NULL};

static const wsi_param params[] = {
    {.name = "connectivity",
     .unit = "",
     .help = "Neighbours: 1 those that share a side, 2 also those that share a corner.",
     .offset = FIELD(connectivity),
     .type = WSI_PARAM_INT,
     .def = "1",
     .min = 1,
     .max = 2},
    {.name = "mode",
     .unit = "",
     .help = "Which pixels are marked (subpixel, whose result is larger than the image, is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "thick",
     .names = mode_names},
    {.name = "background",
     .unit = "label",
     .help = "Label of the background, for modes inner and outer.",
     .offset = FIELD(background),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = -2147483648.0,
     .max = 4294967295.0},
};

static wsi_status check(const void *p, wsi_error *err)
{
    WSI_RETURN_IF(((const wsi_boundaries_params *)p)->mode == WSI_BOUNDARIES_SUBPIXEL, WSI_ERR_CHAIN,
                  "parameter mode: subpixel gives an image of twice the size, which no step may; take thick, inner or "
                  "outer");
    return WSI_OK;
}

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs;
    WSI_RETURN_IF(in[0].type == WSI_F32 || in[0].type == WSI_F64, WSI_ERR_CHAIN,
                  "takes labels: an image of whole numbers or bool, not of %s", wsi_dtype_name(in[0].type));
    *out = (wsi_pixfmt){WSI_BOOL, in[0].channels};
    return WSI_OK;
}

static wsi_halo halo(const void *p)
{
    (void)p;
    return (wsi_halo){1, 1};
}

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)p, (void)inputs, (void)h;
    return 3 * wsi_boundaries_row(w, in[0]);
}

WSI_KERNEL_PICK(find_boundaries)

const wsi_op wsi_op_find_boundaries = {
    .name = "find_boundaries",
    .module = "segmentation",
    .summary = "Boundaries between labelled regions, as a mask.",
    .doc = "thick: every pixel with a neighbour of another label. inner: those of them that are not background. outer: "
           "those of them that are background, or where in the 3x3 neighbourhood the greatest label is not the least "
           "one once the background counts as the type's greatest value (two objects touch). Takes images of whole "
           "numbers and bool, channel by channel, and gives bool. Mode subpixel is refused.\n\n"
           "Halo: 1.",
    .source = "scikit-image 0.26 segmentation.find_boundaries",
    .edge = "reflect: what lies outside repeats the edge pixel",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | threshold:value=0.5 | find_boundaries:mode=inner",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_boundaries_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .check = check,
    .halo = halo,
    .scratch = scratch,
    .kernel = kernel,
    .cuda = WSI_CUDA(find_boundaries),
};
