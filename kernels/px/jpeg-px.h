/* What a JPEG decoder knows of a tile, as plain data that host and device share: one set of tables, one tile's
 * geometry, one segment of its scan. Made by jpeg-batch.c from a checked frame; everything that indexes memory with
 * these numbers relies on that. */
#ifndef WSI_JPEG_PX_H
#define WSI_JPEG_PX_H

#include "px.h"

enum {
    WSI_JPEG_LOOK_BITS = 9, /* codes up to this long are looked up, longer ones searched */
    WSI_JPEG_LOOK_SIZE = 1 << WSI_JPEG_LOOK_BITS,
    WSI_JPEG_MCU_BLOCKS = 10, /* T.81 allows no more */
    WSI_JPEG_SLOTS = 6        /* distinct Huffman tables of three components */
};

/* A Huffman table ready for decoding. Codes are canonical: of the codes of n bits and fewer, left-justified in 16
 * bits, all are below limit[n], and all longer codes are not. */
typedef struct wsi_px_jpeg_codes {
    uint32_t limit[17]; /* [0] is 0 */
    int32_t first[17];  /* values[code + first[n]] for a code of n bits */
    uint8_t values[256];
} wsi_px_jpeg_codes;

/* Blocks are stored by columns: sample or coefficient (row, column) at column * 8 + row. */
typedef struct wsi_px_jpeg_set {
    /* Of each component, by columns; devices load 16 bytes at once, of every set of an array. */
    uint16_t quant[3][64] __attribute__((aligned(16)));
    int32_t distinct;     /* Huffman tables in use */
    uint8_t dc[4], ac[4]; /* which table each component uses */
    wsi_px_jpeg_codes codes[WSI_JPEG_SLOTS];
} wsi_px_jpeg_set;

typedef struct wsi_px_jpeg_tile {
    int32_t w, h; /* pixels */
    int32_t components, ycc;
    int32_t set;
    int32_t mcus_x;                                                     /* MCUs a row */
    int32_t blocks;                                                     /* an MCU */
    uint8_t component[WSI_JPEG_MCU_BLOCKS];                             /* of an MCU's block */
    uint8_t block_x[WSI_JPEG_MCU_BLOCKS], block_y[WSI_JPEG_MCU_BLOCKS]; /* its place in the MCU */
    uint8_t across[3], down[3];                                         /* blocks of an MCU, each component */
    uint8_t half_w[3], half_h[3];                                       /* 1: must be upsampled that way */
    int32_t samples_w[3], samples_h[3];                                 /* of each component, without padding */
    int32_t wide[3];                                                    /* blocks a row, with padding */
    uint32_t first[3];                                                  /* component's first block in the batch */
    uint32_t first_block, block_count;                                  /* of the tile in the batch */
    int32_t dst_w, dst_h;
    int64_t dst_stride; /* bytes */
    uint8_t *dst;
} wsi_px_jpeg_tile;

/* Entropy-coded bytes between two restart markers, unstuffed. */
typedef struct wsi_px_jpeg_segment {
    uint32_t word; /* where it begins: 4-byte words into the batch's bytes */
    uint32_t size; /* bytes, less than 2^28; padded with zeros to a whole word */
    int32_t tile;
    uint32_t mcu, mcus; /* first one, and how many */
} wsi_px_jpeg_segment;

/* By columns, of the k-th coefficient in zigzag order (T.81 figure A.6), and 15 places more: a run can end there. */
enum { WSI_JPEG_ORDER_SIZE = 79 };
#define WSI_JPEG_ORDER                                                                                                 \
    {                                                                                                                  \
        0, 8, 1, 2, 9, 16, 24, 17, 10, 3, 4, 11, 18, 25, 32, 40, 33, 26, 19, 12, 5, 6, 13, 20, 27, 34, 41, 48, 56, 49, \
            42, 35, 28, 21, 14, 7, 15, 22, 29, 36, 43, 50, 57, 58, 51, 44, 37, 30, 23, 31, 38, 45, 52, 59, 60, 53, 46, \
            39, 47, 54, 61, 62, 55, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63                     \
    }

#endif
