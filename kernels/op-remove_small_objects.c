/* remove_small_objects: components of a mask, or labels, of few pixels become background. */
#include "objects-private.h"

static const wsi_param params[] = {WSI_SMALL_PARAMS("an object", "min_size")};

/* Labels are objects by their values, wherever their pixels are. */
static wsi_status open(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const wsi_small_params *p = (const wsi_small_params *)call->params;
    const wsi_components_spec spec = {
        .input = call->in[0].type == WSI_BOOL ? WSI_COMPONENTS_MASK : WSI_COMPONENTS_VALUES,
        .connectivity = (int)p->connectivity,
        .above = wsi_small_above(p),
    };
    return wsi_components_open(call, &spec, self, err);
}

const wsi_op wsi_op_remove_small_objects = {
    .name = "remove_small_objects",
    .module = "morphology",
    .summary = "Remove objects of few pixels from a mask or from labels.",
    .doc =
        "Of a mask, the connected components of at most max_size pixels become false (or, with min_size given, those "
        "of fewer than min_size pixels: the convention of scikit-image before 0.26; 0.26.0 takes a min_size for a "
        "max_size). Of an image of labels, the labels that as few pixels have become 0: an "
        "object is there what has one label, connected or not, and labels may not be negative. One channel; the "
        "result has the input's type." WSI_OBJECTS_DOC " (Of labels: with the number of different ones in "
        "a tile.)",
    .source = "scikit-image 0.26 morphology.remove_small_objects",
    .edge = "nothing lies outside",
    .example = "rgb2gray | threshold:value=0.6 | logical_not | remove_small_objects:max_size=20",
    .resolve = wsi_objects_resolve_labels,
    WSI_OBJECTS_ROW_OF(wsi_small_params),
};
