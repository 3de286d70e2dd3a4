/* Sinks: where results go. One driver a file, one array of them (writer.c).
 *
 * A sink is one output file holding one or more results, each a pyramid of tiled levels. Its life:
 * open (makes a part file), then for every tile encode (any worker thread) and append (one writer thread, in the
 * order the caller fixes), then finish (attributes, digests, fsync, rename to PATH) or abort (removes it). */
#ifndef WSI_WRITER_H
#define WSI_WRITER_H

#include <wsiproc/slide.h>

#include "common/error-private.h"
#include "common/image.h"
#include "common/jpeg-encoding.h"

typedef struct wsi_sink wsi_sink;

typedef enum wsi_codec {
    WSI_CODEC_NONE = 0,
    WSI_CODEC_DEFLATE,
    WSI_CODEC_ZSTD,
    WSI_CODEC_LZW,
    WSI_CODEC_JPEG
} wsi_codec;

typedef enum wsi_subsampling { WSI_SUBSAMPLING_444 = 0, WSI_SUBSAMPLING_422, WSI_SUBSAMPLING_420 } wsi_subsampling;

/* One written result. */
typedef struct wsi_result_spec {
    const char *name; /* group or image name */
    wsi_pixfmt fmt;   /* as stored; BOOL is stored as uint8 0/255 */
    int nearest;      /* 1: labels and masks, pyramid by nearest; 0: by 2x2 means */
    int level_count;
    int64_t level_w[WSI_LEVELS_MAX], level_h[WSI_LEVELS_MAX];
    double downsample[WSI_LEVELS_MAX]; /* source level-0 pixels a pixel of this level across, for mpp */
    double aspect;                     /* of a pixel: height over width, in source pixels; 0 = 1 */
    const char *chain;                 /* canonical text of the steps that lead to this result */
    int number;                        /* of the result within its job */
} wsi_result_spec;

/* A tile of a result as it is stored, but not compressed. */
typedef struct wsi_taken_tile {
    const char *name; /* of the result */
    int number;       /* of the result within its job */
    int level;        /* of its pyramid */
    int64_t level_w, level_h;
    wsi_rect at;      /* in that level */
    wsi_image pixels; /* of that rectangle; in the caller's hands until take() returns */
    int on_device;    /* 1: pixels.data is memory of GPU `device`, and complete */
    int device;
} wsi_taken_tile;

/* Somebody who takes tiles beside a file, or instead of one. */
typedef struct wsi_taker {
    void *user;
    int in_order;   /* 1: one thread at a time and in raster order within a level of a result; 0: any thread, many at
                       once, as tiles are finished */
    int all_levels; /* 1: those above 0 as well */
    int on_device;  /* 1: device memory is welcome, not in_order */
    wsi_status (*take)(void *user, const wsi_taken_tile *tile, wsi_error *err);
} wsi_taker;

typedef struct wsi_sink_spec {
    const char *path; /* final name; unused by `null`. `md5` writes a text file there */
    wsi_codec codec;
    int level;   /* deflate 1..12, zstd 1..19; 0 = the codec's default here */
    int quality; /* JPEG 1..100 */
    wsi_subsampling subsampling;
    int64_t tile; /* output tile edge, multiple of 16 */
    int force_bigtiff;
    const wsi_slide_info *source; /* mpp, objective, ICC; may be NULL in tests */
    const char *fingerprint_json; /* object: what made this output; compared on rerun */
    const char *provenance_json;  /* object: chain, source, versions; deterministic, no time, host or path */
    int result_count;
    const wsi_result_spec *results; /* images; borrowed until finish or abort */
    const wsi_taker *taker;         /* NULL: none. in_order: the sink gives it the tiles, otherwise the caller does */
} wsi_sink_spec;

typedef struct wsi_writer {
    const char *name; /* "hdf5", "tiff", "ome-tiff", "svs", "null", "md5" */
    const char *summary;
    const char *extension; /* ".h5", ".tif", ".ome.tif", ".svs", "", ".md5" */
    int many_results;      /* 1: one file holds all results (STEM.h5); 0: one file a result (STEM.NAME.tif) */
    int holds_tables;      /* 1: wsi_sink_table works; then there may be no result beside tables */
    int is_tiff;           /* 1: force_bigtiff means something */
    int discards;          /* 1: keeps nothing, and looks at no pixel */
    unsigned codecs;       /* bit set of 1u << WSI_CODEC_x */
    wsi_codec default_codec;
    wsi_subsampling fine_subsampling; /* of JPEG from quality 90 up, where none is asked for (optional: 4:4:4) */
    int64_t default_tile;
    int64_t last_edge; /* levels end with the first of at most this many pixels a side, or with one that fits one tile
                          (optional: with the latter) */
    /* Stored format for a result's format, e.g. JPEG: uint8; refuses (USAGE) what cannot be stored. */
    wsi_status (*stored)(wsi_codec codec, wsi_pixfmt in, wsi_pixfmt *out, wsi_error *err);
    size_t priv_size; /* the front end allocates this after its own struct */
    wsi_status (*open)(wsi_sink *sink, wsi_error *err);
    /* Bytes wsi_sink_encode may need at most for one tile of that result. */
    size_t (*bound)(const wsi_sink *sink, int result);
    wsi_status (*encode)(wsi_sink *sink, int result, int level, const wsi_image *tile, void *out, size_t capacity,
                         size_t *size, wsi_error *err);
    /* As wsi_sink_encode_bits (optional: no bits are taken). */
    wsi_status (*encode_bits)(wsi_sink *sink, int result, int level, const void *bits, void *out, size_t capacity,
                              size_t *size, wsi_error *err);
    /* As wsi_sink_jpeg; called when the codec is JPEG (optional: such tiles are encoded by `encode` alone). */
    wsi_status (*jpeg)(wsi_sink *sink, int result, wsi_jpeg_encoding *out, wsi_error *err);
    /* The level of a result whose pixels the driver wants to see, -1: none (optional: none). Its tiles must not be
     * taken as bits or described by `jpeg`, which would pass by their pixels. */
    int (*seen_level)(const wsi_sink *sink, int result);
    /* A tile of that level; with seen_level. Any thread, many at once, each tile once. */
    void (*see)(wsi_sink *sink, int result, int64_t tx, int64_t ty, const wsi_image *tile);
    wsi_status (*append)(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                         wsi_error *err);
    wsi_status (*finish)(wsi_sink *sink, wsi_error *err);
    void (*abort)(wsi_sink *sink); /* must cope with a half-built sink */
} wsi_writer;

const wsi_writer *const *wsi_writers(int *count);
const wsi_writer *wsi_writer_find(const char *name);
const char *wsi_codec_name(wsi_codec codec);
int wsi_codec_parse(const char *name, wsi_codec *out);

/* Creates the output's folders and part file. Errors: OUTPUT, OUTPUT_FULL, USAGE. Message starts with the path. */
wsi_status wsi_sink_open(const wsi_writer *writer, const wsi_sink_spec *spec, wsi_sink **out, wsi_error *err);
/* Upper bound of wsi_sink_encode's output. Any thread. */
size_t wsi_sink_bound(const wsi_sink *sink, int result);
/* Compresses one tile. `tile` is the tile's clipped rectangle of the level (at most tile x tile; smaller at the
 * right and bottom edges: the driver pads as its format wants). Deterministic. Any thread, many at once. */
wsi_status wsi_sink_encode(wsi_sink *sink, int result, int level, const wsi_image *tile, void *out, size_t capacity,
                           size_t *size, wsi_error *err);
/* 1 when the taker wants tiles of that level. */
static inline int wsi_taker_wants(const wsi_taker *taker, int level)
{
    return taker && (level == 0 || taker->all_levels);
}
/* 1 when it takes tiles from device memory where they are there. */
static inline int wsi_taker_on_device(const wsi_taker *taker)
{
    return taker && taker->on_device && !taker->in_order;
}
/* The same for a whole tile of a BOOL result of one channel given as bits, row after row, the first pixel of a byte
 * lowest; 8-byte aligned. The same bytes as wsi_sink_encode's; *size 0: this tile is not taken so, give its pixels,
 * as always when there is a taker. */
wsi_status wsi_sink_encode_bits(wsi_sink *sink, int result, int level, const void *bits, void *out, size_t capacity,
                                size_t *size, wsi_error *err);
/* How tiles of that result become JPEG: a tile encoded so elsewhere has the bytes that wsi_sink_encode gives for it.
 * out->frame.components is 0 where tiles do not become JPEG, or there is a taker. Any thread. */
wsi_status wsi_sink_jpeg(wsi_sink *sink, int result, wsi_jpeg_encoding *out, wsi_error *err);
/* 1 when the sink makes something of its own of that level's pixels (a thumbnail): each of its tiles must then be shown
 * by wsi_sink_see, whoever encodes it. */
int wsi_sink_sees(const wsi_sink *sink, int result, int level);
/* Shows one tile, clipped as for wsi_sink_encode, before the sink is finished. Any thread, many at once, each once. */
wsi_status wsi_sink_see(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const wsi_image *tile,
                        wsi_error *err);
/* Writes one encoded tile. One thread at a time; within a level tiles come in raster order. */
wsi_status wsi_sink_append(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *bytes,
                           size_t size, wsi_error *err);
/* Bad tiles of the source that were filled (--on-bad-tile fill), to be recorded in the output: JSON array of
 * {"level":L,"x":TX,"y":TY}; call before finish. */
wsi_status wsi_sink_set_bad_tiles(wsi_sink *sink, const char *json, wsi_error *err);
/* Completes the file, makes it durable and renames it; frees the sink in every case, removing the part file on failure.
 */
wsi_status wsi_sink_finish(wsi_sink **sink, wsi_error *err);
void wsi_sink_abort(wsi_sink **sink);
/* Bytes appended so far. */
uint64_t wsi_sink_bytes(const wsi_sink *sink);

/* The fingerprint object stored in an existing output, as JSON text the caller frees with wsi_free.
 * Errors: OUTPUT (not there), VERIFY (there, but not a complete output of ours). */
wsi_status wsi_output_fingerprint(const char *path, char **json, wsi_error *err);

/* Reads an output in full: structure, every tile decodes to its size, digests, provenance. WSI_ERR_VERIFY names
 * what is wrong; on success *summary (freed by the caller) is a JSON object: format, results, levels, tiles, bytes. */
wsi_status wsi_output_verify(const char *path, char **summary, wsi_error *err);

#endif
