/* structure_tensor: smoothed products of derivatives. */
#include "op-private.h"
#include "structure.h"

#define FIELD(name) offsetof(wsi_structure_params, name)

static const char *const orders[] = {"rc", "xy", NULL};

static const wsi_param params[] = {
    WSI_STRUCTURE_SIGMA,
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges (wrap is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "constant",
     .names = wsi_edge_names_filter},
    {.name = "cval",
     .unit = "0..1 scale",
     .help = "Value beyond the edges in mode constant, for each of the sums.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
    {.name = "order",
     .unit = "",
     .help = "Channels: rc for rows first (rr, rc, cc), xy for columns first (xx, xy, yy).",
     .offset = FIELD(order),
     .type = WSI_PARAM_ENUM,
     .def = "rc",
     .names = orders},
};

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params_, (void)inputs;
    WSI_FORWARD(wsi_need_channels(in, 1, err));
    *out = (wsi_pixfmt){WSI_F32, 3};
    return WSI_OK;
}

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
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_structure_params),
    .state_size = sizeof(wsi_structure_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .stores_any = 1,
    .resolve = resolve,
    .halo = wsi_structure_halo,
    .scratch = wsi_structure_scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(structure),
    .cuda_scratch = wsi_structure_cuda_scratch,
};
