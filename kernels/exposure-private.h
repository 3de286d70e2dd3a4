/* What the rows of intensities that learn from the whole image share. */
#ifndef WSI_EXPOSURE_PRIVATE_H
#define WSI_EXPOSURE_PRIVATE_H

#include "extremes.h"
#include "op-private.h"
#include "reduction-params.h"
#include "reduction.h"

/* The mask among the inputs, or NULL. */
static inline const wsi_image *wsi_exposure_mask(const wsi_reduction_params *common, const wsi_image *im)
{
    return common->mask.image >= 0 ? &im[common->mask.image] : NULL;
}

/* Refuses an image of which nothing is looked at. */
static inline wsi_status wsi_exposure_need_samples(double samples, wsi_error *err)
{
    WSI_RETURN_IF(samples == 0, WSI_ERR_INPUT_UNSUPPORTED,
                  "there is no pixel to learn from: the mask is zero everywhere");
    return WSI_OK;
}

/* The smallest and the largest value that were seen; NaN both when any sample is. */
static inline wsi_status wsi_exposure_range(const wsi_extremes *e, double *low, double *high, wsi_error *err)
{
    *low = wsi_extremes_low(e);
    *high = wsi_extremes_high(e);
    return wsi_exposure_need_samples((double)e->samples, err);
}

/* Fields of a reduction whose functions have these names. */
#define WSI_EXPOSURE_REDUCTION                                                                                         \
    .fields = fields, .rounds = rounds, .size = size, .init = init, .accumulate = accumulate, .merge = merge,          \
    .finalise = finalise

/* Fields of a row whose parameters are of type PARAMS, and whose state is of type STATE or begins with it. */
#define WSI_EXPOSURE_ROW(PARAMS, STATE)                                                                                \
    .module = "exposure", .params = params, .param_count = WSI_COUNT(params), .params_size = sizeof(PARAMS),           \
    .state_size = sizeof(STATE), .exactness = WSI_TOLERANCE, .tolerance = 1e-6, .backends_exact = 1,                   \
    .resolve = resolve, .reduction = &reduction, .kernel = kernel

#endif
