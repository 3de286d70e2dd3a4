/* Decoding one segment of a baseline scan (T.81 annex F.2): one symbol an iteration, the same steps for every symbol,
 * so that threads of a warp that decode different segments stay together.
 *
 * Regular data decodes to libjpeg's coefficients. Whatever libjpeg would mend, guess or warn about, and a few things
 * that it takes and no encoder writes, end the segment with 0: a code that does not exist, coefficients past the 63rd,
 * more bits used than there are, a byte or more left over, an end-of-band run, a mean beyond 16 bits. */
#ifndef WSI_JPEG_HUFFMAN_PX_H
#define WSI_JPEG_HUFFMAN_PX_H

#include "jpeg-px.h"

/* Bits of a segment, most significant first. After its last word that word is read again and again: nothing outside is
 * touched, and whatever is made of it is thrown away, since pos is then beyond end. */
typedef struct wsi_px_jpeg_bits {
    const uint32_t *words;
    uint32_t last, next; /* the last word; the next one to load */
    uint32_t a, b;       /* the words at pos and after it */
    uint32_t ahead;      /* loaded early, as it lies in memory: nothing waits for it yet */
    uint32_t pos, end;   /* bits */
} wsi_px_jpeg_bits;

static WSI_HD uint32_t wsi_px_jpeg_load(wsi_px_jpeg_bits *bits)
{
    const uint32_t i = bits->next < bits->last ? bits->next : bits->last;
    bits->next++;
    return bits->words[i];
}

/* The value of four bytes in the order of the stream. */
static WSI_HD uint32_t wsi_px_jpeg_word(uint32_t word)
{
#if defined(__CUDA_ARCH__)
    return __byte_perm(word, 0, 0x0123);
#else
    uint8_t p[4];
    memcpy(p, &word, 4);
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
#endif
}

/* size > 0 */
static WSI_HD wsi_px_jpeg_bits wsi_px_jpeg_start(const uint32_t *words, uint32_t size)
{
    wsi_px_jpeg_bits bits;
    bits.words = words;
    bits.last = (size - 1) / 4;
    bits.next = 0;
    bits.pos = 0;
    bits.end = 8 * size;
    bits.a = wsi_px_jpeg_word(wsi_px_jpeg_load(&bits));
    bits.b = wsi_px_jpeg_word(wsi_px_jpeg_load(&bits));
    bits.ahead = wsi_px_jpeg_load(&bits);
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
    const uint32_t before = bits->pos;
    bits->pos += n;
    if (((before ^ bits->pos) & 32) == 0) return;
    bits->a = bits->b;
    bits->b = wsi_px_jpeg_word(bits->ahead);
    bits->ahead = wsi_px_jpeg_load(bits);
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

/* What decoding needs of one block of an MCU: where it lies when the MCU is at (0, 0), counted in blocks, how that
 * moves with the MCU, and its component and tables. */
typedef struct wsi_px_jpeg_step {
    uint32_t base, step_x, step_y;
    uint32_t which; /* component | slot of the DC table << 8 | slot of the AC table << 16 */
} wsi_px_jpeg_step;

static WSI_HD wsi_px_jpeg_step wsi_px_jpeg_plan(const wsi_px_jpeg_tile *t, const wsi_px_jpeg_set *set, int32_t block)
{
    const uint32_t c = t->component[block], wide = (uint32_t)t->wide[c];
    wsi_px_jpeg_step step;
    step.base = t->first[c] + t->block_y[block] * wide + t->block_x[block];
    step.step_x = t->across[c];
    step.step_y = t->down[c] * wide;
    step.which = c | (uint32_t)set->dc[c] << 8 | (uint32_t)set->ac[c] << 16;
    return step;
}

/* How many coefficients a symbol after the mean stands for; 64 and more end the block, more than `left` is wrong. */
static WSI_HD uint32_t wsi_px_jpeg_advance(uint32_t run, uint32_t size, uint32_t left)
{
    const uint32_t skipped = run == 15 ? 16 + 64 * (left <= 16) : run == 0 ? left : 128;
    return size > 0 ? run + 1 : skipped;
}

/* Decodes segment s of a tile into the batch's coefficients, which are zero. steps: the tile's plan, one for each of
 * the `blocks` of an MCU; look: WSI_JPEG_LOOK_SIZE entries for each of codes; order: WSI_JPEG_ORDER. 1 when all of it
 * was regular. Irregularities are only noted on the way, and end the decoding with the block: what a broken segment
 * writes lies in its own blocks. */
static WSI_HD int wsi_px_jpeg_decode(const uint32_t *words, const wsi_px_jpeg_segment *s, int32_t mcus_x,
                                     int32_t blocks, const wsi_px_jpeg_step *steps, const wsi_px_jpeg_codes *codes,
                                     const uint16_t *look, const uint8_t *order, int16_t *coefficients)
{
    wsi_px_jpeg_bits bits = wsi_px_jpeg_start(words + s->word, s->size);
    uint32_t x = s->mcu % (uint32_t)mcus_x, y = s->mcu / (uint32_t)mcus_x, left = s->mcus;
    int32_t block = 0, mean0 = 0, mean1 = 0, mean2 = 0;
    wsi_px_jpeg_step step = steps[0], after = steps[blocks > 1];
    uint32_t k = 0, slot = step.which >> 8 & 255, bad = left == 0;
    int16_t *out = coefficients + 64 * (size_t)(step.base + x * step.step_x + y * step.step_y);
    while (!bad) {
        const uint32_t next = wsi_px_jpeg_peek(&bits);
        uint32_t entry = look[slot * WSI_JPEG_LOOK_SIZE + (next >> (32 - WSI_JPEG_LOOK_BITS))];
        if (entry == 0) {
            entry = wsi_px_jpeg_search(codes + slot, next >> 16);
            bad |= entry == 0;
        }
        const uint32_t length = entry >> 8, run = entry >> 4 & 15, size = entry & 15;
        int32_t value = wsi_px_jpeg_extend(next << length, size);
        wsi_px_jpeg_skip(&bits, length + size);
        if (k == 0) {
            const uint32_t c = step.which & 255;
            value += c == 0 ? mean0 : c == 1 ? mean1 : mean2;
            mean0 = c == 0 ? value : mean0;
            mean1 = c == 1 ? value : mean1;
            mean2 = c == 2 ? value : mean2;
            bad |= value != (int16_t)value;
            out[0] = (int16_t)value;
            slot = step.which >> 16;
            k = 1;
        } else {
            if (size > 0) out[order[k + run]] = (int16_t)value;
            k += wsi_px_jpeg_advance(run, size, 64 - k);
        }
        if (k < 64) continue;
        bad |= k > 64 || bits.pos > bits.end;
        k = 0;
        step = after;
        if (++block == blocks) {
            block = 0;
            x++;
            if (x == (uint32_t)mcus_x) x = 0, y++;
            if (--left == 0) break;
        }
        after = steps[block + 1 == blocks ? 0 : block + 1];
        slot = step.which >> 8 & 255;
        out = coefficients + 64 * (size_t)(step.base + x * step.step_x + y * step.step_y);
    }
    return !bad && bits.end - bits.pos < 8;
}

#endif
