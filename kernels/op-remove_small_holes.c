/* remove_small_holes: components of a mask's background of few pixels join the mask. */
#include "objects-private.h"

static const wsi_param params[] = {WSI_SMALL_PARAMS("a hole", "area_threshold")};

static wsi_status open(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const wsi_small_params *p = (const wsi_small_params *)call->params;
    const wsi_components_spec spec = {
        .input = WSI_COMPONENTS_HOLES, .connectivity = (int)p->connectivity, .above = wsi_small_above(p)};
    return wsi_components_open(call, &spec, self, err);
}

const wsi_op wsi_op_remove_small_holes = {
    .name = "remove_small_holes",
    .module = "morphology",
    .summary = "Fill the holes of few pixels in a mask.",
    .doc =
        "The connected components of the background (pixels of value 0) of at most max_size pixels (or, with "
        "area_threshold given, of fewer than area_threshold pixels: the convention of scikit-image before 0.26; 0.26.0 "
        "takes an area_threshold for a max_size) become true, also where they touch the slide's "
        "edge. Takes any type, one channel, and gives bool." WSI_OBJECTS_DOC,
    .source = "scikit-image 0.26 morphology.remove_small_holes",
    .edge = "nothing lies outside",
    .example = "rgb2gray | threshold:value=0.6 | logical_not | remove_small_holes:max_size=20",
    .resolve = wsi_objects_resolve_mask,
    WSI_OBJECTS_ROW_OF(wsi_small_params),
};
