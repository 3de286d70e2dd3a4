/* corner_harris: corner measure of the structure tensor. */
#include "feature-private.h"
#include "structure.h"

#define FIELD(name) offsetof(wsi_structure_params, name)

static const char *const methods[] = {"k", "eps", NULL};

static const wsi_param params[] = {
    {.name = "method",
     .unit = "",
     .help = "k: det - k trace^2; eps: 2 det / (trace + eps).",
     .offset = FIELD(method),
     .type = WSI_PARAM_ENUM,
     .def = "k",
     .names = methods},
    {.name = "k",
     .unit = "",
     .help = "How much less edges count than corners, typically 0 to 0.2.",
     .offset = FIELD(k),
     .type = WSI_PARAM_FLOAT,
     .def = "0.05",
     .min = -100,
     .max = 100},
    {.name = "eps",
     .unit = "",
     .help = "What keeps Noble's measure finite where the image is flat.",
     .offset = FIELD(eps),
     .type = WSI_PARAM_FLOAT,
     .def = "1e-6",
     .min = 0,
     .max = 1e9},
    WSI_STRUCTURE_SIGMA,
};

/* The tensor is that of mode constant with 0 beyond the edges. */
static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_structure_params p = *(const wsi_structure_params *)params_;
    (void)inputs, (void)err;
    p.mode = WSI_EDGE_CONSTANT;
    wsi_structure_prepare(&p, in[0].type, 1, (wsi_structure_state *)state);
    return WSI_OK;
}

WSI_KERNEL_PICK(structure)

const wsi_op wsi_op_corner_harris = {
    .name = "corner_harris",
    .module = "feature",
    .summary = "Harris's corner measure.",
    .doc =
        "With det and trace of structure_tensor (mode constant, cval 0): det - k trace^2, or 2 det / (trace + eps) by "
        "method eps, as float32. Integer images are brought to 0..1 (signed: -1..1) as img_as_float does. Takes one "
        "channel. The determinant is the difference of two products of float32 sums, which costs a digit.\n\n"
        "Halo: floor(4 sigma + 0.5) + 1 pixels a side.",
    .source = "scikit-image 0.26 feature.corner_harris",
    .edge = "constant 0",
    .complexity = "O(sigma) a pixel",
    .example = "rgb2gray | corner_harris",
    WSI_FEATURE_ROW(wsi_structure_params, wsi_structure_state, 1e-5),
    .resolve = wsi_feature_resolve,
    WSI_STRUCTURE_ROW,
};
