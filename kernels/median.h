/* Parameters, prepared state and scratch of `median`, seen by its row and its kernels. */
#ifndef WSI_MEDIAN_H
#define WSI_MEDIAN_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"
#include "edge.h"
#include "footprint.h"

typedef struct wsi_median_params {
    wsi_footprint_params footprint;
    int mode; /* wsi_edge */
    double cval;
} wsi_median_params;

typedef struct wsi_median_state {
    wsi_footprint footprint;
    wsi_edge mode;
    unsigned char outside[sizeof(double)]; /* CONSTANT's sample */
} wsi_median_state;

/* Largest footprint whose median is selected by a comparison network; larger ones are found bit by bit, and in
 * 8-bit images beyond WSI_MEDIAN_COUNTED, where an 8-bit counter would overflow, by a sliding histogram. */
enum { WSI_MEDIAN_NETWORK = 49, WSI_MEDIAN_COUNTED = 255 };

/* Footprints end at 255 x 255 pixels, so that 16-bit counters hold their size. */
enum { WSI_MEDIAN_RADIUS_MAX = 127, WSI_MEDIAN_WIDTH_MAX = 255 };

/* Samples computed at a time; rows of the window have that much slack. */
enum { WSI_MEDIAN_LANES = 64 };

/* The window: one row a row of the footprint, each with the footprint's reach on both sides, as order-preserving
 * unsigned keys of the sample's size. In bytes. */
static inline size_t wsi_median_stride(int64_t w, int64_t columns, wsi_pixfmt fmt)
{
    const size_t samples = (size_t)(w + columns) * (size_t)fmt.channels + WSI_MEDIAN_LANES;
    return (samples * wsi_dtype_size(fmt.type) + 63) / 64 * 64 + 64;
}

#endif
