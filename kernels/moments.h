/* Count, mean and covariance of vectors of three, for reductions: vectors are rounded to fixed point, one by one, and
 * summed exactly from there on, so that the order never matters. */
#ifndef WSI_MOMENTS_H
#define WSI_MOMENTS_H

#include <math.h>

#include "common/exact-sum.h"

enum { WSI_MOMENTS_BITS = 20, WSI_MOMENTS_RUN = 4096 };

/* Zeroed memory: of no vector. */
typedef struct wsi_moments {
    int64_t count;
    wsi_exact_sum sum[3];
    wsi_exact_sum product[3][3]; /* [i][j] with i <= j */
} wsi_moments;

/* A component in fixed point, to 2^-21; |v| < 16. */
static inline int32_t wsi_moments_fixed(double v)
{
    return (int32_t)lrint(v * (1 << WSI_MOMENTS_BITS));
}

/* Adds n <= WSI_MOMENTS_RUN vectors (v[0][i], v[1][i], v[2][i]). */
void wsi_moments_add(wsi_moments *m, const int32_t *const v[3], int n);
/* m gets what both hold. */
void wsi_moments_merge(wsi_moments *m, const wsi_moments *other);
/* Of at least one vector. */
void wsi_moments_mean(const wsi_moments *m, double mean[3]);
/* Sums of products of differences from the mean over count - less; more than `less` vectors. */
void wsi_moments_covariance(const wsi_moments *m, int less, double covariance[3][3]);

#endif
