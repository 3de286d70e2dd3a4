/* relabel_sequential: labels without gaps. */
#include "objects-private.h"

typedef struct relabel_params {
    int64_t offset;
} relabel_params;

static const wsi_param params[] = {
    {.name = "offset",
     .unit = "label",
     .help = "The least label's new number.",
     .offset = offsetof(relabel_params, offset),
     .type = WSI_PARAM_INT,
     .def = "1",
     .min = 1,
     .max = 4294967295.0},
};

static wsi_status open(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const wsi_components_spec spec = {.input = WSI_COMPONENTS_VALUES,
                                      .connectivity = 1,
                                      .number = 1,
                                      .offset = (uint64_t)((const relabel_params *)call->params)->offset,
                                      .most = UINT32_MAX};
    return wsi_components_open(call, &spec, self, err);
}

const wsi_op wsi_op_relabel_sequential = {
    .name = "relabel_sequential",
    .module = "segmentation",
    .summary = "Number the labels that occur anew, without gaps.",
    .doc =
        "The different labels of the whole slide, in ascending order, become offset, offset + 1, ...; 0 stays 0. Takes "
        "images of whole numbers that are not negative, and bool, one channel, and gives uint32, whatever the "
        "labels (the reference chooses a type by the greatest one)." WSI_OBJECTS_DOC
        " It grows with the number of different labels in a tile.",
    .source = "scikit-image 0.26 segmentation.relabel_sequential",
    .edge = "none",
    .example = "rgb2gray | threshold:value=0.6 | logical_not | label | remove_small_objects:max_size=20 | "
               "relabel_sequential",
    .resolve = wsi_objects_resolve_numbers,
    WSI_OBJECTS_ROW_OF(relabel_params),
};
