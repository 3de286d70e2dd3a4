/* What device-jpeg-cuda.c and the JPEG kernels share: a batch in device memory, and the launches. */
#ifndef WSI_JPEG_CUDA_H
#define WSI_JPEG_CUDA_H

#include "device-private.h"
#include "kernels/jpeg-batch.h"

/* Device memory. coefficients: 64 a block, by columns, of all tiles. planes: the samples of as many tiles as fit,
 * 64 a block; a tile's begin at its first block's place less the chunk's. bad: one flag a tile. */
typedef struct wsi_jpeg_memory {
    wsi_px_jpeg_set *sets;
    wsi_px_jpeg_tile *tiles;
    wsi_px_jpeg_segment *segments;
    wsi_jpeg_group *groups;
    uint32_t *words;
    int16_t *coefficients;
    uint8_t *planes;
    uint32_t *bad;
} wsi_jpeg_memory;

/* Tiles that are transformed and coloured together. */
typedef struct wsi_jpeg_chunk {
    int first, count;
    uint32_t first_block;
    uint32_t most_blocks; /* of one tile */
    int most_w, most_h;   /* pixels of one dst */
} wsi_jpeg_chunk;

enum { WSI_JPEG_WARPS = 2 };

/* Decodes the scans of `groups` groups of at most lanes * WSI_JPEG_WARPS segments. lanes: threads in use of a warp, 1
 * to
 * 32. The coefficients of the batch are zero before. */
wsi_status wsi_cuda_jpeg_scans(wsi_stream *stream, const wsi_jpeg_memory *memory, int groups, int lanes,
                               wsi_error *err);
/* From coefficients to samples, then, for tiles that are not bad, to pixels. */
wsi_status wsi_cuda_jpeg_samples(wsi_stream *stream, const wsi_jpeg_memory *memory, const wsi_jpeg_chunk *chunk,
                                 wsi_error *err);
wsi_status wsi_cuda_jpeg_pixels(wsi_stream *stream, const wsi_jpeg_memory *memory, const wsi_jpeg_chunk *chunk,
                                wsi_error *err);

#endif
