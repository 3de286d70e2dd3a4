/* Which footprints one pass in shared memory serves, known to the rows (scratch) and to the kernels. */
#ifndef WSI_MORPHOLOGY_CUDA_H
#define WSI_MORPHOLOGY_CUDA_H

#include "kernels/morphology.h"

/* A tile is WORDS words across (of 4 bytes, or of 8 for float64), of which at least LEAST are results. */
enum {
    WSI_MORPHOLOGY_TILE_ROWS = 32,
    WSI_MORPHOLOGY_TILE_WORDS = 64,
    WSI_MORPHOLOGY_TILE_LEAST = 24,
    WSI_MORPHOLOGY_TILE_CHORDS = 64,            /* that fit beside a launch's arguments */
    WSI_MORPHOLOGY_TILE_EVERYWHERE = 64 * 1024, /* bytes of shared memory that every GPU has */
    WSI_MORPHOLOGY_PLANES = 4                   /* of scratch where a tile does not serve */
};

/* Samples across that a block computes: a multiple of four; 0 or less: none. columns: of the footprint. */
static inline int wsi_morphology_tile_samples(int64_t columns, wsi_pixfmt fmt)
{
    const int64_t size = (int64_t)wsi_dtype_size(fmt.type), a_word = size == 8 ? 1 : 4 / size;
    const int64_t left = WSI_MORPHOLOGY_TILE_WORDS * a_word - 6 - (columns - 1) * fmt.channels;
    return left < WSI_MORPHOLOGY_TILE_LEAST * a_word ? 0 : (int)(left / 4 * 4);
}

/* Bytes of shared memory for a footprint of so many rows: the tile and its minima over a chord. */
static inline size_t wsi_morphology_tile_bytes(int64_t rows, wsi_pixfmt fmt)
{
    const size_t word = wsi_dtype_size(fmt.type) == 8 ? 8 : 4;
    return 2 * (size_t)(WSI_MORPHOLOGY_TILE_ROWS + rows - 1) * WSI_MORPHOLOGY_TILE_WORDS * word;
}

/* Bytes of one of the planes: keys of the result's size with the footprint's reach around it. */
static inline size_t wsi_morphology_plane(int64_t columns, int64_t rows, int64_t w, int64_t h, wsi_pixfmt fmt)
{
    return ((size_t)(w + columns - 1) * wsi_pixfmt_size(fmt) * (size_t)(h + rows - 1) + 255) / 256 * 256;
}

/* Bytes of a row of what lies between two stages. */
static inline size_t wsi_morphology_middle(int64_t w, wsi_pixfmt fmt)
{
    return ((size_t)w * wsi_pixfmt_size(fmt) + 255) / 256 * 256;
}

#endif
