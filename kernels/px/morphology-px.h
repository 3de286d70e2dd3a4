/* Minimum and maximum of two samples. Floats must be free of NaN and of -0, so that order does not matter. */
#ifndef WSI_MORPHOLOGY_PX_H
#define WSI_MORPHOLOGY_PX_H

#include "px.h"

#define WSI_PX_MIN(a, b) ((a) < (b) ? (a) : (b))
#define WSI_PX_MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
