/* What device-jpeg-encode-cuda.c and the encoder's kernels share: what lies in device memory, and the launches. */
#ifndef WSI_JPEG_ENCODE_CUDA_H
#define WSI_JPEG_ENCODE_CUDA_H

#include "device-private.h"
#include "kernels/jpeg-plan.h"

enum {
    WSI_JPEG_GROUP = 32,   /* blocks whose bits are put together */
    WSI_JPEG_CHUNK = 4096, /* bytes that are stuffed together */
};

/* Blocks of a tile are counted in the order of coding, all blocks tile by tile. */
typedef struct wsi_jpeg_encode_memory {
    const wsi_px_jpeg_book *book;
    struct uint4 *coefficients; /* of a block: 8 times 8, in zigzag order */
    uint32_t *facts;            /* of a block: bits of all but its mean << 16 | its mean */
    uint32_t *places;           /* of a block: bit of its tile's scan */
    uint32_t *bits;             /* of a tile; 0: too many */
    uint32_t *words;            /* cut.room bytes a tile: its scan without stuffing */
    uint32_t *stuffing;         /* of a tile's chunk: bytes of stuffing */
    uint8_t *scans;             /* pinned, cut.room bytes a tile */
    uint32_t *sizes;            /* pinned, of a scan; 0: it does not fit */
} wsi_jpeg_encode_memory;

/* One encoding under way. */
typedef struct wsi_jpeg_encode_job {
    wsi_jpeg_encode_memory memory;
    wsi_px_jpeg_cut cut;
    const uint8_t *pixels;
    int64_t stride;
    int32_t w, h; /* of the block */
    int32_t tiles_x, tiles;
    uint32_t chunks; /* of a tile's room */
} wsi_jpeg_encode_job;

/* From pixels to coefficients and facts. */
wsi_status wsi_cuda_jpeg_coefficients(wsi_stream *stream, const wsi_jpeg_encode_job *job, wsi_error *err);
/* From facts to places and bits, then, with the coefficients, to words. */
wsi_status wsi_cuda_jpeg_places(wsi_stream *stream, const wsi_jpeg_encode_job *job, wsi_error *err);
wsi_status wsi_cuda_jpeg_words(wsi_stream *stream, const wsi_jpeg_encode_job *job, wsi_error *err);
/* From words to scans and sizes. */
wsi_status wsi_cuda_jpeg_stuffing(wsi_stream *stream, const wsi_jpeg_encode_job *job, wsi_error *err);

#endif
