/* local_maxima: plateaus with nothing higher beside them. */
#include "extrema.h"
#include "op-private.h"

static const wsi_param params[] = {WSI_LOCAL_EXTREMA_PARAMS};

const wsi_op wsi_op_local_maxima = {
    .name = "local_maxima",
    .module = "morphology",
    .summary = "Plateaus of equal pixels with only lower ones around them, of any size, as a mask.",
    .doc =
        "Connected pixels of one value count when no neighbour of theirs is higher, however far the plateau reaches "
        "over the slide. An image of one value has no maxima. With allow_borders=false plateaus that touch the slide's "
        "edge do not count. One channel of any type; NaN is an error that names the pixel. Computed as the pixels "
        "that a reconstruction from the image lowered by the least step of its type does not reach. The reference's "
        "footprint is not "
        "offered (connectivity says which pixels are neighbours), nor is indices: the result is a mask.",
    .cost = 9,
    .source = "scikit-image 0.26 morphology.local_maxima",
    .edge = "outside lie no pixels",
    .complexity = "as reconstruction",
    .example = "rgb2gray | gaussian:sigma=2 | local_maxima",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_local_extrema_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_extrema,
    .whole = &wsi_whole_local_maxima,
};
