/* A baseline JPEG stream's headers, read: what a decoder of its scan needs. Made by the reader, used by devices. */
#ifndef WSI_JPEG_FRAME_H
#define WSI_JPEG_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* A Huffman table as DHT has it. */
typedef struct wsi_jpeg_huffman {
    uint8_t bits[17];    /* bits[n]: codes of length n; bits[0] unused */
    uint8_t values[256]; /* in order of increasing code */
} wsi_jpeg_huffman;

typedef struct wsi_jpeg_frame {
    int w, h;                      /* pixels */
    int components;                /* 1 or 3 */
    int h_samp[3], v_samp[3];      /* sampling factors */
    int ycc;                       /* 1: YCbCr that becomes RGB, 0: stored as it is */
    int restart_interval;          /* MCUs; 0 = none */
    size_t scan;                   /* offset of the first entropy-coded byte in the stream */
    uint16_t quant[3][64];         /* of each component, in natural (row-major) order */
    wsi_jpeg_huffman dc[3], ac[3]; /* of each component */
} wsi_jpeg_frame;

#endif
