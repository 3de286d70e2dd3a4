/* A random JPEG tile, perhaps damaged, with the pixels that libjpeg gives for it and room for another decoder's. For
 * tests; what runs out of memory ends the program. */
#ifndef JPEG_SAMPLE_H
#define JPEG_SAMPLE_H

#include "common/image.h"
#include "jpeg-maker.h"
#include "reader/decode-jpeg.h"

typedef struct jpeg_sample {
    jpeg_recipe recipe;
    jpeg_stream stream;
    wsi_image want, got; /* of the tile's clipped size */
    wsi_status status;   /* of libjpeg */
    int tile;            /* the caller's: its place in a batch, or -1 */
} jpeg_sample;

/* Small ones, a few of them progressive. */
jpeg_recipe jpeg_small_recipe(uint64_t *seed);
/* Some tiles are cut, as at a slide's border. */
void jpeg_sample_make(jpeg_sample *sample, const jpeg_recipe *recipe, uint64_t *seed);
void jpeg_sample_free(jpeg_sample *sample);
/* Changes bytes anywhere or in the scan alone, cuts a tail off, moves a piece. */
void jpeg_sample_damage(jpeg_sample *sample, uint64_t *seed);
/* Fills want and status by libjpeg, reads the headers: 1 when the frame is usable. */
int jpeg_sample_read(jpeg_sample *sample, wsi_jpeg *jpeg, wsi_jpeg_frame *frame);
/* 1 when libjpeg has no complaint and got has its pixels; otherwise text says what the sample is. */
int jpeg_sample_right(const jpeg_sample *sample, char *text, size_t size);

#endif
