/* A random block of pixels to be encoded as JPEG tiles, judged by the writer's encoder. For tests; what runs out of
 * memory ends the program. */
#ifndef JPEG_BLOCK_H
#define JPEG_BLOCK_H

#include <stdint.h>

#include "common/image.h"
#include "kernels/jpeg-plan.h"
#include "writer/encode-jpeg.h"

typedef enum jpeg_subject {
    JPEG_SMOOTH = 0, /* tissue-like */
    JPEG_RANDOM,
    JPEG_ONE_COLOUR,
    JPEG_BLACK_WHITE,
    JPEG_BASIS, /* the signs of basis functions: the largest coefficients there are */
    JPEG_SUBJECTS
} jpeg_subject;

typedef struct jpeg_block {
    wsi_jpeg_settings settings;
    jpeg_subject subject;
    wsi_image image; /* pixels between margins, rows of any pitch */
    void *memory;    /* of the image; wsi_free */
    size_t bytes, start;
    wsi_jpeg_encoder *judge;
    wsi_jpeg_encode_settings device; /* for another encoder */
    uint8_t *stream;                 /* the judge's, of the tile looked at last */
    size_t size, capacity;
} jpeg_block;

/* Random settings and pixels; the tile's edge at most `most` and the block's about 3 of them. Scans have all the room
 * they may need. */
void jpeg_block_make(jpeg_block *block, int64_t most, uint64_t *seed);
/* Random pixels for given settings: a block of w x h. */
void jpeg_block_paint(jpeg_block *block, const wsi_jpeg_settings *settings, jpeg_subject subject, int64_t w, int64_t h,
                      uint64_t *seed);
/* The same for given pixels (copied). */
void jpeg_block_of(jpeg_block *block, const wsi_jpeg_settings *settings, const wsi_image *pixels);
void jpeg_block_free(jpeg_block *block);
int jpeg_block_tiles(const jpeg_block *block);
/* 1 when bytes are the judge's stream of tile i; otherwise text says what it is of. */
int jpeg_block_right(jpeg_block *block, int i, const void *bytes, size_t size, char *text, size_t text_size);

#endif
