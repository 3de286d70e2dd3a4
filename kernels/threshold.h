/* Parameters and prepared state of `threshold`, seen by its row and its kernels. */
#ifndef WSI_THRESHOLD_H
#define WSI_THRESHOLD_H

#include <stdint.h>

typedef struct wsi_threshold_params {
    double value;
} wsi_threshold_params;

/* x > value, with value brought to the image's own type: for integers the largest integer not above it, clamped
 * (below the type's range everything is above); for float32 value rounded to float32, as NumPy does. */
typedef struct wsi_threshold_state {
    int64_t level;
    float level_f32;
    double level_f64;
} wsi_threshold_state;

#endif
