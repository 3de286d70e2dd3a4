/* peak_local_max: the table of an image's peaks. */
#include "expansion.h"
#include "op-private.h"
#include "peaks.h"

static const wsi_param params[] = {
    WSI_PEAKS_PARAMS,
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs;
    *out = in[0];
    return wsi_need_channels(in, 1, err);
}

static int expand(const void *params_, char *text, size_t size)
{
    static const char *const all[] = {"min_distance",   "threshold_abs", "threshold_rel",
                                      "exclude_border", "num_peaks",     NULL};
    const wsi_peaks_params *p = (const wsi_peaks_params *)params_;
    wsi_expansion e = {text, size, 0};
    wsi_expansion_add(&e, "dilation:footprint=square,width=%lld,mode=nearest as _largest",
                      2 * (long long)p->min_distance + 1);
    wsi_expansion_add(&e, " | select_peaks:from=@input,largest=@_largest");
    wsi_expansion_params(&e, params, WSI_COUNT(params), p, all);
    return e.length;
}

const wsi_op wsi_op_peak_local_max = {
    .name = "peak_local_max",
    .module = "feature",
    .summary = "Table of local maxima that are min_distance apart.",
    .doc = "Stands for a dilation with a square of 2 min_distance + 1 and select_peaks. A peak is a pixel that is as "
           "large "
           "as the largest of its square. " WSI_PEAKS_DOC " Of the reference's parameters "
           "footprint, labels, num_peaks_per_label and p_norm are left out.\n\nHalo: min_distance.",
    .source = "scikit-image 0.26 feature.peak_local_max",
    .edge = "nearest, which for a maximum is the same as none",
    .complexity = "O(1) a pixel, O(n log n) for n peaks",
    .example = "rgb2gray | gaussian:sigma=2 | peak_local_max:min_distance=10",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_peaks_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .expand = expand,
};
