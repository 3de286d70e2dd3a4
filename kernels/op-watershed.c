/* watershed: labels flood a landscape from markers. */
#include "op-private.h"
#include "watershed.h"

#define FIELD(name) offsetof(wsi_watershed_params, name)

static const wsi_param params[] = {
    {.name = "markers",
     .unit = "",
     .help = "Labels to start from, of an integer type; 0 is no marker.",
     .offset = FIELD(markers),
     .type = WSI_PARAM_IMAGE,
     .def = "",
     .flags = WSI_PARAM_REQUIRED},
    {.name = "mask",
     .unit = "",
     .help = "Image of one channel: only pixels where it is not zero are flooded. Without it, all are, which the "
             "memory must be enough for.",
     .offset = FIELD(mask),
     .type = WSI_PARAM_IMAGE,
     .def = ""},
    {.name = "connectivity",
     .unit = "",
     .help = "Neighbours of a pixel: 1 = the four beside it, 2 = all eight around it.",
     .offset = FIELD(connectivity),
     .type = WSI_PARAM_INT,
     .def = "1",
     .min = 1,
     .max = 2},
    {.name = "watershed_line",
     .unit = "",
     .help = "Whether a line of pixels without a label, one pixel wide, parts the labels.",
     .offset = FIELD(watershed_line),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
};

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const wsi_watershed_params *p = (const wsi_watershed_params *)params_;
    const wsi_pixfmt markers = in[p->markers.image];
    const wsi_dtype type = in[0].type;
    *out = markers;
    for (int i = 0; i < inputs; i++) WSI_FORWARD(wsi_need_channels(&in[i], 1, err));
    WSI_RETURN_IF(markers.type == WSI_BOOL || markers.type == WSI_F32 || markers.type == WSI_F64, WSI_ERR_CHAIN,
                  "takes markers of an integer type, not %s: see label", wsi_dtype_name(markers.type));
    WSI_RETURN_IF(type == WSI_U32 || type == WSI_I32 || type == WSI_F64, WSI_ERR_CHAIN,
                  "takes an image of up to 16 bits or float32, not %s: see cast", wsi_dtype_name(type));
    return WSI_OK;
}

const wsi_op wsi_op_watershed = {
    .name = "watershed",
    .module = "segmentation",
    .summary = "Labels flood a landscape from markers, lowest pixels first, and meet on its ridges.",
    .doc =
        "Pixels are labelled in order of their value, those of one value in the order in which they were reached: "
        "scikit-image's flooding with compactness 0 and without an offset, step for step. The step's input is the "
        "landscape (often the negative distance_transform_edt), integers of up to 16 bits, bool or float32; the result "
        "has the markers' type. Where the reference is given no markers, they are `local_minima:connectivity=1 | "
        "label:connectivity=1` of the landscape. NaN within the mask is an error that names the pixel.\n\n"
        "Each connected component of the mask is flooded on its own, as scikit-image floods it when the mask is that "
        "component alone: the very same labels, for tiles of any size and any number of threads. In a call with a mask "
        "of many components scikit-image takes markers of the very same value in an order that depends on all other "
        "markers of the image; so where markers of one component have one value and different labels, some pixels "
        "between them may go to the other one (4 in 10,000 pixels of a mask of nuclei with its distances as "
        "landscape). Without a mask, or where no such markers share a component, the two agree everywhere.\n\n"
        "Components within one tile are flooded tile by tile, those that cross seams when all tiles have been seen, as "
        "many at a time as memory allows: 32 bytes for each of their pixels and 36 for each of their runs; and about "
        "100 bytes for each place where one crosses a seam. A single component that needs more is an error that names "
        "its place; without a mask the slide is one component. Fewer than 2^27 pixels a component. One whose markers "
        "have one label needs no flooding and costs next to nothing.\n\n"
        "With watershed_line=true lines reach the same pixels again and again, 16 bytes each time. Where that happens "
        "more than 8 times a pixel and 2^20 times a component, further times are left out: the number can double with "
        "every step, and then the reference does not end.\n\n"
        "Splitting touching nuclei: distance_transform_edt of their mask, its maxima (h_maxima) labelled as markers, "
        "watershed of the negative distance within the mask; see the example.",
    .cost = 65,
    .source = "scikit-image 0.26 segmentation.watershed",
    .edge = "outside lie no pixels",
    .complexity = "O(log n) a pixel of a component of n pixels",
    .example = "rgb2gray | threshold:value=0.6 | logical_not as nuclei | distance_transform_edt as d | h_maxima:h=1 | "
               "label as seeds | multiply:from=@d,other=-1 | watershed:markers=@seeds,mask=@nuclei",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_watershed_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .whole = &wsi_whole_watershed,
};
