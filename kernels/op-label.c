/* label: connected components of the whole slide, numbered. */
#include "objects-private.h"

typedef struct label_params {
    int64_t background, connectivity;
} label_params;

static const wsi_param params[] = {
    {.name = "background",
     .unit = "label",
     .help = "Pixels of this value become 0.",
     .offset = offsetof(label_params, background),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = -2147483648.0,
     .max = 4294967295.0},
    WSI_CONNECTIVITY_PARAM(label_params, "of one component", "2"),
};

/* A mask has one value that is no background, so that spans need none. */
static wsi_status open(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const label_params *p = (const label_params *)call->params;
    const int mask = call->in[0].type == WSI_BOOL;
    const wsi_components_spec spec = {.input = !mask                ? WSI_COMPONENTS_LABELS
                                               : p->background == 1 ? WSI_COMPONENTS_HOLES
                                                                    : WSI_COMPONENTS_MASK,
                                      .connectivity = (int)p->connectivity,
                                      .background = p->background,
                                      .number = 1,
                                      .offset = 1,
                                      .most = UINT32_MAX};
    return wsi_components_open(call, &spec, self, err);
}

const wsi_op wsi_op_label = {
    .name = "label",
    .module = "measure",
    .summary = "Number the connected components of the whole slide.",
    .doc =
        "Neighbouring pixels of equal value, other than background, belong to one component. Components are numbered "
        "1, 2, ... in raster order of their first pixels, over the whole slide and whatever its tiles; background "
        "becomes 0. With a background that the image's type cannot hold, e.g. -1 for uint8, every pixel belongs to a "
        "component; of a mask, a background other than 1 counts as 0. Takes masks and images of whole numbers, one "
        "channel, and gives uint32. A slide of more than "
        "4294967295 components is refused once that many have been found. return_num is left out: the last number "
        "is the largest value." WSI_OBJECTS_DOC,
    .cost = 1.7,
    .source = "scikit-image 0.26 measure.label; L. He, Y. Chao, K. Suzuki, A run-based two-scan labeling algorithm, "
              "IEEE Transactions on Image Processing 17, 2008",
    .edge = "nothing lies outside",
    .example = "rgb2gray | threshold:value=0.6 | logical_not | label",
    .resolve = wsi_objects_resolve_numbers,
    WSI_OBJECTS_ROW_OF(label_params),
};
