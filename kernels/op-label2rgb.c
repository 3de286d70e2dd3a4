/* label2rgb: labels as colours, over an image or alone. */
#include "label2rgb.h"
#include "op-private.h"

#include <string.h>

#define FIELD(name) offsetof(wsi_label2rgb_params, name)

static const wsi_param params[] = {
    {.name = "image",
     .unit = "",
     .help = "Image of one or three channels under the labels; left out, the colours stand alone.",
     .offset = FIELD(image),
     .type = WSI_PARAM_IMAGE,
     .def = ""},
    {.name = "colors",
     .unit = "",
     .help = "Red, green and blue of one colour after the other; left out, scikit-image's ten.",
     .offset = FIELD(colors),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = 1,
     .min_count = 3,
     .max_count = 3 * WSI_LABEL_COLOURS_MAX},
    {.name = "alpha",
     .unit = "",
     .help = "Opacity of the colours over an image.",
     .offset = FIELD(alpha),
     .type = WSI_PARAM_FLOAT,
     .def = "0.3",
     .min = 0,
     .max = 1},
    {.name = "bg_label",
     .unit = "label",
     .help = "Label of the background.",
     .offset = FIELD(bg_label),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = -2147483648.0,
     .max = 4294967295.0},
    {.name = "bg_color",
     .unit = "",
     .help = "Red, green and blue of the background; [] leaves it unpainted.",
     .offset = FIELD(bg_color),
     .type = WSI_PARAM_FLOATS,
     .def = "[0,0,0]",
     .min = 0,
     .max = 1,
     .min_count = 0,
     .max_count = 3},
    {.name = "image_alpha",
     .unit = "",
     .help = "Opacity of the image over white.",
     .offset = FIELD(image_alpha),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = 0,
     .max = 1},
    {.name = "saturation",
     .unit = "",
     .help = "Factor of the saturation of an image of three channels: 0 makes it grey, 1 leaves it.",
     .offset = FIELD(saturation),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 0,
     .max = 1},
};

/* scikit-image's: red, blue, yellow, magenta, green, indigo, darkorange, cyan, pink, yellowgreen. */
static const float usual[][3] = {{1, 0, 0},        {0, 0, 1},     {1, 1, 0}, {1, 0, 1},         {0, 0.502, 0},
                                 {0.294, 0, 0.51}, {1, 0.549, 0}, {0, 1, 1}, {1, 0.753, 0.796}, {0.604, 0.804, 0.196}};

static wsi_status check(const void *params_, wsi_error *err)
{
    const wsi_label2rgb_params *p = (const wsi_label2rgb_params *)params_;
    WSI_RETURN_IF(p->colors.n % 3 != 0, WSI_ERR_CHAIN, "parameter colors: three numbers a colour, not %d in all",
                  p->colors.n);
    WSI_RETURN_IF(p->bg_color.n % 3 != 0, WSI_ERR_CHAIN, "parameter bg_color: three numbers or none, not %d",
                  p->bg_color.n);
    return WSI_OK;
}

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const int image = ((const wsi_label2rgb_params *)params_)->image.image;
    (void)inputs;
    *out = (wsi_pixfmt){WSI_F32, 3};
    WSI_RETURN_IF(in[0].channels != 1 || in[0].type == WSI_F32 || in[0].type == WSI_F64, WSI_ERR_CHAIN,
                  "takes labels: an image of one channel of whole numbers or bool");
    WSI_RETURN_IF(image >= 0 && in[image].channels != 1 && in[image].channels != 3, WSI_ERR_CHAIN,
                  "takes labels over an image of 1 or 3 channels, not of %d", in[image].channels);
    return WSI_OK;
}

static void take_colours(wsi_px_labels *s, const wsi_label2rgb_params *p)
{
    const int n = p->colors.n > 0 ? p->colors.n / 3 : WSI_COUNT(usual);
    s->colours = n;
    s->reciprocal = 1.0 / n;
    for (int i = 0; i < 3 * n; i++)
        s->colour[i / 3][i % 3] = p->colors.n > 0 ? (float)p->colors.v[i] : usual[i / 3][i % 3];
    s->paints_background = p->bg_color.n > 0;
    for (int c = 0; c < p->bg_color.n; c++) s->background_colour[c] = (float)p->bg_color.v[c];
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_label2rgb_params *p = (const wsi_label2rgb_params *)params_;
    wsi_px_labels *s = &((wsi_label2rgb_state *)state)->px;
    (void)inputs, (void)err;
    take_colours(s, p);
    s->background = (double)p->bg_label;
    s->lowest = s->background < 0 ? s->background : 0;
    s->alpha = p->image.image < 0 ? 1 : (float)p->alpha;
    s->image_alpha = (float)p->image_alpha;
    s->saturation = p->saturation;
    s->scale = p->image.image < 0 ? 1 : wsi_scale_of(in[p->image.image].type);
    return WSI_OK;
}

WSI_KERNEL_PICK(label2rgb)

const wsi_op wsi_op_label2rgb = {
    .name = "label2rgb",
    .module = "color",
    .summary = "Labels as colours of a fixed map, over an image or alone.",
    .doc = "Label l has colour number l - 1 of the list, modulo its length; the background has bg_color. In general "
           "labels count on from 0, or from bg_label where that is below 0, without bg_label. The reference ranks the "
           "labels that occur in the whole image, which gives the same for labels 1 to n without gaps, as a labelling "
           "makes them.\n\n"
           "With an image the result is alpha colour + (1 - alpha) base. base is the image, as img_as_float makes it, "
           "negative samples as 0; of three channels, its saturation in HSV is multiplied by saturation first; then "
           "image_alpha base + (1 - image_alpha). Without an image alpha is 1. Takes labels of whole numbers or bool; "
           "the result is float32 with three channels. kind='avg' is not among these: it needs the whole image.",
    .source = "scikit-image 0.26 color.label2rgb, kind='overlay'",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | threshold:value=0.5 as m | label2rgb:image=@source,bg_color=[]",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_label2rgb_params),
    .state_size = sizeof(wsi_label2rgb_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = resolve,
    .check = check,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(label2rgb),
};
