/* The TIFF driver's parts: directories, levels, vendors' metadata, tile decoding.
 *
 * tiff-sniff.c      what kind of TIFF a file is, by a look at its first directory
 * tiff-handle.c     libtiff handles on the slide's own descriptor, silent
 * tiff-directory.c  one directory's tags as plain, checked data
 * tiff-levels.c     which directories are levels, channels and associated images
 * tiff-aperio.c, tiff-ome.c, tiff-philips.c   vendors' descriptions
 * tiff-tile.c       decoding a tile or strip of a directory
 * tiff-samples.c    bits, palettes, byte order and planes to samples
 * tiff-scan.c       huge strips, row by row
 * reader-tiff.c     the driver */
#ifndef WSI_TIFF_PRIVATE_H
#define WSI_TIFF_PRIVATE_H

#include <tiffio.h>

#include "decode-jpeg.h"
#include "reader-private.h"

/* Codes that libtiff's headers do not name. */
enum { WSI_TIFF_J2K_YCC = 33003, WSI_TIFF_J2K_RGB = 33005, WSI_TIFF_JP2K = 34712 };

/* Bytes of one decoded tile or strip; a larger strip is read row by row. */
enum { WSI_TIFF_TILE_MAX = 1 << 28, WSI_TIFF_STRIP_MAX = 64 << 20, WSI_TIFF_SCAN_ROWS = 256 };

typedef enum wsi_tiff_codec {
    WSI_TIFF_RAW = 0, /* uncompressed */
    WSI_TIFF_LIBTIFF, /* LZW, deflate, ...: libtiff decodes from our bytes */
    WSI_TIFF_JPEG,
    WSI_TIFF_JPEG2000,
    WSI_TIFF_UNKNOWN
} wsi_tiff_codec;

/* One image file directory. Written while opening, read-only afterwards. */
typedef struct wsi_tiff_dir {
    uint64_t ifd; /* file offset */
    uint32_t subfile_type;
    int64_t w, h; /* pixels */
    int tiled;
    int64_t tile_w, tile_h; /* pixels; a strip is as wide as the image */
    int64_t across, down;   /* tiles */
    uint16_t bits, samples, sample_format, compression, photometric, planar, fill_order, orientation;
    uint16_t extra_count, extra_first; /* ExtraSamples: number, and the first one's meaning */
    int swapped;                       /* file's byte order is not the host's */
    uint64_t *offsets, *counts;        /* of tile i: bytes in the file */
    uint64_t tile_count;               /* across * down, times samples where planar */
    void *jpeg_tables;
    size_t jpeg_tables_size;
    uint64_t jpeg_tables_id;
    wsi_jpeg_colour jpeg_colour;
    uint8_t (*palette)[3]; /* 2^bits entries, or NULL */
    char *description, *software;
    double x_resolution, y_resolution; /* pixels a unit; 0: not said */
    uint16_t resolution_unit;
    void *icc;
    size_t icc_size;
    uint64_t *sub_ifds;
    int sub_ifd_count, first_sub_dir; /* once read: wsi_tiff.dirs[first_sub_dir ..] */
    /* Derived: what the decoded pixels are. */
    wsi_tiff_codec codec;
    const char *codec_name;
    wsi_pixfmt fmt; /* channels: all samples, 3 for a palette */
    wsi_photometric meaning;
    const char *refusal; /* why its pixels cannot be read, or NULL */
} wsi_tiff_dir;

/* A libtiff handle. Not thread-safe. */
typedef struct wsi_tiff_handle {
    TIFF *tif;
    const wsi_source *source;
    uint64_t position;
    char message[256]; /* libtiff's first complaint since it was cleared */
} wsi_tiff_handle;

/* mode: libtiff's, e.g. "rm". */
wsi_status wsi_tiff_handle_open(wsi_tiff_handle *handle, const wsi_source *source, const char *mode, wsi_error *err);
void wsi_tiff_handle_close(wsi_tiff_handle *handle);

/* 1 when the file begins as a TIFF that this driver reads; 0 for other files, and for those TIFFs that OpenSlide must
 * read (NDPI, Leica, Ventana, Trestle). No allocation. */
int wsi_tiff_sniff(const wsi_source *source);
/* Number of values that a tag of the directory at ifd claims; 0 when it is not there. */
uint64_t wsi_tiff_tag_count(const wsi_source *source, uint64_t ifd, unsigned tag);

/* Reads the handle's current directory. On success the caller owns *out. */
wsi_status wsi_tiff_dir_read(wsi_tiff_handle *handle, wsi_tiff_dir **out, wsi_error *err);
void wsi_tiff_dir_free(wsi_tiff_dir *dir);
/* Decides codec, format and refusal, and the JPEG colour transform by the first tile there is. */
void wsi_tiff_dir_classify(wsi_tiff_dir *dir, const wsi_source *source);

enum { WSI_TIFF_DIRS_MAX = 8192 };

/* One level: the directories that hold its channels (one, unless channels are pages of their own). */
typedef struct wsi_tiff_level {
    int plane_count;
    wsi_tiff_dir *planes[WSI_CHANNELS_MAX];
    struct wsi_tiff_scan *scan; /* rows of huge strips, or NULL */
} wsi_tiff_level;

typedef struct wsi_tiff {
    wsi_tiff_dir **dirs; /* the main chain, in file order; then SubIFDs; owns all */
    int dir_count, chain_count, dir_room;
    int bad_sub_dirs; /* that could not be read */
    wsi_tiff_level levels[WSI_LEVELS_MAX];
    wsi_tiff_dir **associated; /* of info.associated[i] */
    wsi_lender workers;        /* wsi_tiff_worker, one a concurrent call */
    uint64_t next_tables_id;
} wsi_tiff;

#endif
