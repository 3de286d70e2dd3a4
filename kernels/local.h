/* Parameters, prepared state and scratch of the thresholds from a window's sums (threshold_niblack, threshold_sauvola
 * and threshold_local's mean), seen by their rows and their kernels.
 *
 * Sums are float64. Those of integers of up to 16 bits are exact, so that their order does not matter; those of other
 * images are taken down each column from the top, and then across by pairs of runs (cpu/window-sum.h). */
#ifndef WSI_LOCAL_H
#define WSI_LOCAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"
#include "common/param.h"
#include "edge.h"

/* Odd windows end at 255 x 255 pixels, so that sums of squares of 16-bit integers are exact. */
enum { WSI_LOCAL_SIDE_MAX = 255 };

typedef enum wsi_local_formula { WSI_LOCAL_MEAN = 0, WSI_LOCAL_NIBLACK, WSI_LOCAL_SAUVOLA } wsi_local_formula;

/* threshold_niblack's and threshold_sauvola's. */
typedef struct wsi_local_params {
    wsi_floats window_size;
    double k;
    wsi_floats r; /* none: half the range of the image's type */
} wsi_local_params;

typedef struct wsi_local_state {
    wsi_local_formula formula;
    wsi_edge mode;
    int ry, rx;        /* the window's reach */
    float outside;     /* CONSTANT's value */
    double count;      /* pixels of the window */
    double inverse;    /* 1 / count */
    double k, r_scale; /* k, and 1 / r */
    double offset;     /* MEAN's */
} wsi_local_state;

/* Samples of a row whose sums across are taken at a time. */
enum { WSI_LOCAL_BLOCK = 512 };

/* Samples of a source row with the window's reach, padded to whole vectors. */
static inline size_t wsi_local_stride(int64_t w, int64_t rx, int channels)
{
    return ((size_t)(w + 2 * rx) * (size_t)channels + 15) / 16 * 16 + 16;
}

/* A ring of float32 source rows and one to come, float64 sums and sums of squares down the columns, and runs of a
 * block of them. */
static inline size_t wsi_local_scratch(int64_t w, int64_t ry, int64_t rx, int channels)
{
    const size_t rows = 2 * (size_t)ry + 2, run = (size_t)WSI_LOCAL_BLOCK + 2 * (size_t)rx * (size_t)channels;
    return wsi_local_stride(w, rx, channels) * (rows * sizeof(float) + 2 * sizeof(double)) +
           (run + 2 * WSI_LOCAL_BLOCK) * sizeof(double);
}

/* 1 where a running sum of the type's values and of their squares is exact in float64. */
static inline int wsi_local_exact(wsi_dtype type)
{
    return type == WSI_BOOL || wsi_dtype_size(type) < 4;
}

#endif
