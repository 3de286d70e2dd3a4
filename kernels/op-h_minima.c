/* h_minima: bottoms that lie by h below. */
#include "extrema.h"
#include "op-private.h"

static const wsi_param params[] = {WSI_H_EXTREMA_PARAMS("depth")};

const wsi_op wsi_op_h_minima = {
    .name = "h_minima",
    .module = "morphology",
    .summary = "Minima that lie at least by h below the way to any lower one, as a mask.",
    .doc = "h_maxima of the negative image; see there.",
    .cost = 12,
    .source = "scikit-image 0.26 morphology.h_minima",
    .edge = "outside lie no pixels",
    .complexity = "as reconstruction",
    .example = "rgb2gray | gaussian:sigma=2 | h_minima:h=0.05",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_h_extrema_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_extrema,
    .whole = &wsi_whole_h_minima,
};
