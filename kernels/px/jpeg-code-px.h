/* From quantised coefficients to the bits of a scan (T.81 annex F.1.2), by eighths of a block: eight threads take a
 * block, or one takes its eighths in turn. What an eighth needs to know of the others is where the last coefficient
 * before it lies that is not zero, and how many bits come before its own. */
#ifndef WSI_JPEG_CODE_PX_H
#define WSI_JPEG_CODE_PX_H

#include "jpeg-encode-px.h"

enum {
    WSI_JPEG_END = 0x00,                           /* symbol: no more coefficients */
    WSI_JPEG_SIXTEEN = 0xF0,                       /* symbol: sixteen zeros */
    WSI_JPEG_BLOCK_BITS = 16 + 11 + 63 * (16 + 10) /* at most */
};

/* Writes bits into zeroed words, whose first bit is the highest. Others may write the bits before and behind at the
 * same time. */
typedef struct wsi_px_jpeg_pen {
    uint32_t *word;
    uint64_t bits;  /* for it and the next word */
    uint32_t count; /* how many of them are taken: less than 32 between calls */
} wsi_px_jpeg_pen;

/* A pen at bit `at`. */
static WSI_HD wsi_px_jpeg_pen wsi_px_jpeg_pen_at(uint32_t *words, uint32_t at)
{
    wsi_px_jpeg_pen pen;
    pen.word = words + at / 32;
    pen.bits = 0;
    pen.count = at % 32;
    return pen;
}

static WSI_HD void wsi_px_jpeg_join(uint32_t *word, uint32_t bits)
{
#if defined(__CUDA_ARCH__)
    atomicOr(word, bits);
#else
    *word |= bits;
#endif
}

/* 1 <= n <= 32; higher bits are zero. */
static WSI_HD void wsi_px_jpeg_write(wsi_px_jpeg_pen *pen, uint32_t bits, uint32_t n)
{
    pen->count += n;
    pen->bits |= (uint64_t)bits << (64 - pen->count);
    if (pen->count < 32) return;
    wsi_px_jpeg_join(pen->word++, (uint32_t)(pen->bits >> 32));
    pen->bits <<= 32;
    pen->count -= 32;
}

/* Writes what is left. */
static WSI_HD void wsi_px_jpeg_lift(const wsi_px_jpeg_pen *pen)
{
    if (pen->bits) wsi_px_jpeg_join(pen->word, (uint32_t)(pen->bits >> 32));
}

/* Bits of the value's magnitude: its category. */
static WSI_HD uint32_t wsi_px_jpeg_category(int32_t value)
{
    const uint32_t magnitude = (uint32_t)(value < 0 ? -value : value);
#if defined(__CUDA_ARCH__)
    return 32 - (uint32_t)__clz((int)magnitude);
#else
    return magnitude ? 32 - (uint32_t)__builtin_clz(magnitude) : 0;
#endif
}

static WSI_HD void wsi_px_jpeg_write_symbol(wsi_px_jpeg_pen *pen, uint32_t entry)
{
    wsi_px_jpeg_write(pen, entry & 0xFFFF, entry >> 16);
}

/* A symbol and n bits of the value: negative ones are coded as value - 1. */
static WSI_HD void wsi_px_jpeg_write_value(wsi_px_jpeg_pen *pen, uint32_t entry, int32_t value, uint32_t n)
{
    const uint32_t extra = (uint32_t)(value < 0 ? value - 1 : value) & ((1u << n) - 1);
    wsi_px_jpeg_write(pen, (entry & 0xFFFF) << n | extra, (entry >> 16) + n);
}

/* A mean less the one before. */
static WSI_HD uint32_t wsi_px_jpeg_length_dc(const uint32_t *dc, int32_t difference)
{
    const uint32_t n = wsi_px_jpeg_category(difference);
    return (dc[n & 15] >> 16) + n;
}

static WSI_HD void wsi_px_jpeg_write_dc(wsi_px_jpeg_pen *pen, const uint32_t *dc, int32_t difference)
{
    const uint32_t n = wsi_px_jpeg_category(difference);
    wsi_px_jpeg_write_value(pen, dc[n & 15], difference, n);
}

/* Place of the last coefficient of the eighth v[0 .. 7] that is not zero, -1 without one. first: the place of v[0]. The
 * mean counts as not zero. */
static WSI_HD int32_t wsi_px_jpeg_last(const int32_t *v, int32_t first)
{
    int32_t last = first == 0 ? 0 : -1;
    for (int32_t i = 0; i < 8; i++) last = v[i] ? first + i : last;
    return last;
}

/* Length of an eighth without the mean; the last one has the end symbol, unless coefficient 63 is there. before: the
 * place of the last coefficient before it that is not zero (0 for the first eighth). */
static WSI_HD uint32_t wsi_px_jpeg_length(const uint32_t *ac, const int32_t *v, int32_t first, int32_t before)
{
    uint32_t length = 0;
    for (int32_t i = 0; i < 8; i++) {
        if (v[i] == 0 || first + i == 0) continue;
        const uint32_t run = (uint32_t)(first + i - before - 1), n = wsi_px_jpeg_category(v[i]);
        length += (ac[(run & 15) << 4 | (n & 15)] >> 16) + n;
        if (run > 15) length += (run >> 4) * (ac[WSI_JPEG_SIXTEEN] >> 16);
        before = first + i;
    }
    return length + (first == 56 && before != 63 ? ac[WSI_JPEG_END] >> 16 : 0);
}

/* Writes the same. */
static WSI_HD void wsi_px_jpeg_write_eighth(wsi_px_jpeg_pen *pen, const uint32_t *ac, const int32_t *v, int32_t first,
                                            int32_t before)
{
    for (int32_t i = 0; i < 8; i++) {
        if (v[i] == 0 || first + i == 0) continue;
        uint32_t run = (uint32_t)(first + i - before - 1);
        const uint32_t n = wsi_px_jpeg_category(v[i]);
        for (; run > 15; run -= 16) wsi_px_jpeg_write_symbol(pen, ac[WSI_JPEG_SIXTEEN]);
        wsi_px_jpeg_write_value(pen, ac[run << 4 | (n & 15)], v[i], n);
        before = first + i;
    }
    if (first == 56 && before != 63) wsi_px_jpeg_write_symbol(pen, ac[WSI_JPEG_END]);
}

/* The tile's last block of the same component before `block`, which is the place-th of its MCU; -1: there is none. */
static WSI_HD int64_t wsi_px_jpeg_before(const wsi_px_jpeg_cut *cut, uint32_t block, uint32_t place)
{
    const int64_t here = block, luma = cut->luma;
    if (place > 0 && place < (uint32_t)cut->luma) return here - 1;
    const int64_t before = here - cut->blocks + (place == 0 ? luma - 1 : 0);
    return before < 0 ? -1 : before;
}

/* Bytes of a word that are 0xFF: a zero follows each in the stream. */
static WSI_HD uint32_t wsi_px_jpeg_stuffing(uint32_t word)
{
    const uint32_t low = (~word & 0x7F7F7F7Fu) + 0x7F7F7F7Fu;
    const uint32_t flags = ~(low | ~word | 0x7F7F7F7Fu);
#if defined(__CUDA_ARCH__)
    return (uint32_t)__popc(flags);
#else
    return (uint32_t)__builtin_popcount(flags);
#endif
}

#endif
