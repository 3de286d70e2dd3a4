/* JPEG tiles of a slide in memory, for comparing decoders: the file's own, or the same pixels compressed anew. */
#ifndef BENCH_JPEG_TILES_H
#define BENCH_JPEG_TILES_H

#include <stddef.h>
#include <stdint.h>

#include "reader/decode-jpeg.h"

typedef struct jpeg_tiles {
    char name[32];
    int side; /* pixels: tiles are square */
    int count, distinct;
    unsigned char **bytes; /* abbreviated streams; tile i has the pixels of tile i % distinct, in memory of its own */
    size_t *sizes;
    unsigned char *tables; /* of all of them */
    size_t tables_size;
    wsi_jpeg_colour colour;
    unsigned char **whole; /* the distinct ones with their tables, for decoders that take no abbreviated streams */
    size_t *whole_sizes;
} jpeg_tiles;

/* Loads the whole tiles of the first directory of a classic little-endian TIFF with RGB-coded JPEG tiles and shared
 * tables (what Aperio's scanners write). The distinct tiles are repeated until they take `bytes` of memory, so that no
 * decoder reads from the processor's cache. 0: cannot. */
int jpeg_tiles_load(const char *path, size_t bytes, jpeg_tiles *out);
/* The pixels of in, cut into tiles of another side and compressed as 4:2:0 YCbCr. */
int jpeg_tiles_recode(const jpeg_tiles *in, int side, int quality, size_t bytes, jpeg_tiles *out);
void jpeg_tiles_free(jpeg_tiles *tiles);

/* Decodes distinct tile i by libjpeg-turbo into side * side * 3 bytes, rows stride bytes apart. */
int jpeg_tiles_decode(wsi_jpeg *jpeg, const jpeg_tiles *tiles, int i, unsigned char *pixels, size_t stride);

#endif
