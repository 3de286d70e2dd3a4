/* The px functions in plain loops: a tile's samples, coefficients, bits and bytes, one after the other. */
#include "jpeg-encode-cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* One tile on its way. Blocks in the order of coding. */
typedef struct tile_work {
    const wsi_jpeg_plan *plan;
    uint8_t (*samples)[64];
    int16_t (*coefficients)[64]; /* in zigzag order */
    uint32_t *words;
    size_t word_count;
} tile_work;

static void *need(size_t n, size_t size)
{
    void *p = wsi_calloc(n, size);
    if (!p) fprintf(stderr, "no memory\n"), exit(1);
    return p;
}

static const uint8_t *pixel_at(const wsi_image *block, int64_t x, int64_t y)
{
    const int64_t px = x < block->w ? x : block->w - 1, py = y < block->h ? y : block->h - 1;
    return (const uint8_t *)wsi_image_row(block, py) + px * block->fmt.channels;
}

/* The samples of an MCU whose top-left pixel is (x0, y0). */
static void sample_mcu(const wsi_px_jpeg_cut *cut, const wsi_image *block, int64_t x0, int64_t y0, uint8_t (*out)[64])
{
    const int x_samp = cut->x_samp, y_samp = cut->y_samp;
    for (int i = 0; i < 64; i++) {
        int32_t cb = 0, cr = 0;
        for (int dy = 0; dy < y_samp; dy++) {
            for (int dx = 0; dx < x_samp; dx++) {
                const int x = i % 8 * x_samp + dx, y = i / 8 * y_samp + dy;
                const uint8_t *p = pixel_at(block, x0 + x, y0 + y);
                uint8_t *luma = &out[y / 8 * x_samp + x / 8][y % 8 * 8 + x % 8];
                *luma = cut->components == 1 ? p[0] : wsi_px_jpeg_y(p[0], p[1], p[2]);
                if (cut->components == 1) continue;
                cb += wsi_px_jpeg_cb(p[0], p[1], p[2]);
                cr += wsi_px_jpeg_cr(p[0], p[1], p[2]);
            }
        }
        if (cut->components == 1) continue;
        out[cut->luma][i] = wsi_px_jpeg_mean(cb, x_samp, y_samp, i % 8);
        out[cut->luma + 1][i] = wsi_px_jpeg_mean(cr, x_samp, y_samp, i % 8);
    }
}

static void transform(const uint8_t *samples, const wsi_px_jpeg_divisor *divisors, int16_t *out)
{
    int32_t v[64], column[8];
    for (int i = 0; i < 64; i++) v[i] = samples[i] - 128;
    for (int y = 0; y < 8; y++) wsi_px_jpeg_fdct8(v + 8 * y, WSI_JPEG_FORWARD_1);
    for (int x = 0; x < 8; x++) {
        for (int y = 0; y < 8; y++) column[y] = v[8 * y + x];
        wsi_px_jpeg_fdct8(column, WSI_JPEG_FORWARD_2);
        for (int y = 0; y < 8; y++) {
            const wsi_px_jpeg_divisor d = divisors[8 * y + x];
            out[d.place] = wsi_px_jpeg_quantise(column[y], d);
        }
    }
}

/* Where the eighths of a block are, what they hold, how long they are. */
typedef struct eighths {
    int32_t v[8][8], before[8];
    uint32_t length[8];
} eighths;

static eighths split(const int16_t *coefficients, const uint32_t *ac)
{
    eighths e;
    int32_t before = 0;
    for (int n = 0; n < 8; n++) {
        for (int i = 0; i < 8; i++) e.v[n][i] = coefficients[8 * n + i];
        e.before[n] = before;
        e.length[n] = wsi_px_jpeg_length(ac, e.v[n], 8 * n, before);
        const int32_t last = wsi_px_jpeg_last(e.v[n], 8 * n);
        before = last > before ? last : before;
    }
    return e;
}

/* Codes a block at bit *at; 0: it does not fit any more. */
static int code_block(tile_work *w, uint32_t block, uint64_t *at)
{
    const wsi_px_jpeg_cut *cut = &w->plan->cut;
    const uint32_t place = block % (uint32_t)cut->blocks;
    const int class = place >= (uint32_t)cut->luma;
    const uint32_t *ac = w->plan->book.ac[class], *dc = w->plan->book.dc[class];
    const int64_t before = wsi_px_jpeg_before(cut, block, place);
    const int32_t difference = w->coefficients[block][0] - (before < 0 ? 0 : w->coefficients[before][0]);
    const eighths e = split(w->coefficients[block], ac);
    uint64_t length = wsi_px_jpeg_length_dc(dc, difference);
    for (int n = 0; n < 8; n++) length += e.length[n];
    if (*at + length > 8 * (uint64_t)cut->room) return 0;
    for (int n = 0; n < 8; n++) {
        wsi_px_jpeg_pen pen = wsi_px_jpeg_pen_at(w->words, (uint32_t)*at);
        if (n == 0) wsi_px_jpeg_write_dc(&pen, dc, difference);
        wsi_px_jpeg_write_eighth(&pen, ac, e.v[n], 8 * n, e.before[n]);
        wsi_px_jpeg_lift(&pen);
        *at += e.length[n] + (n == 0 ? wsi_px_jpeg_length_dc(dc, difference) : 0);
        if ((uint32_t)(pen.word - w->words) * 32 + pen.count != *at)
            fprintf(stderr, "an eighth's length is not its codes' length\n"), exit(1);
    }
    return 1;
}

/* The scan with its stuffing; 0: it does not fit. */
static uint32_t stuff(const tile_work *w, uint64_t bytes, uint8_t *out)
{
    const size_t room = w->plan->cut.room;
    size_t size = 0;
    uint32_t stuffing = 0;
    for (size_t i = 0; i < bytes; i++) {
        const uint8_t byte = (uint8_t)(w->words[i / 4] >> (24 - i % 4 * 8));
        if (i % 4 == 0) stuffing += wsi_px_jpeg_stuffing(w->words[i / 4]);
        if (size + 1 + (byte == 0xFF) > room) return 0;
        out[size++] = byte;
        if (byte == 0xFF) out[size++] = 0;
    }
    if (size != bytes + stuffing) fprintf(stderr, "the stuffing was not counted right\n"), exit(1);
    return (uint32_t)size;
}

static uint32_t encode_tile(tile_work *w, const wsi_image *block, int64_t x0, int64_t y0, uint8_t *scan)
{
    const wsi_px_jpeg_cut *cut = &w->plan->cut;
    uint64_t at = 0;
    for (uint32_t i = 0; i < cut->tile_mcus; i++) {
        const int64_t x = x0 + i % (uint32_t)cut->mcus_x * 8 * cut->x_samp;
        const int64_t y = y0 + i / (uint32_t)cut->mcus_x * 8 * cut->y_samp;
        sample_mcu(cut, block, x, y, w->samples + i * (uint32_t)cut->blocks);
    }
    for (uint32_t i = 0; i < cut->tile_blocks; i++) {
        const int class = i % (uint32_t)cut->blocks >= (uint32_t)cut->luma;
        transform(w->samples[i], w->plan->book.divisors[class], w->coefficients[i]);
    }
    memset(w->words, 0, w->word_count * sizeof *w->words);
    for (uint32_t i = 0; i < cut->tile_blocks; i++) {
        if (!code_block(w, i, &at)) return 0;
    }
    const uint32_t missing = (uint32_t)(8 - at % 8) % 8;
    if (missing > 0) {
        wsi_px_jpeg_pen pen = wsi_px_jpeg_pen_at(w->words, (uint32_t)at);
        wsi_px_jpeg_write(&pen, (1u << missing) - 1, missing);
        wsi_px_jpeg_lift(&pen);
    }
    return stuff(w, (at + missing) / 8, scan);
}

void jpeg_encode_cpu(const wsi_jpeg_plan *plan, const wsi_image *block, uint8_t *scans, uint32_t *sizes)
{
    const wsi_px_jpeg_cut *cut = &plan->cut;
    wsi_jpeg_grid grid;
    tile_work w = {.plan = plan, .word_count = cut->room / 4};
    if (!wsi_jpeg_plan_grid(plan, block, &grid)) fprintf(stderr, "not a block of this plan\n"), exit(1);
    w.samples = need(cut->tile_blocks, sizeof *w.samples);
    w.coefficients = need(cut->tile_blocks, sizeof *w.coefficients);
    w.words = need(w.word_count, sizeof *w.words);
    for (int64_t i = 0; i < grid.tiles_x * grid.tiles_y; i++) {
        const int64_t x = i % grid.tiles_x * cut->tile, y = i / grid.tiles_x * cut->tile;
        sizes[i] = encode_tile(&w, block, x, y, scans + (size_t)i * cut->room);
    }
    wsi_free(w.samples);
    wsi_free(w.coefficients);
    wsi_free(w.words);
}
