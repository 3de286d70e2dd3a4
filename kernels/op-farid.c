/* farid: edge strength or derivative over 5x5 pixels. */
#include "farid-private.h"

static wsi_status prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_edges_params *p = (const wsi_edges_params *)params;
    (void)inputs, (void)err;
    wsi_farid_set((wsi_linear_state *)state, (wsi_edges_kind)p->axis, p, in[0].type);
    return WSI_OK;
}

WSI_LINEAR_SCRATCH(WSI_LINEAR_GRADIENT)
WSI_KERNEL_PICK(linear)

const wsi_op wsi_op_farid = {
    .name = "farid",
    WSI_LINEAR_ROW(1e-6),
    .summary = "Edge strength by Farid and Simoncelli's operator, channel by channel.",
    .doc = WSI_FARID_DOC "; positive where values rise with the coordinate. axis=none gives the magnitude "
                         "sqrt((d0^2 + d1^2) / 2). " WSI_FARID_SCALE_DOC,
    .source = "scikit-image 0.26 filters.farid; Farid and Simoncelli 2004",
    .edge = "mode, default reflect",
    .complexity = "O(1) a pixel",
    .example = "rgb2gray | farid",
    .params = wsi_edges_param_table,
    .param_count = WSI_EDGES_PARAM_COUNT,
    .params_size = sizeof(wsi_edges_params),
};
