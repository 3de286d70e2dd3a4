/* Prepared state of `rgb2hed` and `hed2rgb`, seen by their rows and their kernels. */
#ifndef WSI_STAIN_H
#define WSI_STAIN_H

#include "common/error-private.h"

/* Rows are padded to four so that a pixel is one vector. */
typedef struct wsi_stain_state {
    float scale;            /* of img_as_float */
    float matrix[3][4];     /* what the row vector is multiplied by */
    float table[3][256][4]; /* rgb2hed of uint8: absorbance of each value times the channel's matrix row */
} wsi_stain_state;

/* Optical densities of haematoxylin, eosin and DAB (rows) in R, G, B. */
extern const double wsi_rgb_from_hed[3][3];
/* Inverse by cofactors, in a fixed order. */
void wsi_invert3(const double m[3][3], double out[3][3]);

#endif
