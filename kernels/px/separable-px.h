/* The steps of a separable filter's sums. A sum over taps has this order and no other, each operation rounded to
 * float32:
 *
 *   EVEN  s = w0 * x[0];  s = s + w1 * (x[-1] + x[1]);  ...  s = s + wR * (x[-R] + x[R])
 *   ODD   s = 0;          s = s + w1 * (x[1] - x[-1]);  ...  s = s + wR * (x[R] - x[-R])
 *         both beyond GROUP pairs as in gaussian-px.h
 *   ANY   t = 0;          t = t + wF * x[F];  ...  GROUP taps, and so on to the last one;
 *         s = 0;          s = s + t of each group: long sums stay precise
 *
 * Macros, so that the same text serves scalars and compiler vectors. */
#ifndef WSI_SEPARABLE_PX_H
#define WSI_SEPARABLE_PX_H

#include "gaussian-px.h"

enum { WSI_PX_TAP_GROUP = 16 };

#define WSI_PX_UNFOLD(sum, weight, before, after) ((sum) + (weight) * ((after) - (before)))
#define WSI_PX_TAP(sum, weight, value) ((sum) + (weight) * (value))

#endif
