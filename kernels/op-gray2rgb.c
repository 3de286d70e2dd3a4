/* gray2rgb: one channel three times. */
#include "op-private.h"

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs;
    *out = (wsi_pixfmt){in[0].type, 3};
    return wsi_need_channels(in, 1, err);
}

WSI_KERNEL_PICK(gray2rgb)

const wsi_op wsi_op_gray2rgb = {
    .name = "gray2rgb",
    .module = "color",
    .summary = "A grey image as RGB, all three channels the same.",
    .doc = "red = green = blue = grey, sample by sample. Keeps the type and takes any.",
    .source = "scikit-image 0.26 color.gray2rgb",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | gray2rgb",
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .kernel = kernel,
    .cuda = WSI_CUDA(gray2rgb),
};
