/* reconstruction: a seed image grows below (above) a mask until it is stable. */
#include "extrema.h"
#include "op-private.h"

static const char *const methods[] = {"dilation", "erosion", NULL};

static const wsi_param params[] = {
    {.name = "mask",
     .unit = "",
     .help = "Image that the seed stays below (dilation) or above (erosion), of the seed's type.",
     .offset = offsetof(wsi_reconstruction_params, mask),
     .type = WSI_PARAM_IMAGE,
     .def = "",
     .flags = WSI_PARAM_REQUIRED},
    {.name = "method",
     .unit = "",
     .help = "Whether high values spread, or low ones.",
     .offset = offsetof(wsi_reconstruction_params, method),
     .type = WSI_PARAM_ENUM,
     .def = "dilation",
     .names = methods},
    WSI_NEIGHBOURS_PARAM(wsi_reconstruction_params),
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const wsi_pixfmt mask = in[((const wsi_reconstruction_params *)p)->mask.image];
    (void)inputs;
    *out = in[0];
    WSI_FORWARD(wsi_need_channels(in, 1, err));
    WSI_RETURN_IF(mask.type != in[0].type || mask.channels != 1, WSI_ERR_CHAIN,
                  "takes a mask of the seed's type and one channel (%s), not %s of %d: see cast",
                  wsi_dtype_name(in[0].type), wsi_dtype_name(mask.type), mask.channels);
    return WSI_OK;
}

const wsi_op wsi_op_reconstruction = {
    .name = "reconstruction",
    .module = "morphology",
    .summary = "Morphological reconstruction: a seed image spreads below or above a mask, as far as that lets it.",
    .doc =
        "The seed is dilated by the 3x3 footprint and cut to the mask (the pixelwise minimum), again and again until "
        "nothing changes; by erosion, low values spread and the mask is a lower limit. The step's input is the seed; "
        "it may nowhere lie above (by erosion: below) the mask, which is an error that names the pixel, as is NaN. "
        "Seed and mask have one channel and one type, any; the result has that type, and the values are "
        "scikit-image's, which returns them as floats. Its offset, the middle of a footprint of "
        "one's own, is left out.\n\n"
        "Works on the slide as a whole, however far values spread: each tile becomes stable on its own, then those "
        "whose neighbours changed along the border are taken again until none is left. Tiles lie in the scratch file, "
        "seed and mask, in the image's own type; tiles of one value take nothing. Memory: about 3 tiles and 9 bytes a "
        "pixel of a tile, for each thread.",
    .cost = 14,
    .source = "scikit-image 0.26 morphology.reconstruction; L. Vincent 1993",
    .edge = "outside lie no pixels",
    .complexity = "O(1) a pixel and visit of a tile; few visits in tissue, one for each border crossing of a spiral",
    .example = "rgb2gray as g | subtract:other=0.2 | reconstruction:mask=@g",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_reconstruction_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .whole = &wsi_whole_reconstruction,
};
