/* fill_holes: what the mask encloses joins it. */
#include "objects-private.h"

static wsi_status open(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const wsi_components_spec spec = {.input = WSI_COMPONENTS_HOLES,
                                      .connectivity = 1,
                                      .margin = 1,
                                      .mask = WSI_COMPONENTS_MARGIN,
                                      .flags = WSI_COMPONENTS_MARGIN};
    return wsi_components_open(call, &spec, self, err);
}

const wsi_op wsi_op_fill_holes = {
    .name = "fill_holes",
    .module = "morphology",
    .summary = "Fill all holes of a mask.",
    .doc =
        "A hole is a connected component of the background (pixels of value 0, the four neighbours that share a side) "
        "that does not touch the slide's edge; its pixels become true. Takes any type, one channel, and gives "
        "bool." WSI_OBJECTS_DOC,
    .source = "SciPy 1.x ndimage.binary_fill_holes",
    .edge = "background lies outside",
    .example = "rgb2gray | threshold:value=0.6 | logical_not | fill_holes",
    .resolve = wsi_objects_resolve_mask,
    WSI_OBJECTS_ROW,
};
