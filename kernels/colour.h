/* Prepared state of the conversions between colour spaces, seen by their rows and their kernels. */
#ifndef WSI_COLOUR_H
#define WSI_COLOUR_H

#include "px/colour-px.h"

enum { WSI_COLOUR_VALUES = 256 };

typedef struct wsi_colour_state {
    double scale;                     /* of img_as_float; 1: integers are taken as plain numbers */
    wsi_px_space space;               /* as the conversion in px/colour-px.h wants it */
    double linear[WSI_COLOUR_VALUES]; /* rgb2xyz, rgb2lab of uint8: linear light of each value */
} wsi_colour_state;

typedef struct wsi_rgba_state {
    double scale;
    double background[3];
} wsi_rgba_state;

#endif
