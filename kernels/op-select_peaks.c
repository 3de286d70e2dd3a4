/* select_peaks: the table of pixels that are as large as the largest around them. */
#include "peaks.h"

#include "op-private.h"

static const wsi_param params[] = {
    {.name = "largest",
     .unit = "",
     .help = "The image's largest value around each pixel: its dilation with a square of 2 min_distance + 1.",
     .offset = WSI_PEAKS_FIELD(largest),
     .type = WSI_PARAM_IMAGE,
     .def = "",
     .flags = WSI_PARAM_REQUIRED},
    WSI_PEAKS_PARAMS,
};

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const int image = ((const wsi_peaks_params *)params_)->largest.image;
    (void)inputs;
    *out = in[0];
    WSI_FORWARD(wsi_need_channels(in, 1, err));
    WSI_RETURN_IF(in[0].type == WSI_BOOL, WSI_ERR_CHAIN, "takes images of numbers, not bool");
    WSI_RETURN_IF(image < 1 || in[image].type != in[0].type || in[image].channels != 1, WSI_ERR_CHAIN,
                  "parameter largest: not an image of the same type and one channel");
    return WSI_OK;
}

const wsi_op wsi_op_select_peaks = {
    .name = "select_peaks",
    .module = "feature",
    .summary = "Table of an image's peaks, given its maxima over windows.",
    .doc = "Peaks are the pixels that equal those of `largest`. " WSI_PEAKS_DOC,
    .cost = 2,
    .source = "scikit-image 0.26 feature.peak_local_max",
    .edge = "none",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray as g | dilation:footprint=square,width=21,mode=nearest as m | "
               "select_peaks:from=@g,largest=@m,min_distance=10",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_peaks_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .whole = &wsi_whole_peaks,
};
