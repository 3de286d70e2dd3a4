/* Parameters, prepared state and scratch of the rank filters, seen by their rows and their kernels.
 *
 * A neighbourhood is the footprint's pixels that lie inside the image. Minima and maxima are morphology's; means are
 * exact integer sums over rows of chords; percentiles are selected bit by bit, or, like entropies, from a histogram
 * that slides along the row. */
#ifndef WSI_RANK_H
#define WSI_RANK_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"
#include "footprint.h"
#include "median.h"
#include "morphology.h"

/* Footprints end where the median's do: sums of 16-bit samples and counts of pixels fit 32 and 16 bits. */
enum { WSI_RANK_SIDE_MAX = WSI_MEDIAN_WIDTH_MAX, WSI_RANK_RADIUS_MAX = WSI_MEDIAN_RADIUS_MAX };
enum { WSI_RANK_PIXELS_MAX = WSI_RANK_SIDE_MAX * WSI_RANK_SIDE_MAX };

/* rank_percentile's; the others leave p0 alone, morphology's kernels read mode and cval. */
typedef struct wsi_rank_params {
    wsi_footprint_params footprint;
    double p0;
} wsi_rank_params;

/* A pixel of the footprint, relative to its centre. */
typedef struct wsi_rank_place {
    int16_t dx, dy;
} wsi_rank_place;

/* Mean, percentile. When the footprint moves down by a pixel, the places of `enter` come in, and those of `leave`, seen
 * from where it was, go. */
typedef struct wsi_rank_state {
    wsi_footprint footprint;
    int borders; /* places in each of the lists */
    wsi_rank_place enter[WSI_RANK_SIDE_MAX], leave[WSI_RANK_SIDE_MAX];
    double p0;
} wsi_rank_state;

/* Entropy: bits[n] = n log2(n) in units of 2^-32, a multiple of n, so that the sum of bits[count] over all values is
 * kept exactly while a histogram's counts rise and fall. */
typedef struct wsi_rank_entropy_state {
    wsi_rank_state rank;
    int64_t bits[WSI_RANK_PIXELS_MAX + 1];
} wsi_rank_entropy_state;

#define WSI_RANK_ENTROPY_UNIT 0x1p-32

/* Where a histogram counts what lies outside the image: after all values. */
static inline uint32_t wsi_rank_outside(wsi_dtype type)
{
    return type == WSI_U8 ? 256 : 65536;
}

static inline size_t wsi_rank_bins(wsi_dtype type)
{
    return wsi_rank_outside(type) + 16;
}

/* Scratch of means: a ring of sums along source rows, from the row's start to each sample, and sums of a row of
 * results; of percentiles and entropies: a ring of keys, and a result of each sample. Pointers come last. */
static inline size_t wsi_rank_stride(int64_t w, int64_t columns, int channels)
{
    return ((size_t)(w + columns) * (size_t)channels + WSI_MEDIAN_LANES + 15) / 16 * 16;
}

/* The same for all three: rows and results of 32-bit words, numbers of pixels, a histogram with a place for what lies
 * outside, pointers. */
static inline size_t wsi_rank_scratch(int64_t w, int64_t columns, int64_t rows, wsi_pixfmt fmt)
{
    const size_t words = wsi_rank_stride(w, columns, fmt.channels) * ((size_t)rows + 1) + wsi_rank_stride(w, 0, 1);
    return (words + wsi_rank_bins(fmt.type)) * sizeof(uint32_t) + (size_t)rows * sizeof(void *);
}

/* Bytes of a row of the minima that a gradient keeps. */
static inline size_t wsi_rank_plane_row(int64_t w, wsi_pixfmt fmt)
{
    return ((size_t)w * wsi_pixfmt_size(fmt) + 63) / 64 * 64;
}

static inline size_t wsi_rank_plane(int64_t w, int64_t h, wsi_pixfmt fmt)
{
    return (wsi_rank_plane_row(w, fmt) * (size_t)h + 255) / 256 * 256;
}

#endif
