/* The step on a row of a filter's outputs, in place in the first of them. */
#ifndef WSI_CPU_LINEAR_FINISH_H
#define WSI_CPU_LINEAR_FINISH_H

#include "kernels/linear.h"
#include "kernels/px/linear-px.h"

static inline void wsi_linear_clip_row(float *restrict v, float lo, float hi, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_linear_clip(v[i], lo, hi);
}

static inline void wsi_linear_turn_row(float *restrict v, const float *restrict o1, float a, float b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_linear_turn(v[i], o1[i], a, b);
}

static inline void wsi_linear_modulus_row(float *restrict v, const float *restrict o1, float a, int64_t n)
{
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_linear_modulus(v[i], o1[i], a);
}

/* finish: wsi_linear_finish; those that look at out[1] need two outputs. */
static inline void wsi_linear_finish_row(int finish, float a, float b, float *const *out, int64_t n)
{
    if (finish == WSI_LINEAR_CLIP) wsi_linear_clip_row(out[0], a, b, n);
    if (finish == WSI_LINEAR_TURN) wsi_linear_turn_row(out[0], out[1], a, b, n);
    if (finish == WSI_LINEAR_MODULUS) wsi_linear_modulus_row(out[0], out[1], a, n);
}

#endif
