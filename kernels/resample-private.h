/* What the rows of resize and pyramid_reduce share. */
#ifndef WSI_RESAMPLE_PRIVATE_H
#define WSI_RESAMPLE_PRIVATE_H

#include "op-private.h"
#include "resample.h"

/* SciPy's radius of a Gaussian with truncate 4. */
int wsi_resample_radius(double sigma);
/* Zoom and blur of both axes, whose sizes are given, before and after. */
void wsi_resample_axes(wsi_resample_state *s, int64_t w, int64_t h, double sigma_x, double sigma_y);
size_t wsi_resample_cuda_scratch(int64_t w, int64_t h, int channels, int down, int up, int radius);

#endif
