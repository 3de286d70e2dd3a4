/* `distance_transform_edt`: its parameters, its whole operation, and the half of its algorithm that works along a row
 * (Felzenszwalb and Huttenlocher, "Distance transforms of sampled functions", 2012; Meijster and others, 2000). */
#ifndef WSI_DISTANCE_H
#define WSI_DISTANCE_H

#include <stdint.h>

#include "common/param.h"
#include "whole.h"

typedef struct wsi_distance_params {
    wsi_floats sampling; /* rows, columns; or one for both */
} wsi_distance_params;

extern const wsi_whole wsi_whole_distance;

/* A parabola of the lower envelope: centred at column `at`, the lowest one right of `from`. */
typedef struct wsi_distance_site {
    double at, from, f;
} wsi_distance_site;

/* out[x] = min over u of f[u] + (step (x - u))^2, for n columns. f[u] is the squared distance of pixel u to the nearest
 * background pixel in its column, HUGE_VAL where there is none, 0 on background. Exact when step is 1 and all f are
 * whole numbers, below 2^51. A row without any finite f gives HUGE_VAL. sites: room for n. */
void wsi_distance_row(const double *f, int64_t n, double step, wsi_distance_site *sites, double *out);

#endif
