/* Thresholds of a histogram, by scikit-image's definitions (filters/thresholding.py).
 *
 * Sums are exact and the criteria are computed in double. With compat the criteria are computed with the same roundings
 * as there: counts and their sums as float32, and, for float32 images, everything else as well. */
#ifndef WSI_THRESHOLD_FIT_H
#define WSI_THRESHOLD_FIT_H

#include "histogram.h"

enum { WSI_CLASSES_MAX = 32 };

typedef struct wsi_threshold_how {
    int compat;
    int64_t classes;      /* multiotsu */
    int64_t max_num_iter; /* minimum */
    double tolerance;     /* li: 0 = the default */
    const double *guess;  /* li: NULL = the mean */
} wsi_threshold_how;

/* Writes the threshold (multiotsu: classes - 1 of them, rising). Errors: INPUT_UNSUPPORTED where scikit-image raises
 * one, NO_MEMORY. */
typedef wsi_status (*wsi_threshold_fn)(const wsi_levels *levels, const wsi_threshold_how *how, double *out,
                                       wsi_error *err);

wsi_status wsi_fit_otsu(const wsi_levels *levels, const wsi_threshold_how *how, double *out, wsi_error *err);
wsi_status wsi_fit_multiotsu(const wsi_levels *levels, const wsi_threshold_how *how, double *out, wsi_error *err);
wsi_status wsi_fit_yen(const wsi_levels *levels, const wsi_threshold_how *how, double *out, wsi_error *err);
wsi_status wsi_fit_isodata(const wsi_levels *levels, const wsi_threshold_how *how, double *out, wsi_error *err);
wsi_status wsi_fit_triangle(const wsi_levels *levels, const wsi_threshold_how *how, double *out, wsi_error *err);
wsi_status wsi_fit_minimum(const wsi_levels *levels, const wsi_threshold_how *how, double *out, wsi_error *err);
/* Of integers. */
wsi_status wsi_fit_li(const wsi_levels *levels, const wsi_threshold_how *how, double *out, wsi_error *err);

#endif
