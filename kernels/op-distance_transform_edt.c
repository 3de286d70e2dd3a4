/* distance_transform_edt: distance to the background. */
#include "distance.h"
#include "op-private.h"

static const wsi_param params[] = {
    {.name = "sampling",
     .unit = "per px",
     .help = "Distance between neighbouring pixels: one value, or [rows, columns].",
     .offset = offsetof(wsi_distance_params, sampling),
     .type = WSI_PARAM_FLOATS,
     .def = "1",
     .min = 0.001,
     .max = 1e6,
     .min_count = 1,
     .max_count = 2},
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs;
    *out = (wsi_pixfmt){WSI_F32, 1};
    return wsi_need_channels(in, 1, err);
}

const wsi_op wsi_op_distance_transform_edt = {
    .name = "distance_transform_edt",
    .module = "morphology",
    .summary = "Euclidean distance of each pixel to the nearest pixel of value 0, exact, over the whole slide.",
    .doc =
        "result = the least sqrt((dy * sampling[0])^2 + (dx * sampling[1])^2) to a pixel of value 0; 0 on such pixels. "
        "The input has one channel, of any type. With sampling 1 squared distances are whole numbers and exact at any "
        "size of slide: the result is their correctly rounded root as float32, the very value of SciPy's float64 "
        "result as float32. With another sampling the two may differ by a rounding of float64 before that.\n\n"
        "A slide without any pixel of value 0 gives SciPy's answer too: distances to the pixel at row -1, column 0.\n\n"
        "Works on the slide as a whole: distances along columns are carried from one row of tiles to the next and "
        "back, then the lower envelope of each pixel row is taken over the slide's whole width. Memory: about "
        "250 + tile * 3/8 bytes a thread and column of the slide. Scratch file: 1 bit a pixel and 2 bytes a pixel "
        "that is not 0 (4 where distances reach 256 pixels); tiles without such pixels take nothing.",
    .cost = 11,
    .source = "SciPy ndimage.distance_transform_edt; Felzenszwalb and Huttenlocher 2012, Meijster and others 2000",
    .edge = "outside lie no pixels",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | threshold:value=0.7 | logical_not | distance_transform_edt",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_distance_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .whole = &wsi_whole_distance,
};
