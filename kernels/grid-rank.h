/* Values of given rank among many that were counted in equal bins, for reductions: order does not matter, and no value
 * is off by more than the width of a bin. */
#ifndef WSI_GRID_RANK_H
#define WSI_GRID_RANK_H

#include <stdint.h>

enum { WSI_GRID_BINS = 1 << 17 };

/* Bin i counts values from low + i * width on. */
typedef struct wsi_grid {
    double low, width;
} wsi_grid;

/* NumPy's percentile is below + part * (above - below). */
typedef struct wsi_percentile {
    double below, above; /* the values of the ranks around it */
    double part;
} wsi_percentile;

/* WSI_GRID_BINS bins for values of low..high; of width 0 where these are equal. */
wsi_grid wsi_grid_over(double low, double high);
/* count gets what both hold. */
void wsi_grid_merge(uint64_t count[WSI_GRID_BINS], const uint64_t other[WSI_GRID_BINS]);
/* percent in 0..100; at least one value is counted. */
wsi_percentile wsi_grid_percentile(const wsi_grid *grid, const uint64_t count[WSI_GRID_BINS], double percent);

/* What a value is multiplied by, less low, for the number of its bin. */
static inline float wsi_grid_scale(const wsi_grid *grid)
{
    return grid->width > 0 ? (float)(1 / grid->width) : 0;
}

/* The bin of a value; scale: wsi_grid_scale. */
static inline int wsi_grid_bin(float value, float low, float scale)
{
    const int bin = (int)((value - low) * scale);
    return bin < 0 ? 0 : bin < WSI_GRID_BINS ? bin : WSI_GRID_BINS - 1;
}

#endif
