/* equalize_adapthist: geometry of its blocks, prepared state, and the steps that its row and its CPU kernel share.
 *
 * Samples become indices first: what they are above the lowest value of types of up to 16 bits, else one of 65536
 * levels; of colour images that of the largest of three channels. Indices have bins, and every block of the image has a
 * map from bins to results, from 0 to WSI_CLAHE_TOP. */
#ifndef WSI_CLAHE_H
#define WSI_CLAHE_H

#include "common/cpu.h"
#include "common/image.h"
#include "px/clahe-px.h"

enum {
    WSI_CLAHE_GRAYS = 1 << 14, /* levels that histograms are made of */
    WSI_CLAHE_TOP = WSI_CLAHE_GRAYS - 1,
    WSI_CLAHE_INDICES = 1 << 16,
    WSI_CLAHE_ENTRIES_MAX = 1 << 19, /* blocks times bins */
    WSI_CLAHE_RUN = 256              /* pixels handled at a time */
};

/* Blocks of the whole image; those at the far edges reach beyond it, where the image goes on mirrored. */
typedef struct wsi_clahe_grid {
    int64_t w, h;   /* of the image */
    int64_t kx, ky; /* of a block */
    int64_t nx, ny; /* blocks */
} wsi_clahe_grid;

/* Followed by bins results for each block, row by row. */
typedef struct wsi_clahe_state {
    wsi_clahe_grid grid;
    int64_t bins;
    double low, span;                   /* the results' own range, which becomes 0..1; span 0: clipped to it */
    uint16_t bin_of[WSI_CLAHE_INDICES]; /* of each index */
} wsi_clahe_state;

static inline size_t wsi_clahe_state_size(const wsi_clahe_grid *grid, int64_t bins)
{
    return sizeof(wsi_clahe_state) + (size_t)(grid->nx * grid->ny * bins) * sizeof(uint16_t);
}

/* A block's map. */
static WSI_HD const uint16_t *wsi_clahe_map(const wsi_clahe_state *s, int64_t x, int64_t y)
{
    return (const uint16_t *)(s + 1) + (y * s->grid.nx + x) * s->bins;
}

/* A result as a share of the results' range. */
static WSI_HD double wsi_clahe_share(const wsi_clahe_state *s, int level)
{
    const double v = (double)level;
    if (s->span == 0.0) return wsi_px_clip_f64(v, 0.0, 1.0);
    return (v - s->low) / s->span;
}

/* Indices of n pixels. */
void wsi_clahe_indices(uint16_t *index, const void *pixels, wsi_pixfmt fmt, int64_t n);
/* The level 0..65535 that an index stands for, as img_as_uint gives it. */
int wsi_clahe_level(wsi_pixfmt fmt, int index);
/* Of n floats, how many are not from -1 to 1. */
int64_t wsi_clahe_foreign(const void *pixels, wsi_pixfmt fmt, int64_t n);
/* bin_of for images whose levels range from low to high. */
void wsi_clahe_bins(uint16_t bin_of[WSI_CLAHE_INDICES], wsi_pixfmt fmt, int64_t bins, double low, double high);

/* Adds n <= WSI_CLAHE_RUN pixels from (x, y) of the image on to the blocks' histograms (count: bins of each block). */
void wsi_clahe_count(uint64_t *count, const wsi_clahe_grid *grid, int64_t bins, const uint16_t *bin, int64_t x,
                     int64_t y, int64_t n);
/* A block's map from its histogram, which is spoilt. */
void wsi_clahe_map_of(uint64_t *count, const wsi_clahe_grid *grid, int64_t bins, double clip_limit, double *map);
/* Results of n <= WSI_CLAHE_RUN pixels from (x, y) of the image on, 0 to WSI_CLAHE_TOP. */
typedef void (*wsi_clahe_results_fn)(const wsi_clahe_state *s, const uint16_t *index, int64_t x, int64_t y, int64_t n,
                                     int32_t *result);
/* The one for an instruction set. */
wsi_clahe_results_fn wsi_clahe_results_for(wsi_isa isa);

#endif
