/* clear_border: objects at the slide's edge become background. */
#include "objects-private.h"

typedef struct clear_border_params {
    int64_t buffer_size;
} clear_border_params;

static const wsi_param params[] = {
    {.name = "buffer_size",
     .unit = "px",
     .help = "Width of the slide's border, less the outermost pixels, which always belong to it.",
     .offset = offsetof(clear_border_params, buffer_size),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = 0,
     .max = 2147483647},
};

static wsi_status open(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const int64_t buffer = ((const clear_border_params *)call->params)->buffer_size;
    const wsi_components_spec spec = {
        .input = call->in[0].type == WSI_BOOL ? WSI_COMPONENTS_MASK : WSI_COMPONENTS_LABELS,
        .connectivity = 2,
        .margin = buffer + 1,
        .mask = WSI_COMPONENTS_MARGIN,
    };
    WSI_RETURN_IF(buffer >= call->w || buffer >= call->h, WSI_ERR_CHAIN,
                  "parameter buffer_size: %lld px is not less than the image's %lld x %lld", (long long)buffer,
                  (long long)call->w, (long long)call->h);
    return wsi_components_open(call, &spec, self, err);
}

const wsi_op wsi_op_clear_border = {
    .name = "clear_border",
    .module = "segmentation",
    .summary = "Remove the objects that touch the slide's border.",
    .doc = "The connected components (neighbouring pixels of equal value, eight neighbours) that have a pixel within "
           "buffer_size + 1 pixels of the slide's edge become 0. Tiles have no part in it: the edge is the slide's. "
           "Takes masks and labels, one channel, and keeps their type. The reference's bgval is 0; its mask, an edge "
           "other than the "
           "slide's, is not offered." WSI_OBJECTS_DOC,
    .source = "scikit-image 0.26 segmentation.clear_border",
    .edge = "nothing lies outside",
    .example = "rgb2gray | threshold:value=0.6 | logical_not | clear_border",
    .resolve = wsi_objects_resolve_labels,
    WSI_OBJECTS_ROW_OF(clear_border_params),
};
