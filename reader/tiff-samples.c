/* From decoded bytes to samples: packed bits, palettes, byte order, white-is-zero, planes into pixels. Pure loops. */
#include "tiff-tile.h"

#include <string.h>

size_t wsi_tiff_row_bytes(const wsi_tiff_dir *d, int samples)
{
    size_t bits;
    if (!wsi_mul_size((size_t)d->tile_w, (size_t)samples * d->bits, &bits) || bits > SIZE_MAX - 7) return 0;
    return (bits + 7) / 8;
}

/* Grey of 1, 2 and 4 bits is stretched to 0 .. 255. */
static void unpack_bits(const wsi_tiff_dir *d, const unsigned char *src, uint8_t *dst, int64_t w)
{
    const int bits = d->bits, per_byte = 8 / bits, mask = (1 << bits) - 1, scale = 255 / mask;
    for (int64_t x = 0; x < w; x++) {
        const int v = src[x / per_byte] >> (8 - bits * (int)(x % per_byte + 1)) & mask;
        if (d->palette) {
            memcpy(dst + 3 * x, d->palette[v], 3);
        } else {
            dst[x] = (uint8_t)(v * scale);
        }
    }
}

void wsi_tiff_unpack(const wsi_tiff_dir *d, const wsi_tiff_rows *rows, const wsi_image *dst)
{
    for (int64_t y = 0; y < dst->h; y++) {
        const unsigned char *src = rows->data + (size_t)y * rows->stride;
        if (d->bits < 8 || d->palette) {
            unpack_bits(d, src, wsi_image_row(dst, y), dst->w);
        } else {
            memcpy(wsi_image_row(dst, y), src, (size_t)dst->w * (size_t)rows->samples * wsi_dtype_size(dst->fmt.type));
        }
    }
}

/* For unsigned and signed integers alike: max - v and -1 - v are both the complement of every bit. */
void wsi_tiff_invert(const wsi_image *im)
{
    const size_t n = (size_t)im->w * wsi_pixfmt_size(im->fmt);
    for (int64_t y = 0; y < im->h; y++) {
        uint8_t *row = wsi_image_row(im, y);
        for (size_t i = 0; i < n; i++) row[i] = (uint8_t)~row[i];
    }
}

void wsi_tiff_fix_raw(const wsi_tiff_dir *d, void *data, size_t size)
{
    if (d->fill_order == FILLORDER_LSB2MSB) TIFFReverseBits(data, (tmsize_t)size);
    if (!d->swapped) return;
    if (d->bits == 16) TIFFSwabArrayOfShort(data, (tmsize_t)(size / 2));
    if (d->bits == 32) TIFFSwabArrayOfLong(data, (tmsize_t)(size / 4));
    if (d->bits == 64) TIFFSwabArrayOfLong8(data, (tmsize_t)(size / 8));
}

#define SCATTER(name, type)                                                                                            \
    static void name(const void *from, int n, void *to, int step, int64_t w)                                           \
    {                                                                                                                  \
        const type *s = from;                                                                                          \
        type *t = to;                                                                                                  \
        for (int64_t x = 0; x < w; x++, s += n, t += step) {                                                           \
            for (int c = 0; c < n; c++) t[c] = s[c];                                                                   \
        }                                                                                                              \
    }
SCATTER(scatter8, uint8_t)
SCATTER(scatter16, uint16_t)
SCATTER(scatter32, uint32_t)
SCATTER(scatter64, uint64_t)

void wsi_tiff_scatter(const wsi_image *src, int channel, const wsi_image *dst)
{
    const size_t size = wsi_dtype_size(dst->fmt.type);
    const int n = src->fmt.channels, step = dst->fmt.channels;
    for (int64_t y = 0; y < dst->h; y++) {
        const void *from = wsi_image_row(src, y);
        void *to = (char *)wsi_image_row(dst, y) + (size_t)channel * size;
        if (size == 1) scatter8(from, n, to, step, dst->w);
        if (size == 2) scatter16(from, n, to, step, dst->w);
        if (size == 4) scatter32(from, n, to, step, dst->w);
        if (size == 8) scatter64(from, n, to, step, dst->w);
    }
}
