/* Decoding one segment of a baseline scan (T.81 annex F.2): one symbol an iteration, the same steps for every symbol,
 * so that threads of a warp that decode different segments stay together.
 *
 * Regular data decodes to libjpeg's coefficients. Whatever libjpeg would mend, guess or warn about, and a few things
 * that it takes and no encoder writes, end the segment with 0: a code that does not exist, coefficients past the 63rd,
 * more bits used than there are, a byte or more left over, an end-of-band run, a mean beyond 16 bits. */
#ifndef WSI_JPEG_HUFFMAN_PX_H
#define WSI_JPEG_HUFFMAN_PX_H

#include "jpeg-px.h"

/* Bits of a segment, most significant first; zeros follow its last word. */
typedef struct wsi_px_jpeg_bits {
    const uint32_t *words;
    uint32_t count, next; /* words in all; the next one to load */
    uint32_t a, b, c;     /* the words at pos, the one after, and one loaded ahead */
    uint32_t pos, end;    /* bits */
} wsi_px_jpeg_bits;

static WSI_HD uint32_t wsi_px_jpeg_word(const wsi_px_jpeg_bits *bits, uint32_t i)
{
    if (i >= bits->count) return 0;
#if defined(__CUDA_ARCH__)
    return __byte_perm(bits->words[i], 0, 0x0123);
#else
    const uint8_t *p = (const uint8_t *)(bits->words + i);
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
#endif
}

static WSI_HD wsi_px_jpeg_bits wsi_px_jpeg_start(const uint32_t *words, uint32_t size)
{
    wsi_px_jpeg_bits bits;
    bits.words = words;
    bits.count = (size + 3) / 4;
    bits.next = 3;
    bits.pos = 0;
    bits.end = 8 * size;
    bits.a = wsi_px_jpeg_word(&bits, 0);
    bits.b = wsi_px_jpeg_word(&bits, 1);
    bits.c = wsi_px_jpeg_word(&bits, 2);
    return bits;
}

/* The next 32 bits: enough for the longest code (16) and the longest value behind it (15). */
static WSI_HD uint32_t wsi_px_jpeg_peek(const wsi_px_jpeg_bits *bits)
{
#if defined(__CUDA_ARCH__)
    return __funnelshift_l(bits->b, bits->a, bits->pos);
#else
    const uint64_t both = (uint64_t)bits->a << 32 | bits->b;
    return (uint32_t)(both << (bits->pos & 31) >> 32);
#endif
}

/* n <= 31 */
static WSI_HD void wsi_px_jpeg_skip(wsi_px_jpeg_bits *bits, uint32_t n)
{
    const uint32_t within = (bits->pos & 31) + n;
    bits->pos += n;
    if (within < 32) return;
    bits->a = bits->b;
    bits->b = bits->c;
    bits->c = wsi_px_jpeg_word(bits, bits->next++);
}

/* What the lookup table holds for the next WSI_JPEG_LOOK_BITS bits: length << 8 | symbol, or 0 for longer codes. */
static WSI_HD uint16_t wsi_px_jpeg_look(const wsi_px_jpeg_codes *codes, uint32_t prefix)
{
    const uint32_t code = prefix << (16 - WSI_JPEG_LOOK_BITS);
    uint32_t n = 1;
    while (n <= WSI_JPEG_LOOK_BITS && code >= codes->limit[n]) n++;
    if (n > WSI_JPEG_LOOK_BITS) return 0;
    return (uint16_t)(n << 8 | codes->values[((code >> (16 - n)) + (uint32_t)codes->first[n]) & 255]);
}

/* The same for a code longer than the table's, given 16 bits; 0: no such code. The comparisons do not wait for one
 * another. */
static WSI_HD uint32_t wsi_px_jpeg_search(const wsi_px_jpeg_codes *codes, uint32_t code)
{
    uint32_t n = WSI_JPEG_LOOK_BITS + 1;
    for (int i = WSI_JPEG_LOOK_BITS + 1; i <= 16; i++) n += code >= codes->limit[i];
    if (n > 16) return 0;
    return n << 8 | codes->values[((code >> (16 - n)) + (uint32_t)codes->first[n]) & 255];
}

/* The value coded by the first n bits of x (T.81 F.2.2.1, EXTEND); n <= 15. */
static WSI_HD int32_t wsi_px_jpeg_extend(uint32_t x, uint32_t n)
{
    const int32_t magnitude = (int32_t)(x >> 1 >> (31 - n));
    return x >> 31 ? magnitude : magnitude + 1 - (1 << n);
}

/* Where the decoder stands in its tile. */
typedef struct wsi_px_jpeg_place {
    uint32_t x, y; /* MCU */
    int32_t block; /* of the MCU */
    int32_t component;
} wsi_px_jpeg_place;

/* The coefficients of the block at place. */
static WSI_HD int16_t *wsi_px_jpeg_block(const wsi_px_jpeg_tile *t, wsi_px_jpeg_place *at, int16_t *coefficients)
{
    const int32_t c = t->component[at->block];
    const uint32_t row = at->y * t->down[c] + t->block_y[at->block];
    const uint32_t column = at->x * t->across[c] + t->block_x[at->block];
    at->component = c;
    return coefficients + 64 * (size_t)(t->first[c] + row * (uint32_t)t->wide[c] + column);
}

/* Decodes segment s of tile t, whose tables are `set` and look (WSI_JPEG_LOOK_SIZE entries a distinct table), into
 * the batch's coefficients, which are zero. order: WSI_JPEG_ORDER. 1 when all of it was regular. */
static WSI_HD int wsi_px_jpeg_decode(const uint32_t *words, const wsi_px_jpeg_segment *s, const wsi_px_jpeg_tile *t,
                                     const wsi_px_jpeg_codes *codes, const uint8_t *dc, const uint8_t *ac,
                                     const uint16_t *look, const uint8_t *order, int16_t *coefficients)
{
    wsi_px_jpeg_bits bits = wsi_px_jpeg_start(words + s->word, s->size);
    wsi_px_jpeg_place at;
    int32_t mean0 = 0, mean1 = 0, mean2 = 0;
    uint32_t left = s->mcus, k = 0;
    at.x = s->mcu % (uint32_t)t->mcus_x;
    at.y = s->mcu / (uint32_t)t->mcus_x;
    at.block = 0;
    int16_t *out = wsi_px_jpeg_block(t, &at, coefficients);
    uint32_t slot = dc[at.component];
    while (left > 0) {
        const uint32_t next = wsi_px_jpeg_peek(&bits);
        uint32_t entry = look[slot * WSI_JPEG_LOOK_SIZE + (next >> (32 - WSI_JPEG_LOOK_BITS))];
        if (entry == 0) entry = wsi_px_jpeg_search(codes + slot, next >> 16);
        const uint32_t length = entry >> 8, run = entry >> 4 & 15, size = entry & 15;
        const int32_t value = wsi_px_jpeg_extend(next << length, size);
        wsi_px_jpeg_skip(&bits, length + size);
        if (entry == 0 || bits.pos > bits.end) return 0;
        if (k == 0) {
            const int32_t mean = value + (at.component == 0 ? mean0 : at.component == 1 ? mean1 : mean2);
            mean0 = at.component == 0 ? mean : mean0;
            mean1 = at.component == 1 ? mean : mean1;
            mean2 = at.component == 2 ? mean : mean2;
            if (mean < -32768 || mean > 32767) return 0;
            out[0] = (int16_t)mean;
            slot = ac[at.component];
            k = 1;
        } else if (size > 0) {
            k += run;
            if (k > 63) return 0;
            out[order[k]] = (int16_t)value;
            k++;
        } else if (run == 0) {
            k = 64;
        } else {
            k += 16;
            if (run < 15 || k > 63) return 0;
        }
        if (k < 64) continue;
        k = 0;
        if (++at.block == t->blocks) {
            at.block = 0;
            at.x++;
            if (at.x == (uint32_t)t->mcus_x) at.x = 0, at.y++;
            if (--left == 0) break;
        }
        out = wsi_px_jpeg_block(t, &at, coefficients);
        slot = dc[at.component];
    }
    return bits.end - bits.pos < 8;
}

#endif
