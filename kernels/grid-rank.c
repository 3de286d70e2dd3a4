/* Ranks of binned values: those of a bin are taken to be spread evenly over it. */
#include "grid-rank.h"

wsi_grid wsi_grid_over(double low, double high)
{
    return (wsi_grid){low, (high - low) / WSI_GRID_BINS};
}

void wsi_grid_merge(uint64_t count[WSI_GRID_BINS], const uint64_t other[WSI_GRID_BINS])
{
    for (int i = 0; i < WSI_GRID_BINS; i++) count[i] += other[i];
}

/* The value of a rank, from 0. */
static double at_rank(const wsi_grid *grid, const uint64_t *count, uint64_t rank)
{
    int bin = 0;
    while (bin < WSI_GRID_BINS - 1 && rank >= count[bin]) rank -= count[bin++];
    const double within = count[bin] ? ((double)rank + 0.5) / (double)count[bin] : 0.5;
    return grid->low + grid->width * ((double)bin + within);
}

wsi_percentile wsi_grid_percentile(const wsi_grid *grid, const uint64_t count[WSI_GRID_BINS], double percent)
{
    uint64_t n = 0;
    for (int i = 0; i < WSI_GRID_BINS; i++) n += count[i];
    const double position = (double)(n - 1) * percent / 100;
    const uint64_t rank = (uint64_t)position, next = rank + 1 < n ? rank + 1 : rank;
    return (wsi_percentile){at_rank(grid, count, rank), at_rank(grid, count, next), position - (double)rank};
}
