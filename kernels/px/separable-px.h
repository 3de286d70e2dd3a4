/* The steps of a separable filter's sums. A sum over taps has this order and no other, each operation rounded to
 * float32:
 *
 *   EVEN  s = w0 * x[0];  s = s + w1 * (x[-1] + x[1]);  ...  s = s + wR * (x[-R] + x[R])
 *   ODD   s = 0;          s = s + w1 * (x[1] - x[-1]);  ...  s = s + wR * (x[R] - x[-R])
 *   ANY   s = 0;          s = s + wF * x[F];  ...  s = s + wL * x[L]        F, L: first and last tap
 *
 * Macros, so that the same text serves scalars and compiler vectors. */
#ifndef WSI_SEPARABLE_PX_H
#define WSI_SEPARABLE_PX_H

#include "gaussian-px.h"

#define WSI_PX_UNFOLD(sum, weight, before, after) ((sum) + (weight) * ((after) - (before)))
#define WSI_PX_TAP(sum, weight, value) ((sum) + (weight) * (value))

#endif
