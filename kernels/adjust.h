/* Prepared state of adjust_gamma, adjust_log and adjust_sigmoid, seen by their rows and their kernel. */
#ifndef WSI_ADJUST_H
#define WSI_ADJUST_H

#include "px/adjust-px.h"

enum { WSI_ADJUST_VALUES = 65536 };

typedef struct wsi_adjust_state {
    wsi_px_adjust px;
    double lowest, highest;            /* of an integer result; -inf, inf for floats */
    uint16_t table[WSI_ADJUST_VALUES]; /* types of 8 and 16 bits: the result's bits for a sample's bits */
} wsi_adjust_state;

#endif
