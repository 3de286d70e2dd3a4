/* Sorting pixels between thresholds, as numpy.digitize: the state that kernels read. */
#ifndef WSI_DIGITIZE_H
#define WSI_DIGITIZE_H

#include <stdint.h>

enum { WSI_DIGITIZE_MAX = 31 };

/* Rising thresholds; a pixel's number is how many it is not below. */
typedef struct wsi_digitize_state {
    int32_t count;
    float f32[WSI_DIGITIZE_MAX]; /* thresholds of a float32 image are float32 */
    double f64[WSI_DIGITIZE_MAX];
} wsi_digitize_state;

static inline void wsi_digitize_prepare(wsi_digitize_state *state, int count, const double *thresholds)
{
    state->count = count;
    for (int i = 0; i < count; i++) {
        state->f32[i] = (float)thresholds[i];
        state->f64[i] = thresholds[i];
    }
}

#endif
