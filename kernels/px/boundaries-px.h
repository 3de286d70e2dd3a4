/* Which pixels of labels are a boundary's, from what is known of their neighbours. */
#ifndef WSI_BOUNDARIES_PX_H
#define WSI_BOUNDARIES_PX_H

#include "px.h"

/* In the order of the parameter's names, which end with subpixel. */
typedef enum wsi_boundaries_mode {
    WSI_BOUNDARIES_THICK = 0,
    WSI_BOUNDARIES_INNER,
    WSI_BOUNDARIES_OUTER,
    WSI_BOUNDARIES_SUBPIXEL
} wsi_boundaries_mode;

/* All arguments but the mode are 0 or 1. differs: some neighbour has another label. touches: within the 3x3
 * neighbourhood two objects meet. */
static WSI_HD int wsi_px_boundary(wsi_boundaries_mode mode, int differs, int background, int touches)
{
    if (mode == WSI_BOUNDARIES_THICK) return differs;
    if (mode == WSI_BOUNDARIES_INNER) return differs & !background;
    return differs & (background | touches);
}

#endif
