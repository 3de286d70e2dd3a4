/* select_blobs: the table of blobs of a scale space. */
#include "blobs-private.h"
#include "whole.h"

static const wsi_param params[] = {
    WSI_BLOB_SCALE_PARAMS,
    WSI_BLOB_SELECTION("0.2", wsi_blob_none),
    WSI_BLOB_BORDER,
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    wsi_blob_scales scales;
    (void)inputs;
    *out = in[0];
    WSI_FORWARD(wsi_blob_scales_of((const wsi_blob_params *)p, in[0].type, &scales, err));
    WSI_RETURN_IF(in[0].type != WSI_F32 && in[0].type != WSI_F64, WSI_ERR_CHAIN,
                  "takes what blob_response gives, float32 or float64, not %s", wsi_dtype_name(in[0].type));
    WSI_RETURN_IF(in[0].channels != scales.count, WSI_ERR_CHAIN,
                  "%d scales, but %d channels: give blob_response's parameters", scales.count, in[0].channels);
    return WSI_OK;
}

const wsi_op wsi_op_select_blobs = {
    .name = "select_blobs",
    .module = "feature",
    .summary = "Table of blobs, given the maxima of scale space.",
    .doc = "Takes what blob_response makes with the same parameters up to log_scale. " WSI_BLOB_TABLE_DOC,
    .cost = 2,
    .source = "scikit-image 0.26 feature.blob_log, blob_dog, blob_doh",
    .edge = "none",
    .complexity = "O(n log n) for n maxima above the threshold",
    .example = "rgb2gray | invert | blob_response:max_sigma=4,num_sigma=3 | select_blobs:max_sigma=4,num_sigma=3",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_blob_params),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .resolve = resolve,
    .check = wsi_blob_check,
    .whole = &wsi_whole_blobs,
};
