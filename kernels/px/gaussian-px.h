/* The one arithmetic step of a symmetric filter. A sum over taps -R..R is, in this order and no other,
 *
 *   s = w0 * x[0];  s = s + w1 * (x[-1] + x[1]);  ...;  s = s + wR * (x[-R] + x[R])
 *
 * each operation rounded to float32. Pairs beyond the first GROUP are summed apart, GROUP at a time, so that long sums
 * stay precise:
 *
 *   t = 0;  t = t + wK * (x[-K] + x[K]);  ... GROUP pairs;  s = s + t;  and so on to the last
 *
 * A macro, so that the same text serves scalars and compiler vectors. */
#ifndef WSI_GAUSSIAN_PX_H
#define WSI_GAUSSIAN_PX_H

#include "px.h"

enum { WSI_PX_FOLD_GROUP = 64 };

#define WSI_PX_FOLD(sum, weight, before, after) ((sum) + (weight) * ((before) + (after)))

#endif
