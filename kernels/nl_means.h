/* Parameters, prepared state and scratch of `denoise_nl_means`, seen by its row and its kernels.
 *
 * With r the patch's radius, the distance of two patches is taken over 2r x 2r pixels, the first row and column of the
 * patch left out: as the reference's integral images do. The distance from p to p + t is that from p + t back, so
 * shifts are taken in pairs: none first, then for each shift of the half-plane (down, or right on the same row) it and
 * its opposite. All back ends add up in this order. */
#ifndef WSI_NL_MEANS_H
#define WSI_NL_MEANS_H

#include <stddef.h>
#include <stdint.h>

enum { WSI_NL_MEANS_PATCH_MAX = 25, WSI_NL_MEANS_DISTANCE_MAX = 64 };

typedef struct wsi_nl_means_params {
    int64_t patch_size, patch_distance;
    double h, sigma;
    int preserve_range;
} wsi_nl_means_params;

typedef struct wsi_nl_means_state {
    int radius, distance; /* of the patch; how far patches are looked for */
    double scale, least;  /* img_as_float: its factor, and -1, where it ends for signed integers, else -inf */
    double noise;         /* what a sum of squared differences has from noise alone */
    double inverse;       /* 1 / (channels h^2 patch_size^2) */
} wsi_nl_means_state;

/* The largest block of a CPU. */
enum { WSI_NL_MEANS_COLUMNS = 64, WSI_NL_MEANS_ROWS = 32 };

/* A block's arrays, sizes and offsets in float64s. The source with the halo, each channel by itself; squared
 * differences and their sums, of a block with the shift and the patch's reach; sums of weights and of weighted values.
 */
typedef struct wsi_nl_means_layout {
    int64_t columns, rows;       /* pixels whose results are computed together */
    int64_t reach;               /* halo: radius + distance */
    int64_t pitch, plane;        /* a row and a channel of the source */
    int64_t run_pitch, run_rows; /* of differences */
    int64_t runs, sums, weights, values, bytes;
} wsi_nl_means_layout;

/* Of a block of columns x rows, columns a multiple of 16. */
static inline wsi_nl_means_layout wsi_nl_means_plan(int radius, int distance, int channels, int64_t columns,
                                                    int64_t rows)
{
    wsi_nl_means_layout l;
    l.columns = columns;
    l.rows = rows;
    l.reach = radius + distance;
    l.pitch = (columns + 2 * l.reach + 15) / 16 * 16;
    l.plane = l.pitch * (rows + 2 * l.reach);
    l.run_pitch = (columns + distance + 2 * radius - 1 + 15) / 16 * 16;
    l.run_rows = rows + distance + 2 * radius - 1;
    l.runs = l.plane * channels + 64;                 /* differences of the last row look beyond it */
    l.sums = l.runs + l.run_pitch * (l.run_rows + 1); /* sums across look a little beyond the last row */
    l.weights = l.sums + l.run_pitch * (l.run_rows + 1);
    l.values = l.weights + columns * rows;
    l.bytes = (l.values + columns * rows * channels) * (int64_t)sizeof(double);
    return l;
}

/* A GPU's plane is of whole tiles of results. */
enum { WSI_NL_MEANS_TILE_COLUMNS = 32, WSI_NL_MEANS_TILE_ROWS = 16 };

static inline int wsi_nl_means_padded(int64_t n, int tile)
{
    return (int)((n + tile - 1) / tile * tile);
}

#endif
