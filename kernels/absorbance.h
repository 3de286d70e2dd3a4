/* Prepared state of image_to_absorbance and absorbance_to_image, seen by their rows and their kernels. */
#ifndef WSI_ABSORBANCE_H
#define WSI_ABSORBANCE_H

#include "px/absorbance-px.h"

typedef struct wsi_absorbance_state {
    float low, high;
} wsi_absorbance_state;

typedef struct wsi_intensity_state {
    double source;
    double lowest, highest; /* of an integer result; -inf, inf for float32 */
} wsi_intensity_state;

#endif
