/* rgb2gray: luminance. */
#include "gray.h"
#include "op-private.h"

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs;
    *out = (wsi_pixfmt){WSI_F32, 1};
    return wsi_need_channels(in, 3, err);
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const double scale = wsi_scale_of(in[0].type);
    (void)p, (void)inputs, (void)err;
    ((wsi_gray_state *)state)->weights =
        (wsi_px_gray){(float)(0.2125 * scale), (float)(0.7154 * scale), (float)(0.0721 * scale)};
    return WSI_OK;
}

WSI_KERNEL_PICK(rgb2gray)

const wsi_op wsi_op_rgb2gray = {
    .name = "rgb2gray",
    .module = "color",
    .summary = "Luminance of an RGB image.",
    .doc = "Y = 0.2125 R + 0.7154 G + 0.0721 B. Integer images are brought to 0..1 as img_as_float does, floats are "
           "taken as they are; the result is float32 with one channel.",
    .source = "scikit-image 0.26 color.rgb2gray",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray",
    .state_size = sizeof(wsi_gray_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = resolve,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(rgb2gray),
};
