/* What an output says about itself: one JSON object a result, the same facts in TIFF and HDF5. */
#ifndef WSI_DESCRIBE_H
#define WSI_DESCRIBE_H

#include "digest.h"
#include "writer-private.h"

#include <jansson.h>

/* What is known of a level once its last tile has been appended. */
typedef struct wsi_level_record {
    wsi_digest *digest; /* SHA-256 over the encoded tiles in raster order */
    char sha256[WSI_DIGEST_HEX_MAX];
    uint64_t bytes; /* encoded */
} wsi_level_record;

/* Running digests for every level of a result; levels is an array of WSI_LEVELS_MAX. */
wsi_status wsi_level_records_open(const wsi_sink *sink, int result, wsi_level_record *levels, wsi_error *err);
wsi_status wsi_level_record_add(wsi_level_record *level, const void *bytes, size_t size, wsi_error *err);
wsi_status wsi_level_records_close(const wsi_sink *sink, int result, wsi_level_record *levels, wsi_error *err);
void wsi_level_records_destroy(wsi_level_record *levels);

/* Object: wsiproc, format_version, result, chain, dtype, stored, channels, compression, levels (w, h, tile, tiles,
 * downsample, bytes, sha256), provenance, fingerprint, bad_tiles. NULL when out of memory. */
json_t *wsi_describe(const wsi_sink *sink, int result, const wsi_level_record *levels);
/* Micrometres a pixel of a level; 0 = unknown. */
double wsi_level_mpp_x(const wsi_sink *sink, int result, int level);
double wsi_level_mpp_y(const wsi_sink *sink, int result, int level);
/* The source's ICC profile when the result's pixels still are what it describes (8-bit RGB); NULL otherwise. */
const void *wsi_result_icc(const wsi_sink *sink, int result, size_t *size);

#endif
