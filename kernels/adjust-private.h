/* What the rows of the intensity adjustments share. */
#ifndef WSI_ADJUST_PRIVATE_H
#define WSI_ADJUST_PRIVATE_H

#include "adjust.h"
#include "op-private.h"

/* Fills the state for images of a type; px.scale is set here. */
void wsi_adjust_prepare(wsi_adjust_state *state, wsi_px_adjust px, wsi_dtype type);

/* What the rows have in common. */
#define WSI_ADJUST_ROW(type)                                                                                           \
    .module = "exposure", .edge = "none", .complexity = "O(1) a sample", .params = params,                             \
    .param_count = WSI_COUNT(params), .params_size = sizeof(type), .state_size = sizeof(wsi_adjust_state),             \
    .exactness = WSI_TOLERANCE, .tolerance = 1e-6, .backends_exact = 1, .resolve = wsi_resolve_same,                   \
    .prepare = prepare, .kernel = kernel, .cuda = WSI_CUDA(adjust)

/* What their documents end in. */
#define WSI_ADJUST_DOC                                                                                                 \
    "The type is kept: integers are divided by their type's maximum before and multiplied by it after, and cut off, "  \
    "not rounded, as in the reference; beyond the type's range they saturate. Floats are taken and given as they "     \
    "are. "                                                                                                            \
    "The reference refuses an image that is negative anywhere; here a negative value counts as 0. NaN stays NaN."

#endif
