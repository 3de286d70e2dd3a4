/* farid_v: derivative along columns. */
#include "farid-private.h"

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)p, (void)inputs, (void)err;
    wsi_farid_set((wsi_linear_state *)state, WSI_EDGES_COLUMNS, NULL, in[0].type);
    return WSI_OK;
}

WSI_LINEAR_SCRATCH(WSI_LINEAR_COLUMNS)
WSI_KERNEL_PICK(linear)

const wsi_op wsi_op_farid_v = {
    .name = "farid_v",
    WSI_LINEAR_ROW(1e-6),
    .summary = "Vertical edges by Farid and Simoncelli's operator, channel by channel.",
    .doc = WSI_FARID_DOC ": farid with axis=1. " WSI_FARID_SCALE_DOC,
    .source = "scikit-image 0.26 filters.farid_v; Farid and Simoncelli 2004",
    .edge = "reflect",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | farid_v",
};
