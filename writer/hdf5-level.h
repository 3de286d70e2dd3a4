/* A level of an image in one of our HDF5 files: its shape, and its chunks as they lie there, decoded here, so that no
 * filter plugin is needed. For verifying and for reading back. Callers silence HDF5 first (hdf5-util.h). */
#ifndef WSI_HDF5_LEVEL_H
#define WSI_HDF5_LEVEL_H

#include "common/error-private.h"
#include "common/image.h"
#include "writer.h"

#include <hdf5.h>

typedef struct wsi_hdf5_level {
    int rank; /* 2: one channel; 3 */
    hsize_t dims[3], chunk[3];
    wsi_codec codec;
    int shuffled;
    size_t sample; /* bytes */
    size_t raw;    /* bytes of a decoded chunk, at most WSI_TILE_BYTES_MAX */
} wsi_hdf5_level;

/* Buffers of one chunk, kept from one to the next; zeroed by the caller, freed by wsi_hdf5_chunk_clear. */
typedef struct wsi_hdf5_chunk {
    unsigned char *encoded, *raw;
    size_t encoded_size, raw_size;
} wsi_hdf5_chunk;

/* Errors: VERIFY: not a tiled image of ours. The file is not trusted. */
wsi_status wsi_hdf5_level_read(hid_t dataset, wsi_hdf5_level *level, wsi_error *err);
/* Sample type of a dataset as our files have them. Errors: VERIFY. */
wsi_status wsi_hdf5_level_type(hid_t dataset, wsi_dtype *type, wsi_error *err);

/* Fetches the encoded bytes of the chunk at offset into chunk->encoded. Errors: VERIFY, NO_MEMORY. */
wsi_status wsi_hdf5_chunk_fetch(hid_t dataset, const wsi_hdf5_level *level, const hsize_t offset[3],
                                wsi_hdf5_chunk *chunk, size_t *size, wsi_error *err);
/* Decodes what was fetched into chunk->raw, bytes still shuffled where they are. Errors: VERIFY, NO_MEMORY. */
wsi_status wsi_hdf5_chunk_decode(const wsi_hdf5_level *level, wsi_hdf5_chunk *chunk, size_t size, wsi_error *err);
void wsi_hdf5_chunk_clear(wsi_hdf5_chunk *chunk);

#endif
