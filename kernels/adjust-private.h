/* What the rows of the intensity adjustments share. */
#ifndef WSI_ADJUST_PRIVATE_H
#define WSI_ADJUST_PRIVATE_H

#include "adjust.h"
#include "op-private.h"

/* Fills the state for images of a type; px.scale is set here. */
void wsi_adjust_prepare(wsi_adjust_state *state, wsi_px_adjust px, wsi_dtype type);

/* What their documents end in. */
#define WSI_ADJUST_DOC                                                                                                 \
    "The type is kept: integers are divided by their type's maximum before and multiplied by it after, and cut off, "  \
    "not rounded, as in the reference; beyond the type's range they saturate. Floats are taken and given as they "     \
    "are. "                                                                                                            \
    "The reference refuses an image that is negative anywhere; here a negative value counts as 0. NaN stays NaN."

#endif
