/* What the kernels of erosion, dilation, opening and closing share. All of them are minima of keys (keys.cuh). */
#ifndef WSI_CUDA_MORPHOLOGY_CUH
#define WSI_CUDA_MORPHOLOGY_CUH

#include "keys.cuh"
#include "tile.cuh"

#include "morphology-cuda.h"

/* One erosion or dilation of a crop: result (x, y) stands at (x + ox, y + oy) of the source. */
struct morphology_stage {
    tile_source source;
    view dst;
    int ox, oy;
    int use;                               /* key_use: KEY_MIN or KEY_MAX */
    uint64_t outside;                      /* bytes of CONSTANT's sample */
    const wsi_footprint *footprint;        /* in host memory */
    const wsi_footprint *device_footprint; /* and in the device's */
    void *scratch;
};

/* One pass over memory: `samples` across a block, with so many bytes of shared memory (morphology-cuda.h). */
extern "C" wsi_status wsi_cuda_morphology_tile(wsi_stream *stream, const morphology_stage &stage, int samples,
                                               size_t bytes, wsi_error *err);

/* Small footprints on 8-bit images of one channel: 1 where this is one, and its pass. */
extern "C" int wsi_cuda_morphology_marches(const morphology_stage &stage);
extern "C" wsi_status wsi_cuda_morphology_march(wsi_stream *stream, const morphology_stage &stage, wsi_error *err);
/* The same for masks, whichever pass they take. */
extern "C" wsi_status wsi_cuda_morphology_mask(wsi_stream *stream, const morphology_stage &stage, wsi_error *err);
/* An erosion and a dilation by the same symmetric footprint, or the other way round, in one pass, given as the first
 * one with the second one's destination: 1 where this can be, and the pass. outside: bytes of the second one's sample.
 */
extern "C" int wsi_cuda_morphology_pairs(const morphology_stage &first);
extern "C" wsi_status wsi_cuda_morphology_pair(wsi_stream *stream, const morphology_stage &first, uint64_t outside,
                                               wsi_error *err);

/* The half-widths of a footprint's rows, that of row dy in bits 4 dy to 4 dy + 3; ~0 for one that is not symmetric, or
 * reaches beyond 5. */
extern "C" unsigned wsi_cuda_morphology_halves(const wsi_footprint *f);
/* Small footprints on samples that float32 holds: 1 where this is one, and its pass. */
extern "C" int wsi_cuda_morphology_columns(const morphology_stage &stage);
extern "C" wsi_status wsi_cuda_morphology_column(wsi_stream *stream, const morphology_stage &stage, wsi_error *err);

/* Footprints that no tile holds, through planes in scratch. */
extern "C" wsi_status wsi_cuda_morphology_large(wsi_stream *stream, const morphology_stage &stage, wsi_error *err);

#endif
