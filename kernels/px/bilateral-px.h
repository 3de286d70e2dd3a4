/* Which of the tabulated weights a distance between pixels has. */
#ifndef WSI_BILATERAL_PX_H
#define WSI_BILATERAL_PX_H

#include <math.h>

#include "px.h"

/* `last` for what is beyond the table, and for what is not a number. */
static WSI_HD int wsi_px_bilateral_bin(double distance, double bins_a_unit, double last)
{
    const double bin = distance * bins_a_unit;
    return (int)(bin < last ? bin : last);
}

#endif
