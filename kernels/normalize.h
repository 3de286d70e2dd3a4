/* Prepared state of the stain normalisations, seen by their rows and their kernels. Pixels are uint8 RGB, before and
 * after. Each begins with three look-ups, one a channel, whose sum is a vector u. */
#ifndef WSI_NORMALIZE_H
#define WSI_NORMALIZE_H

#include "px/normalize-px.h"

enum { WSI_NORMALIZE_VALUES = 256 };

/* x A + b for a row vector x of three: rows of A, then b; padded to four so that each is one vector. */
typedef struct wsi_affine {
    float row[4][4];
} wsi_affine;

/* The kernels restain: 2^u; restain_sparse: 2^y, y = (amounts of u) second; reinhard: 2^y second, y = (log u) first. */
typedef struct wsi_normalize_state {
    float table[3][WSI_NORMALIZE_VALUES][4]; /* each channel's share of u */
    wsi_affine first, second;
    wsi_px_pair pair;
} wsi_normalize_state;

#endif
