/* From quantised coefficients to the bits of a scan (T.81 annex F.1.2), so that every coefficient finds its bits by
 * itself: which coefficients of a block are zero is one mask, the run before each follows from it, and where its bits
 * go from the sum of the lengths before. */
#ifndef WSI_JPEG_CODE_PX_H
#define WSI_JPEG_CODE_PX_H

#include "jpeg-encode-px.h"

enum {
    WSI_JPEG_END = 0x00,                           /* symbol: no more coefficients */
    WSI_JPEG_SIXTEEN = 0xF0,                       /* symbol: sixteen zeros */
    WSI_JPEG_SIXTEEN_BITS = 12,                    /* its code's length, at most */
    WSI_JPEG_BLOCK_BITS = 16 + 11 + 63 * (16 + 10) /* at most */
};

/* Bits, the last one lowest. */
typedef struct wsi_px_jpeg_code {
    uint64_t bits;
    uint32_t length; /* up to 62: three times sixteen zeros, a symbol of 16 bits and a value of 10 */
} wsi_px_jpeg_code;

/* Coefficients of a block, in zigzag order, that are not zero: bit i is for coefficient 2i, or 2i + 1. The mean counts
 * as not zero. */
typedef struct wsi_px_jpeg_mask {
    uint32_t even, odd;
} wsi_px_jpeg_mask;

/* Bits that v takes; 0 for 0. */
static WSI_HD uint32_t wsi_px_jpeg_width(uint32_t v)
{
#if defined(__CUDA_ARCH__)
    return 32 - (uint32_t)__clz((int)v);
#else
    return v ? 32 - (uint32_t)__builtin_clz(v) : 0;
#endif
}

static WSI_HD uint32_t wsi_px_jpeg_ones(uint32_t v)
{
#if defined(__CUDA_ARCH__)
    return (uint32_t)__popc(v);
#else
    return (uint32_t)__builtin_popcount(v);
#endif
}

/* Zeros before coefficient k > 0. */
static WSI_HD uint32_t wsi_px_jpeg_run(wsi_px_jpeg_mask m, uint32_t k)
{
    const uint32_t below = (1u << k / 2) - 1, here = k & 1;
    const uint32_t even = 2 * wsi_px_jpeg_width(m.even & (below << here | here)); /* its place and 2 */
    const uint32_t odd = 2 * wsi_px_jpeg_width(m.odd & below) + 1;
    return k + 1 - (even > odd ? even : odd);
}

/* Bits of the value's magnitude: its category. */
static WSI_HD uint32_t wsi_px_jpeg_category(int32_t value)
{
    return wsi_px_jpeg_width((uint32_t)(value < 0 ? -value : value));
}

static WSI_HD void wsi_px_jpeg_append(wsi_px_jpeg_code *code, uint32_t bits, uint32_t length)
{
    code->bits = code->bits << length | bits;
    code->length += length;
}

/* A symbol of the table and `extra` bits of the value: negative ones are coded as value - 1. */
static WSI_HD void wsi_px_jpeg_append_symbol(wsi_px_jpeg_code *code, uint32_t entry, int32_t value, uint32_t extra)
{
    wsi_px_jpeg_append(code, entry & 0xFFFF, entry >> 16);
    wsi_px_jpeg_append(code, (uint32_t)(value < 0 ? value - 1 : value) & ((1u << extra) - 1), extra);
}

static WSI_HD wsi_px_jpeg_code wsi_px_jpeg_code_dc(const uint32_t *dc, int32_t difference)
{
    wsi_px_jpeg_code code = {0, 0};
    const uint32_t n = wsi_px_jpeg_category(difference);
    wsi_px_jpeg_append_symbol(&code, dc[n & 15], difference, n);
    return code;
}

static WSI_HD uint32_t wsi_px_jpeg_length_dc(const uint32_t *dc, int32_t difference)
{
    const uint32_t n = wsi_px_jpeg_category(difference);
    return (dc[n & 15] >> 16) + n;
}

/* A coefficient after `run` zeros; nothing for a zero. */
static WSI_HD wsi_px_jpeg_code wsi_px_jpeg_code_ac(const uint32_t *ac, int32_t value, uint32_t run)
{
    wsi_px_jpeg_code code = {0, 0};
    const uint32_t n = wsi_px_jpeg_category(value), sixteen = ac[WSI_JPEG_SIXTEEN];
    if (value == 0) return code;
    for (; run >= 16; run -= 16) wsi_px_jpeg_append(&code, sixteen & 0xFFFF, sixteen >> 16);
    wsi_px_jpeg_append_symbol(&code, ac[run << 4 | (n & 15)], value, n);
    return code;
}

static WSI_HD uint32_t wsi_px_jpeg_length_ac(const uint32_t *ac, int32_t value, uint32_t run)
{
    const uint32_t n = wsi_px_jpeg_category(value);
    if (value == 0) return 0;
    return (run >> 4) * (ac[WSI_JPEG_SIXTEEN] >> 16) + (ac[(run & 15) << 4 | (n & 15)] >> 16) + n;
}

/* Length of a block's end symbol: none behind coefficient 63. */
static WSI_HD uint32_t wsi_px_jpeg_length_end(const uint32_t *ac, wsi_px_jpeg_mask m)
{
    return m.odd >> 31 ? 0 : ac[WSI_JPEG_END] >> 16;
}

/* Length of all of a block's coefficients 2 * lane and 2 * lane + 1 but the mean; lane 31 has the end symbol, too. */
static WSI_HD uint32_t wsi_px_jpeg_length_pair(const uint32_t *ac, wsi_px_jpeg_mask m, uint32_t lane, int32_t even,
                                               int32_t odd)
{
    uint32_t length = wsi_px_jpeg_length_ac(ac, odd, wsi_px_jpeg_run(m, 2 * lane + 1));
    if (lane > 0) length += wsi_px_jpeg_length_ac(ac, even, wsi_px_jpeg_run(m, 2 * lane));
    if (lane == 31) length += wsi_px_jpeg_length_end(ac, m);
    return length;
}

/* The tile's last block of the same component before `block`, which is the place-th of its MCU; -1: there is none. */
static WSI_HD int64_t wsi_px_jpeg_before(const wsi_px_jpeg_cut *cut, uint32_t block, uint32_t place)
{
    const int64_t here = block, luma = cut->luma;
    if (place > 0 && place < (uint32_t)cut->luma) return here - 1;
    const int64_t before = here - cut->blocks + (place == 0 ? luma - 1 : 0);
    return before < 0 ? -1 : before;
}

/* The code's share of the three words from the one that holds bit `at` on; words have their first bit highest. */
static WSI_HD void wsi_px_jpeg_spread(wsi_px_jpeg_code code, uint32_t at, uint32_t *words)
{
    const uint64_t v = code.length ? code.bits << (64 - code.length) : 0;
    const uint32_t off = at & 31;
    words[0] = (uint32_t)(v >> 32 >> off);
    words[1] = (uint32_t)(v >> off);
    words[2] = (uint32_t)(v << 32 >> off);
}

/* Bytes of a word that are 0xFF: a zero follows each in the stream. */
static WSI_HD uint32_t wsi_px_jpeg_stuffing(uint32_t word)
{
    const uint32_t low = (~word & 0x7F7F7F7Fu) + 0x7F7F7F7Fu;
    return wsi_px_jpeg_ones(~(low | ~word | 0x7F7F7F7Fu));
}

#endif
