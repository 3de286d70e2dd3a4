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
    "channels are filtered one by one.\n\nHalo: 2 pixels."

/* A derivative along rows or columns or the magnitude of both; params NULL: reflect. */
void wsi_farid_set(wsi_linear_state *s, wsi_edges_kind kind, const wsi_edges_params *params, wsi_dtype type);

static inline wsi_halo halo(const void *params)
{
    (void)params;
    return (wsi_halo){2, 2};
}

#endif
