/* The px functions in plain loops: entropy decoding by segments, transform by blocks, upsampling and colour by pixels.
 */
#include "jpeg-cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "kernels/px/jpeg-colour-px.h"
#include "kernels/px/jpeg-huffman-px.h"
#include "kernels/px/jpeg-idct-px.h"

static void *need(size_t n, size_t size)
{
    void *p = wsi_calloc(n, size);
    if (!p) fprintf(stderr, "no memory\n"), exit(1);
    return p;
}

wsi_jpeg_batch *jpeg_cpu_create(const wsi_device_jpeg_limits *limits)
{
    wsi_jpeg_batch *b = need(1, sizeof *b);
    if (!wsi_jpeg_room_for(limits, &b->room)) fprintf(stderr, "impossible limits\n"), exit(1);
    b->sets = need((size_t)b->room.tiles, sizeof *b->sets);
    b->tiles = need((size_t)b->room.tiles, sizeof *b->tiles);
    b->segments = need((size_t)b->room.segments, sizeof *b->segments);
    b->groups = need((size_t)b->room.segments, sizeof *b->groups);
    b->bytes = need(b->room.bytes, 1);
    return b;
}

void jpeg_cpu_destroy(wsi_jpeg_batch *b)
{
    wsi_free(b->sets);
    wsi_free(b->tiles);
    wsi_free(b->segments);
    wsi_free(b->groups);
    wsi_free(b->bytes);
    wsi_free(b);
}

static void decode_group(const wsi_jpeg_batch *b, const wsi_jpeg_group *g, int16_t *coefficients, int *ok)
{
    static const uint8_t order[WSI_JPEG_ORDER_SIZE] = WSI_JPEG_ORDER;
    static uint16_t look[WSI_JPEG_SLOTS * WSI_JPEG_LOOK_SIZE];
    const wsi_px_jpeg_set *set = &b->sets[g->set];
    for (int i = 0; i < set->distinct * WSI_JPEG_LOOK_SIZE; i++) {
        look[i] = wsi_px_jpeg_look(&set->codes[i / WSI_JPEG_LOOK_SIZE], (uint32_t)i % WSI_JPEG_LOOK_SIZE);
    }
    for (int i = g->segment; i < g->segment + g->count; i++) {
        const wsi_px_jpeg_segment *s = &b->segments[i];
        /* A copy of its own, so that reading beyond the segment is found. */
        const size_t words = (s->size + 3) / 4;
        uint32_t *copy = need(words + 1, 4);
        memcpy(copy, b->bytes + 4 * (size_t)s->word, 4 * words);
        const wsi_px_jpeg_segment moved = {0, s->size, s->tile, s->mcu, s->mcus};
        uint32_t *exact = wsi_realloc_array(copy, words ? words : 1, 4);
        wsi_px_jpeg_step steps[WSI_JPEG_MCU_BLOCKS];
        const wsi_px_jpeg_tile *t = &b->tiles[s->tile];
        for (int n = 0; n < t->blocks; n++) steps[n] = wsi_px_jpeg_plan(t, set, n);
        if (!wsi_px_jpeg_decode(exact, &moved, t->mcus_x, t->blocks, steps, set->codes, look, order, coefficients)) {
            ok[s->tile] = 0;
        }
        wsi_free(exact);
    }
}

/* One block to samples; 0: left to libjpeg. */
static int transform(const int16_t *in, const uint16_t *quant, uint8_t *out, size_t stride)
{
    int32_t v[64], row[8];
    uint32_t sum = 0, far = 0;
    for (int i = 0; i < 64; i++) {
        v[i] = in[i] * quant[i];
        sum += wsi_px_jpeg_magnitude(v[i]);
    }
    if (sum > WSI_JPEG_SUM_MAX) return 0;
    for (int x = 0; x < 8; x++) wsi_px_jpeg_idct8(v + 8 * x, WSI_JPEG_PASS_1);
    for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 8; x++) row[x] = v[8 * x + y];
        wsi_px_jpeg_idct8(row, WSI_JPEG_PASS_2);
        for (int x = 0; x < 8; x++) {
            far |= wsi_px_jpeg_far(row[x]);
            out[(size_t)y * stride + (size_t)x] = wsi_px_jpeg_clamp(row[x] + 128);
        }
    }
    return far == 0;
}

static int transform_tile(const wsi_jpeg_batch *b, const wsi_px_jpeg_tile *t, const int16_t *coefficients,
                          uint8_t *planes)
{
    int good = 1;
    for (int c = 0; c < t->components; c++) {
        const uint32_t end = c + 1 < t->components ? t->first[c + 1] : t->first_block + t->block_count;
        uint8_t *plane = planes + 64 * (size_t)(t->first[c] - t->first_block);
        const size_t stride = 8 * (size_t)t->wide[c];
        for (uint32_t i = t->first[c]; i < end; i++) {
            const size_t at = i - t->first[c], x = at % (size_t)t->wide[c], y = at / (size_t)t->wide[c];
            good &= transform(coefficients + 64 * (size_t)i, b->sets[t->set].quant[c], plane + 8 * (y * stride + x),
                              stride);
        }
    }
    return good;
}

static void colour_tile(const wsi_px_jpeg_tile *t, const uint8_t *planes)
{
    wsi_px_jpeg_plane p[3];
    for (int c = 0; c < t->components; c++) p[c] = wsi_px_jpeg_plane_of(t, c, planes);
    for (int y = 0; y < t->dst_h; y++) {
        uint8_t *out = t->dst + y * t->dst_stride;
        for (int x = 0; x < t->dst_w; x++, out += t->components) {
            int32_t v[3];
            for (int c = 0; c < t->components; c++) v[c] = wsi_px_jpeg_sample(&p[c], x, y);
            if (t->ycc)
                wsi_px_jpeg_rgb(v[0], v[1], v[2], out);
            else
                for (int c = 0; c < t->components; c++) out[c] = (uint8_t)v[c];
        }
    }
}

void jpeg_cpu_run(wsi_jpeg_batch *b, int *ok)
{
    int16_t *coefficients = need(b->blocks ? b->blocks : 1, 64 * sizeof *coefficients);
    wsi_jpeg_batch_group(b, 3);
    for (int i = 0; i < b->tile_count; i++) ok[i] = 1;
    for (int i = 0; i < b->group_count; i++) decode_group(b, &b->groups[i], coefficients, ok);
    for (int i = 0; i < b->tile_count; i++) {
        const wsi_px_jpeg_tile *t = &b->tiles[i];
        uint8_t *planes = need(t->block_count, 64);
        if (ok[i]) ok[i] = transform_tile(b, t, coefficients, planes);
        if (ok[i]) colour_tile(t, planes);
        wsi_free(planes);
    }
    wsi_free(coefficients);
}
