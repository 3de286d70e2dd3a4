/* structure_tensor: smoothed products of derivatives. */
#include "feature-private.h"
#include "structure.h"

#define FIELD(name) offsetof(wsi_structure_params, name)

static const char *const orders[] = {"rc", "xy", NULL};

static const wsi_param params[] = {
    WSI_STRUCTURE_SIGMA,
    WSI_LINEAR_MODE(FIELD(mode), "constant"),
    WSI_LINEAR_CVAL(FIELD(cval), "0..1 scale", WSI_FEATURE_CVAL_HELP),
    WSI_FEATURE_ORDER(FIELD(order), orders),
};

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)inputs, (void)err;
    wsi_structure_prepare((const wsi_structure_params *)p, in[0].type, 0, (wsi_structure_state *)state);
    return WSI_OK;
}

WSI_KERNEL_PICK(structure)

const wsi_op wsi_op_structure_tensor = {
    .name = "structure_tensor",
    .module = "feature",
    .summary = "Structure tensor: products of the derivatives, smoothed by a Gaussian window.",
    .doc = "With d0 and d1 the derivatives along rows and columns by SciPy's sobel, weights (-1, 0, 1) and (1, 2, 1) "
           "without a factor: d0 d0, d0 d1 and d1 d1, each smoothed by a Gaussian of sigma (truncated at 4 sigma), as "
           "three channels of float32. Integer images are brought to 0..1 (signed: -1..1) as img_as_float does. Takes "
           "one channel.\n\nHalo: floor(4 sigma + 0.5) + 1 pixels a side, each axis its own.",
    .source = "scikit-image 0.26 feature.structure_tensor",
    .edge = "mode, default constant; every sum extends its own input",
    .complexity = "O(sigma) a pixel",
    .example = "rgb2gray | structure_tensor:sigma=2",
    WSI_FEATURE_ROW(wsi_structure_params, wsi_structure_state, 1e-6),
    .resolve = wsi_feature_resolve_matrix,
    WSI_STRUCTURE_ROW,
};
