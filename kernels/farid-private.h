/* What the rows of farid, farid_h and farid_v share. */
#ifndef WSI_FARID_PRIVATE_H
#define WSI_FARID_PRIVATE_H

#include "edges-private.h"
#include "linear-private.h"

#define WSI_FARID_DOC                                                                                                  \
    "Derivative along an axis with weights (-0.1096, -0.2767, 0, 0.2767, 0.1096), smoothed across it with (0.0377, "   \
    "0.2492, 0.4264, 0.2492, 0.0377) (the reference's digits), which turns with the image better than 3x3 weights do"
#define WSI_FARID_SCALE_DOC                                                                                            \
    "Integer images are brought to 0..1 (signed: -1..1) as img_as_float does. The result is float32. Several "         \
    "channels are filtered one by one. " WSI_EDGES_MASK_DOC "\n\nHalo: 2 pixels."

/* A derivative along rows or columns or the magnitude of both; params NULL: reflect. */
void wsi_farid_set(wsi_linear_state *s, wsi_edges_kind kind, const wsi_edges_params *params, wsi_dtype type);

static inline wsi_halo halo(const void *params)
{
    (void)params;
    return (wsi_halo){2, 2};
}

/* Defines what a row without parameters needs. KIND: ROWS or COLUMNS. */
#define WSI_FARID_FIXED(KIND)                                                                                          \
    static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)            \
    {                                                                                                                  \
        (void)p, (void)inputs, (void)err;                                                                              \
        wsi_farid_set((wsi_linear_state *)state, WSI_EDGES_##KIND, NULL, in[0].type);                                  \
        return WSI_OK;                                                                                                 \
    }                                                                                                                  \
    WSI_LINEAR_SCRATCH(WSI_LINEAR_##KIND)                                                                              \
    WSI_KERNEL_PICK(linear)

#define WSI_FARID_FIXED_ROW WSI_LINEAR_ROW(1e-6), .edge = "reflect", .complexity = "O(1) a pixel"

#endif
