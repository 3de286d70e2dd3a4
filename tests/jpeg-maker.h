/* Random JPEG streams of every kind that tiles come in, and a few that they do not. For tests. */
#ifndef JPEG_MAKER_H
#define JPEG_MAKER_H

#include <stddef.h>
#include <stdint.h>

/* xorshift; the state may not be 0. */
uint32_t jpeg_random(uint64_t *state);

typedef enum jpeg_picture { JPEG_TISSUE = 0, JPEG_NOISE, JPEG_FLAT, JPEG_EXTREME, JPEG_PICTURES } jpeg_picture;

typedef struct jpeg_recipe {
    int w, h, components;
    int h_samp, v_samp;     /* of the first component */
    int chroma_h, chroma_v; /* of the others; 0: 1 */
    jpeg_picture picture;
    int quality;
    int ycc;         /* stored as YCbCr (3 components) */
    int adobe, jfif; /* markers */
    int restart;     /* MCUs, or 0 */
    int optimise;    /* Huffman tables of its own */
    int abbreviated; /* tables go to `tables` */
    int progressive, arithmetic;
} jpeg_recipe;

typedef struct jpeg_stream {
    unsigned char *bytes, *tables; /* free(); tables NULL unless abbreviated */
    unsigned long size, tables_size;
} jpeg_stream;

jpeg_recipe jpeg_random_recipe(uint64_t *seed);
jpeg_stream jpeg_make(const jpeg_recipe *recipe, uint64_t *seed);
void jpeg_stream_free(jpeg_stream *stream);

#endif
