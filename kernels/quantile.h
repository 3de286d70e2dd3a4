/* Exact percentiles of all samples of an image, out of core, for reductions: NumPy's, which lie between two samples of
 * known rank.
 *
 * Types of up to 16 bits are counted value by value in one round. Those of 32 and 64 bits have keys whose order is that
 * of the values, and a rank's key is found 16 bits a round, the highest first: each round counts those samples whose
 * keys begin with what was found before. */
#ifndef WSI_QUANTILE_H
#define WSI_QUANTILE_H

#include "common/error-private.h"
#include "common/image.h"

enum { WSI_QUANTILE_RANKS = 4 }; /* two for each of two percentiles */

/* What is known after a round. The numbers are whole and at most 2^53, or values of samples, so that a fit holds them.
 */
typedef struct wsi_quantile_found {
    double samples;                   /* seen; NaN when one is no number */
    double begin[WSI_QUANTILE_RANKS]; /* of the rank's key; after the last round the rank's value */
    double rank[WSI_QUANTILE_RANKS];  /* among the samples whose keys begin so */
} wsi_quantile_found;

enum { WSI_QUANTILE_NUMBERS = sizeof(wsi_quantile_found) / sizeof(double) };

/* An accumulator. */
typedef struct wsi_quantile wsi_quantile;

int wsi_quantile_rounds(wsi_dtype type);
size_t wsi_quantile_size(wsi_dtype type, int round);
/* Over zeroed memory; found: by the rounds before (not looked at in round 0). */
void wsi_quantile_init(wsi_quantile *q, wsi_dtype type, int round, const wsi_quantile_found *found);
/* All samples of a rectangle, or those under a mask. */
void wsi_quantile_add(wsi_quantile *q, const wsi_image *im, const wsi_image *mask);
void wsi_quantile_merge(wsi_quantile *q, const wsi_quantile *other);
/* Completes a round for two percentiles (0..100). Errors: INPUT_UNSUPPORTED when there is no sample, NO_MEMORY. */
wsi_status wsi_quantile_finish(const wsi_quantile *q, const double percent[2], wsi_quantile_found *found,
                               wsi_error *err);
/* numpy.percentile(image, percent), linear, after the last round. NaN when any sample is. */
void wsi_quantile_values(const wsi_quantile_found *found, wsi_dtype type, const double percent[2], double value[2]);

#endif
