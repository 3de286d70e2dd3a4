/* The structure tensor of a 3x3 neighbourhood, before it is smoothed, and Harris's measure of a smoothed one. The
 * derivatives are SciPy's sobel: weights (-1, 0, 1) along and (1, 2, 1) across, four times the operator sobel's. */
#ifndef WSI_STRUCTURE_PX_H
#define WSI_STRUCTURE_PX_H

#include "edges-px.h"

/* method k: det - k trace^2; method eps: 2 det / (trace + eps). */
static WSI_HD float wsi_px_harris(float rr, float rc, float cc, int by_eps, float k)
{
    const float det = rr * cc - rc * rc, trace = rr + cc;
    return by_eps ? (det + det) / (trace + k) : det - k * (trace * trace);
}

#endif
