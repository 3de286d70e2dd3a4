/* laplace: the discrete Laplacian. */
#include "edges-private.h"

typedef struct laplace_params {
    int64_t ksize;
} laplace_params;

static const wsi_param params[] = {
    {.name = "ksize",
     .unit = "px",
     .help = "Taken as the reference takes it: whatever it is, the operator has 3x3 weights.",
     .offset = offsetof(laplace_params, ksize),
     .type = WSI_PARAM_INT,
     .def = "3",
     .min = 3,
     .max = 1024},
};

WSI_EDGES_PREPARE_FIXED(WSI_EDGES_LAPLACE, 0.0f, 1.0f)

WSI_KERNEL_PICK(edges)

const wsi_op wsi_op_laplace = {
    .name = "laplace",
    WSI_EDGES_FIXED_ROW,
    .summary = "The discrete Laplacian with its sign turned, channel by channel.",
    .doc = "4 * image(y, x) less the four neighbours above, below, left and right; positive where a pixel is brighter "
           "than what surrounds it. ksize changes nothing, as in the reference, whose operator is 3x3 at any "
           "ksize. " WSI_EDGES_SCALE_DOC,
    .source = "scikit-image 0.26 filters.laplace",
    .example = "rgb2gray | laplace",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(laplace_params),
};
