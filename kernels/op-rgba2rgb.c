/* rgba2rgb: colours with an opacity over a background. */
#include "colour-private.h"

typedef struct rgba_params {
    wsi_floats background;
} rgba_params;

static const wsi_param params[] = {
    {.name = "background",
     .unit = "",
     .help = "Red, green and blue of what shines through.",
     .offset = offsetof(rgba_params, background),
     .type = WSI_PARAM_FLOATS,
     .def = "[1,1,1]",
     .min = 0,
     .max = 1,
     .min_count = 3,
     .max_count = 3},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs;
    *out = (wsi_pixfmt){WSI_F32, 3};
    return wsi_need_channels(in, 4, err);
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_rgba_state *s = (wsi_rgba_state *)state;
    (void)inputs, (void)err;
    s->scale = wsi_scale_of(in[0].type);
    for (int c = 0; c < 3; c++) s->background[c] = ((const rgba_params *)p)->background.v[c];
    return WSI_OK;
}

WSI_KERNEL_PICK(rgba2rgb)

const wsi_op wsi_op_rgba2rgb = {
    .name = "rgba2rgb",
    .module = "color",
    .summary = "Colours with an opacity (four channels) over a background of one colour.",
    .doc = "result = clip((1 - alpha) background + alpha rgb, 0, 1) for each channel. Integers are brought to 0..1 as "
           "img_as_float does; computed in float64, the result is float32 with three channels. NaN stays NaN.",
    .source = "scikit-image 0.26 color.rgba2rgb",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | cast:dtype=uint8 as opacity | stack:from=@source,second=@opacity | rgba2rgb",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(rgba_params),
    .state_size = sizeof(wsi_rgba_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(rgba2rgb),
};
