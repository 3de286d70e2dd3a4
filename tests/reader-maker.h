/* TIFF files made by hand for reader tests: every tag is under the test's control, so that files can lie. */
#ifndef WSI_READER_MAKER_H
#define WSI_READER_MAKER_H

#include <stddef.h>
#include <stdint.h>

enum { MAKER_TAGS_MAX = 40, MAKER_VALUES_MAX = 64, MAKER_TILE_MAX = 128 };

typedef struct maker_tag {
    uint16_t tag, type; /* type: 2 text, 3 short, 4 long, 5 rational (value pairs), 7 bytes, 16 long8 */
    uint64_t count;
    uint64_t values[MAKER_VALUES_MAX];
    const void *bytes; /* types 2 and 7 */
} maker_tag;

typedef struct maker {
    int big, big_endian;
    unsigned char *data;
    size_t size, room;
    size_t link; /* where the next directory's offset goes */
    maker_tag tags[MAKER_TAGS_MAX];
    int tag_count;
} maker;

void maker_start(maker *m, int big, int big_endian);
/* Appends bytes; returns their offset. */
uint64_t maker_bytes(maker *m, const void *bytes, size_t size);
/* Sets (or replaces) a tag of the directory to come. */
void maker_tag1(maker *m, uint16_t tag, uint16_t type, uint64_t value);
void maker_tags(maker *m, uint16_t tag, uint16_t type, const uint64_t *values, int count);
void maker_text(maker *m, uint16_t tag, const char *text);
void maker_drop(maker *m, uint16_t tag);
/* Width, height, bits, samples, photometric, compression and, for tile > 0, tile size; else one strip. */
void maker_image(maker *m, uint32_t w, uint32_t h, int samples, int bits, int photometric, int compression,
                 uint32_t tile);
/* As maker_image: uncompressed 8-bit grey tiles, tile i (in raster order) full of the value first + i. */
void maker_grey_tiles(maker *m, uint32_t w, uint32_t h, uint32_t tile, int first);
/* As maker_image: one uncompressed strip of one sample a pixel. */
void maker_strip(maker *m, uint32_t w, uint32_t h, int bits, int photometric, const void *bytes, size_t size);
/* Writes the directory and links it; returns its offset. */
uint64_t maker_directory(maker *m);
/* As maker_directory, but outside the chain (a SubIFD). */
uint64_t maker_sub_directory(maker *m);
/* Writes the file and frees the buffer. */
void maker_save(maker *m, const char *path);
/* Writes bytes to path. */
void maker_write(const char *path, const void *bytes, size_t size);
/* A whole file in memory (free it), or NULL. */
unsigned char *maker_load(const char *path, size_t *size);
/* Name of a scratch file of this process; made in $TMPDIR or /tmp. Static buffers, one for each n (0 to 7). */
const char *maker_path(int n);
/* Folder of the test data, or NULL. */
const char *maker_data(void);

#endif
