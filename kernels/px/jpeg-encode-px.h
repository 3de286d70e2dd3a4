/* From pixels to quantised coefficients, as libjpeg does it: 16-bit fixed-point RGB to YCbCr, chroma averaged with a
 * bias that alternates from column to column, the accurate integer transform (Loeffler, Ligtenberg and Moschytz 1989,
 * 12 multiplications; 13-bit constants; rows first, kept to 2 bits more), division with halves rounded away from zero.
 *
 * libjpeg-turbo's vector versions give the same: no sum of 8-bit samples leaves their 16 bits (the least, eight outputs
 * of pass 1 that are -4096 each, is -32768), and their reciprocals divide all of these exactly.
 *
 * Coefficients are bounded: a sample is -128 to 127 after the level shift, so the mean is within -1024 .. 1016, and the
 * sum of a basis function's absolute values bounds the others by 1020 and a rounding. Codes for 10 bits suffice. */
#ifndef WSI_JPEG_ENCODE_PX_H
#define WSI_JPEG_ENCODE_PX_H

#include "px.h"

/* How a tile is cut. Blocks are counted in the order of coding. */
typedef struct wsi_px_jpeg_cut {
    int32_t components;     /* 1 or 3 */
    int32_t x_samp, y_samp; /* pixels that a chroma sample covers */
    int32_t tile;           /* edge */
    int32_t mcus_x;         /* MCUs a row of a tile */
    int32_t luma, blocks;   /* of an MCU: blocks of the first component, of all */
    uint32_t tile_mcus, tile_blocks;
    uint32_t room; /* bytes for a tile's scan, a multiple of 16 */
} wsi_px_jpeg_cut;

/* Dividing by 8 times a quantiser: the transform's results are 8 times the coefficients. */
typedef struct wsi_px_jpeg_divisor {
    uint32_t reciprocal; /* 2^32 / divisor, rounded up */
    uint16_t half;       /* of the divisor */
    uint16_t place;      /* where the coefficient comes in zigzag order */
} __attribute__((aligned(8))) wsi_px_jpeg_divisor;

/* Tables of the first component [0] and of the others [1]. */
typedef struct wsi_px_jpeg_book {
    wsi_px_jpeg_divisor divisors[2][64]; /* row-major */
    uint32_t dc[2][16], ac[2][256];      /* of a symbol: length << 16 | code */
} wsi_px_jpeg_book;

enum { WSI_JPEG_FORWARD_1 = 11, WSI_JPEG_FORWARD_2 = 15, WSI_JPEG_DIVISOR_MAX = 8 * 255 };

static WSI_HD uint8_t wsi_px_jpeg_y(int32_t r, int32_t g, int32_t b)
{
    return (uint8_t)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
}

/* Chroma is rounded so that it stays below 256. */
static WSI_HD uint8_t wsi_px_jpeg_cb(int32_t r, int32_t g, int32_t b)
{
    return (uint8_t)((-11059 * r - 21709 * g + 32768 * b + (128 << 16) + 32767) >> 16);
}

static WSI_HD uint8_t wsi_px_jpeg_cr(int32_t r, int32_t g, int32_t b)
{
    return (uint8_t)((32768 * r - 27439 * g - 5329 * b + (128 << 16) + 32767) >> 16);
}

/* The mean of x_samp * y_samp samples that add up to sum, in column x of the chroma. */
static WSI_HD uint8_t wsi_px_jpeg_mean(int32_t sum, int32_t x_samp, int32_t y_samp, int32_t x)
{
    if (x_samp == 1) return (uint8_t)sum;
    return (uint8_t)(y_samp == 1 ? (sum + (x & 1)) >> 1 : (sum + 1 + (x & 1)) >> 2);
}

/* One pass over 8 values, in place, results rounded and shifted down by `shift` (WSI_JPEG_FORWARD_1, _2). */
static WSI_HD void wsi_px_jpeg_fdct8(int32_t *v, int shift)
{
    const int32_t half = 1 << (shift - 1);
    const int32_t t0 = v[0] + v[7], t7 = v[0] - v[7], t1 = v[1] + v[6], t6 = v[1] - v[6];
    const int32_t t2 = v[2] + v[5], t5 = v[2] - v[5], t3 = v[3] + v[4], t4 = v[3] - v[4];
    const int32_t e0 = t0 + t3, e3 = t0 - t3, e1 = t1 + t2, e2 = t1 - t2;
    const int32_t e = (e2 + e3) * 4433 + half;
    const int32_t z5 = (t4 + t6 + t5 + t7) * 9633 + half;
    const int32_t z1 = (t4 + t7) * -7373, z2 = (t5 + t6) * -20995;
    const int32_t z3 = (t4 + t6) * -16069 + z5, z4 = (t5 + t7) * -3196 + z5;
    v[0] = ((e0 + e1) * 8192 + half) >> shift;
    v[4] = ((e0 - e1) * 8192 + half) >> shift;
    v[2] = (e + e3 * 6270) >> shift;
    v[6] = (e - e2 * 15137) >> shift;
    v[7] = (t4 * 2446 + z1 + z3) >> shift;
    v[5] = (t5 * 16819 + z2 + z4) >> shift;
    v[3] = (t6 * 25172 + z2 + z3) >> shift;
    v[1] = (t7 * 12299 + z1 + z4) >> shift;
}

/* The high half of a product. */
static WSI_HD uint32_t wsi_px_jpeg_high(uint32_t a, uint32_t b)
{
#if defined(__CUDA_ARCH__)
    return __umulhi(a, b);
#else
    return (uint32_t)((uint64_t)a * b >> 32);
#endif
}

/* value / divisor for |value| < 2^16. The reciprocal is too large by less than divisor / 2^32 times itself, which
 * changes no quotient of a number below 2^32 / divisor. */
static WSI_HD int16_t wsi_px_jpeg_quantise(int32_t value, wsi_px_jpeg_divisor d)
{
    const uint32_t magnitude = (uint32_t)(value < 0 ? -value : value);
    const int32_t quotient = (int32_t)wsi_px_jpeg_high(magnitude + d.half, d.reciprocal);
    return (int16_t)(value < 0 ? -quotient : quotient);
}

static WSI_HD wsi_px_jpeg_divisor wsi_px_jpeg_divisor_of(uint32_t quantiser, uint32_t place)
{
    wsi_px_jpeg_divisor d;
    d.reciprocal = 0xFFFFFFFFu / (8 * quantiser) + 1;
    d.half = (uint16_t)(4 * quantiser);
    d.place = (uint16_t)place;
    return d;
}

#endif
