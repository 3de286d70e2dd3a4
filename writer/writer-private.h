/* What the front end (writer.c) and the drivers share. */
#ifndef WSI_WRITER_PRIVATE_H
#define WSI_WRITER_PRIVATE_H

#include "outfile.h"
#include "writer.h"

#include <stdalign.h>
#include <stdatomic.h>

/* Version of the layout of TIFF, HDF5 and md5 outputs: raised when a reader of ours must tell them apart. */
enum { WSI_FORMAT_VERSION = 1 };
/* Decoded bytes of one tile at most. */
enum { WSI_TILE_BYTES_MAX = 1 << 30 };

/* One level of one result: its tile grid and how far it has come. */
typedef struct wsi_sink_level {
    int64_t tiles_x, tiles_y;
    int64_t next; /* raster index of the tile that must be appended next */
} wsi_sink_level;

struct wsi_sink {
    const wsi_writer *writer;
    wsi_sink_spec spec;     /* path, fingerprint_json and provenance_json are the sink's own copies */
    wsi_outfile *file;      /* NULL for drivers without a file */
    wsi_sink_level *levels; /* [result * WSI_LEVELS_MAX + level]; under the writer thread */
    char *bad_tiles;        /* JSON array or NULL */
    _Atomic uint64_t bytes; /* appended; read from any thread */
    alignas(max_align_t) unsigned char priv[]; /* writer->priv_size bytes, zeroed */
};

static inline wsi_sink_level *wsi_sink_level_of(const wsi_sink *sink, int result, int level)
{
    return &sink->levels[(ptrdiff_t)result * WSI_LEVELS_MAX + level];
}

/* Pixels tile (tx, ty) of a level covers, clipped. */
static inline wsi_rect wsi_sink_tile_rect(const wsi_sink *sink, int result, int level, int64_t tx, int64_t ty)
{
    const wsi_result_spec *spec = &sink->spec.results[result];
    const int64_t tile = sink->spec.tile;
    const wsi_rect r = {tx * tile, ty * tile, tile, tile};
    const wsi_rect whole = {0, 0, spec->level_w[level], spec->level_h[level]};
    return wsi_rect_intersect(r, whole);
}

extern const wsi_writer wsi_writer_hdf5, wsi_writer_tiff, wsi_writer_ome_tiff, wsi_writer_svs, wsi_writer_md5,
    wsi_writer_null;

#endif
