/* Sums over the bins of a histogram, exact or with the roundings that NumPy makes. */
#ifndef WSI_THRESHOLD_SUMS_H
#define WSI_THRESHOLD_SUMS_H

#include "histogram.h"

/* Of all bins up to each one, or from each one on: pixels, and sum of their values. `spare` is room for n values. */
typedef struct wsi_bin_sums {
    double *weight, *moment, *spare;
} wsi_bin_sums;

/* Both; compat: weights as float32, and moments too where values are. Errors: NO_MEMORY. */
wsi_status wsi_bin_sums_make(const wsi_levels *levels, int compat, wsi_bin_sums *below, wsi_bin_sums *above,
                             wsi_error *err);
void wsi_bin_sums_free(wsi_bin_sums *below, wsi_bin_sums *above);
/* share[i]: part of the pixels up to bin i; below[i], above[i]: sum of the squares of the bins' parts up to bin i and
 * from bin i on. Each is exact until it is rounded once. */
void wsi_square_sums(const wsi_levels *levels, double *share, double *below, double *above);

/* numpy.sum of float32 values. */
double wsi_pairwise_f32(const double *v, int64_t n);
/* numpy.log of a float32 value, with its very roundings. */
double wsi_log_f32(double v);
/* numpy.argmax: the first of the largest; a NaN is larger than all. */
int64_t wsi_first_largest(const double *v, int64_t n);
/* 1 when all pixels have one value. */
int wsi_levels_single(const wsi_levels *levels);

static inline double wsi_narrow(int narrow, double v)
{
    return narrow ? (double)(float)v : v;
}

#endif
