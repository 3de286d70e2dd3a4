/* Histograms of whole images by scikit-image's rule (exposure.histogram, source_range='image'), for reductions.
 *
 * Integers have one bin for each value between the smallest and the largest one. Floats have `bins` bins of equal width
 * between them, the last one closed, with the edges and the comparisons that numpy.histogram makes in the image's own
 * type; bool is binned like float64, as there. Types of up to 16 bits are counted in one round; the others need a round
 * of extremes first. */
#ifndef WSI_HISTOGRAM_H
#define WSI_HISTOGRAM_H

#include "common/error-private.h"
#include "common/image.h"

enum {
    WSI_HISTOGRAM_BINS_MAX = 1 << 16, /* of floats */
    WSI_HISTOGRAM_SPAN_MAX = 1 << 18  /* of 32-bit integers */
};

/* An accumulator; what follows it in memory is its own. */
typedef struct wsi_histogram wsi_histogram;

/* A histogram that is complete: its bins from the first to the last that hold a pixel (all of them, of floats). */
typedef struct wsi_levels {
    int64_t n;
    uint64_t *count;
    double *value;          /* of each bin: the integer, or the middle of the bin */
    double lowest, highest; /* values of pixels */
    int integer;            /* 1: values are integers */
    int narrow;             /* 1: values are float32 */
} wsi_levels;

/* 1, or 2: then the range, smallest and largest value, must be known before. */
int wsi_histogram_rounds(wsi_dtype type);
/* 1 when values of the type are sorted into bins of equal width. */
int wsi_histogram_binned(wsi_dtype type);
/* Whether the range allows it. Errors: INPUT_UNSUPPORTED, for NaN and infinities, for a range that is too wide for one
 * bin a value or too narrow for so many bins. */
wsi_status wsi_histogram_check(wsi_dtype type, int64_t bins, const double range[2], wsi_error *err);
/* Bytes of an accumulator for a range that was checked (NULL where it need not be known). */
size_t wsi_histogram_size(wsi_dtype type, int64_t bins, const double *range);
/* Over zeroed memory. */
void wsi_histogram_init(wsi_histogram *h, wsi_dtype type, int64_t bins, const double *range);
/* All samples of a rectangle, or those under a mask. */
void wsi_histogram_add(wsi_histogram *h, const wsi_image *im, const wsi_image *mask);
/* h gets what both hold. */
void wsi_histogram_merge(wsi_histogram *h, const wsi_histogram *other);
/* Makes the levels, freed with wsi_levels_free. Errors: INPUT_UNSUPPORTED when no pixel was counted, NO_MEMORY. */
wsi_status wsi_histogram_levels(const wsi_histogram *h, wsi_levels *levels, wsi_error *err);
/* Levels of so many bins of a float type between the range, all empty. Errors: those of wsi_histogram_check, NO_MEMORY.
 * `edges` (bins + 1 values, may be NULL) gets where they begin and end. */
wsi_status wsi_levels_make(wsi_dtype type, int64_t bins, const double range[2], wsi_levels *levels, double *edges,
                           wsi_error *err);
void wsi_levels_free(wsi_levels *levels);

#endif
