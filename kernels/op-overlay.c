/* overlay: contours of labels or of a mask on an image. */
#include "op-private.h"
#include "overlay.h"

#define FIELD(name) offsetof(wsi_overlay_params, name)

enum { THICKEST = 16 };

static const char *const mode_names[] = {"thick", "inner", "outer", NULL}; /* as wsi_boundaries_mode */

static const wsi_param params[] = {
    {.name = "label_img",
     .unit = "",
     .help = "Labels or mask whose contours are drawn: one channel of whole numbers or bool.",
     .offset = FIELD(label_img),
     .type = WSI_PARAM_IMAGE,
     .def = "",
     .flags = WSI_PARAM_REQUIRED},
    {.name = "color",
     .unit = "",
     .help = "Red, green and blue of the contours.",
     .offset = FIELD(color),
     .type = WSI_PARAM_FLOATS,
     .def = "[1,1,0]",
     .min = 0,
     .max = 1,
     .min_count = 3,
     .max_count = 3},
    {.name = "outline_color",
     .unit = "",
     .help = "Red, green and blue of one pixel around the contours; left out, there is none.",
     .offset = FIELD(outline_color),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = 1,
     .min_count = 3,
     .max_count = 3},
    {.name = "mode",
     .unit = "",
     .help = "Which pixels are a boundary, as in find_boundaries.",
     .offset = FIELD(boundaries.mode),
     .type = WSI_PARAM_ENUM,
     .def = "outer",
     .names = mode_names},
    {.name = "background_label",
     .unit = "label",
     .help = "Label of the background, for modes inner and outer.",
     .offset = FIELD(boundaries.background),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = -2147483648.0,
     .max = 4294967295.0},
    {.name = "thickness",
     .unit = "px",
     .help = "A contour takes in the pixels that are nearer than this to a boundary, across or along.",
     .offset = FIELD(thickness),
     .type = WSI_PARAM_INT,
     .def = "1",
     .min = 1,
     .max = THICKEST},
};

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const wsi_pixfmt labels = in[((const wsi_overlay_params *)params_)->label_img.image];
    (void)inputs;
    *out = (wsi_pixfmt){WSI_F32, 3};
    WSI_RETURN_IF(in[0].channels != 1 && in[0].channels != 3, WSI_ERR_CHAIN,
                  "takes an image of 1 or 3 channels, not of %d", in[0].channels);
    WSI_RETURN_IF(labels.channels != 1 || labels.type == WSI_F32 || labels.type == WSI_F64, WSI_ERR_CHAIN,
                  "takes labels of one channel of whole numbers or bool");
    return WSI_OK;
}

static wsi_halo halo(const void *params_)
{
    const int64_t reach = 1 + wsi_overlay_reach((const wsi_overlay_params *)params_);
    return (wsi_halo){reach, reach};
}

/* Two planes of marks. */
static size_t planes_bytes(const void *params_, int64_t w, int64_t h)
{
    return 2 * wsi_overlay_plane_bytes(w, h, wsi_overlay_reach((const wsi_overlay_params *)params_));
}

/* And what find_boundaries takes for a plane, and a row of the image. */
static size_t scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_overlay_params *p = (const wsi_overlay_params *)params_;
    const int64_t wide = w + 2 * wsi_overlay_reach(p);
    (void)inputs;
    return planes_bytes(p, w, h) + 3 * wsi_boundaries_row(wide, in[p->label_img.image]) + (size_t)w * 6 * sizeof(float);
}

static size_t cuda_scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)in, (void)inputs;
    return planes_bytes(params_, w, h);
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_overlay_params *p = (const wsi_overlay_params *)params_;
    wsi_overlay_state *s = (wsi_overlay_state *)state;
    (void)inputs, (void)err;
    s->scale = (float)wsi_scale_of(in[0].type);
    s->outlined = p->outline_color.n > 0;
    for (int c = 0; c < 3; c++) {
        s->color[c] = (float)p->color.v[c];
        s->outline[c] = (float)p->outline_color.v[c];
    }
    s->boundaries = p->boundaries;
    s->boundaries.connectivity = 1;
    return WSI_OK;
}

WSI_KERNEL_PICK(overlay)

const wsi_op wsi_op_overlay = {
    .name = "overlay",
    .module = "segmentation",
    .summary = "Draw the contours of labels or of a mask on an image.",
    .doc = "scikit-image's mark_boundaries: where find_boundaries (connectivity 1, the given mode) marks a pixel of "
           "label_img, the result has color, elsewhere the image as img_as_float makes it; grey becomes RGB. With "
           "outline_color, pixels around the contours, corners included, have that. thickness widens a contour by as "
           "many pixels less one on each side. The result is float32 with three channels.\n\n"
           "Halo: thickness, one more with an outline.",
    .source = "scikit-image 0.26 segmentation.mark_boundaries",
    .edge = "reflect: what lies outside repeats the edge pixel",
    .complexity = "O(thickness) a pixel",
    .example = "rgb2gray | threshold:value=0.5 as m | overlay:from=@source,label_img=@m,thickness=2",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_overlay_params),
    .state_size = sizeof(wsi_overlay_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = resolve,
    .halo = halo,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(overlay),
    .cuda_scratch = cuda_scratch,
};
