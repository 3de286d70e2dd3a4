/* scikit-image's util.invert for one sample: maximum - x for unsigned integers, -1 - x for signed, both of which
 * flip every bit; not for bool; 1 - x for floats, or -x when they are taken as signed. */
#ifndef WSI_INVERT_PX_H
#define WSI_INVERT_PX_H

#include "px.h"

#define WSI_PX_INVERT_INTEGER(x) (~(x))
#define WSI_PX_INVERT_BOOL(x) ((x) == 0)
#define WSI_PX_INVERT_FLOAT(x, one) ((one) - (x))

#endif
