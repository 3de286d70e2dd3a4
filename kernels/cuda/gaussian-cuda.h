/* Which radii one pass over memory serves, known to the row (scratch) and to the kernels. */
#ifndef WSI_GAUSSIAN_CUDA_H
#define WSI_GAUSSIAN_CUDA_H

#include <stddef.h>
#include <stdint.h>

/* Outputs a block computes and the columns it loads; a row of the tile is an odd number of floats long, so that a
 * column and a row of it lie in as many banks. */
enum {
    WSI_GAUSSIAN_TILE_ROWS = 32,
    WSI_GAUSSIAN_TILE_COLUMNS = 256,
    WSI_GAUSSIAN_TILE_PITCH = 257,
    WSI_GAUSSIAN_TILE_RUN = 8,                /* outputs a thread computes side by side */
    WSI_GAUSSIAN_TILE_RADIUS = 96,            /* weights that fit beside a launch's arguments */
    WSI_GAUSSIAN_TILE_LEAST = 64,             /* samples across: with fewer, most of a tile is halo */
    WSI_GAUSSIAN_TILE_EVERYWHERE = 64 * 1024, /* bytes of shared memory that every GPU has */
    WSI_GAUSSIAN_MARCH_RADIUS = 20,           /* whose window a thread's registers hold */
    WSI_GAUSSIAN_MARCH_COLOURS = 3,           /* channels; unless they are bytes, with radii up to */
    WSI_GAUSSIAN_MARCH_COLOUR_RADIUS = 8      /* where a run has all of them */
};

/* 1 where threads march down columns instead (gaussian-march-cuda.cu). bytes: 1 where the source and the results are
 * uint8. */
static inline int wsi_gaussian_marches(int ry, int rx, int channels, int bytes)
{
    const int colours = bytes ? WSI_GAUSSIAN_MARCH_RADIUS : WSI_GAUSSIAN_MARCH_COLOUR_RADIUS;
    const int most = channels == 1 ? WSI_GAUSSIAN_MARCH_RADIUS : channels == WSI_GAUSSIAN_MARCH_COLOURS ? colours : -1;
    return ry <= most && rx <= most;
}

/* Pixels across that a block computes: a multiple of a thread's run. */
static inline int wsi_gaussian_tile_pixels(int rx, int channels)
{
    const int samples = WSI_GAUSSIAN_TILE_COLUMNS - 3 - 2 * rx * channels; /* 3: the tile starts at a vector */
    return samples <= 0 ? 0 : samples / channels / WSI_GAUSSIAN_TILE_RUN * WSI_GAUSSIAN_TILE_RUN;
}

/* Bytes of shared memory; SIZE_MAX when a tile does not serve. */
static inline size_t wsi_gaussian_tile_bytes(int ry, int rx, int channels)
{
    if (ry > WSI_GAUSSIAN_TILE_RADIUS || rx > WSI_GAUSSIAN_TILE_RADIUS ||
        wsi_gaussian_tile_pixels(rx, channels) * channels < WSI_GAUSSIAN_TILE_LEAST)
        return SIZE_MAX;
    return (size_t)(WSI_GAUSSIAN_TILE_ROWS + 2 * ry) * WSI_GAUSSIAN_TILE_PITCH * sizeof(float);
}

#endif
