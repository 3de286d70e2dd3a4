/* local_minima: plateaus with nothing lower beside them. */
#include "extrema.h"
#include "op-private.h"

static const wsi_param params[] = {WSI_LOCAL_EXTREMA_PARAMS};

const wsi_op wsi_op_local_minima = {
    .name = "local_minima",
    .module = "morphology",
    .summary = "Plateaus of equal pixels with only higher ones around them, of any size, as a mask.",
    .doc = "local_maxima of the negative image; see there, also for footprint and indices.",
    .cost = 5.5,
    .source = "scikit-image 0.26 morphology.local_minima",
    .edge = "outside lie no pixels",
    .complexity = "as reconstruction",
    .example = "rgb2gray | gaussian:sigma=2 | local_minima",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_local_extrema_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_extrema,
    .whole = &wsi_whole_local_minima,
};
