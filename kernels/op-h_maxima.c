/* h_maxima: tops that rise by h. */
#include "extrema.h"
#include "op-private.h"

static const wsi_param params[] = {WSI_H_EXTREMA_PARAMS("height")};

const wsi_op wsi_op_h_maxima = {
    .name = "h_maxima",
    .module = "morphology",
    .summary = "Maxima that rise at least by h above the way to any higher one, as a mask.",
    .doc =
        "The image lowered by h is rebuilt below the image (see reconstruction); what stays at least h below it are "
        "the maxima of that height, the highest ones of the slide among them. Where h is above the range of the whole "
        "image, there are none. Integers are compared as such, with an h that is not a whole number as float64; floats "
        "are lowered by "
        "2e-6 (float32) or 2e-15 (float64) of their value more, in the reference's order of operations: the same "
        "pixels. (Of signed integers whose range passes their type's maximum the reference's range wraps; here it "
        "does not.) One channel of finite values. The result is a mask; the reference's is uint8.",
    .cost = 17,
    .source = "scikit-image 0.26 morphology.h_maxima",
    .edge = "outside lie no pixels",
    .complexity = "as reconstruction",
    .example = "rgb2gray | gaussian:sigma=2 | h_maxima:h=0.05",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_h_extrema_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_extrema,
    .whole = &wsi_whole_h_maxima,
};
