/* Pictures drawn row by row and compressed by libjpeg-turbo itself. */
#include "jpeg-maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

uint32_t jpeg_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return (uint32_t)(*s >> 32);
}

static uint8_t clamp(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* Soft shapes with some grain, as stained tissue has. */
static uint8_t tissue(int x, int y, int c, uint64_t *seed)
{
    const int ring = (x * x + y * y / 2 + 37 * c * (x - y)) / 97 % 160, wave = (x * 3 + y * 5) / 11 % 60;
    return clamp(90 + 25 * c + abs(ring - 80) + abs(wave - 30) - (int)(jpeg_random(seed) % 12));
}

static uint8_t paint(jpeg_picture picture, int x, int y, int c, uint64_t *seed)
{
    switch (picture) {
    case JPEG_NOISE:
        return (uint8_t)jpeg_random(seed);
    case JPEG_FLAT:
        return (uint8_t)(200 + 10 * c);
    case JPEG_EXTREME:
        return ((x / 3 + y / 5 + c) & 1) || jpeg_random(seed) % 9 == 0 ? 255 : 0;
    default:
        return tissue(x, y, c, seed);
    }
}

jpeg_recipe jpeg_random_recipe(uint64_t *seed)
{
    static const int factors[][2] = {{2, 2}, {2, 1}, {1, 2}, {1, 1}};
    const uint32_t kind = jpeg_random(seed) % 4;
    jpeg_recipe r = {
        .components = jpeg_random(seed) % 5 ? 3 : 1, .h_samp = factors[kind][0], .v_samp = factors[kind][1]};
    if (jpeg_random(seed) % 4 == 0) {
        r.chroma_h = r.h_samp;
        r.chroma_v = r.h_samp * r.v_samp == 4 ? 1 : r.v_samp; /* an MCU may have ten blocks */
        if (r.h_samp * r.v_samp == 4 && jpeg_random(seed) % 2) r.chroma_h = 1, r.chroma_v = 2;
    }
    r.w = 1 + (int)(jpeg_random(seed) % 70);
    r.h = 1 + (int)(jpeg_random(seed) % 70);
    if (jpeg_random(seed) % 4 == 0) r.w = 240, r.h = 256;
    r.picture = (jpeg_picture)(jpeg_random(seed) % JPEG_PICTURES);
    r.quality = 1 + (int)(jpeg_random(seed) % 100);
    r.ycc = r.h_samp * r.v_samp > 1 || jpeg_random(seed) % 2;
    r.jfif = r.ycc && jpeg_random(seed) % 2;
    r.adobe = !r.jfif && jpeg_random(seed) % 2;
    r.restart = jpeg_random(seed) % 3 ? 0 : 1 + (int)(jpeg_random(seed) % 9);
    r.optimise = jpeg_random(seed) % 3 == 0;
    r.abbreviated = !r.optimise && jpeg_random(seed) % 2;
    return r;
}

static void set_up(struct jpeg_compress_struct *c, const jpeg_recipe *r)
{
    c->image_width = (JDIMENSION)r->w;
    c->image_height = (JDIMENSION)r->h;
    c->input_components = r->components;
    c->in_color_space = r->components == 3 ? JCS_RGB : r->components == 1 ? JCS_GRAYSCALE : JCS_UNKNOWN;
    jpeg_set_defaults(c);
    jpeg_set_colorspace(c, r->components == 1   ? JCS_GRAYSCALE
                           : r->components != 3 ? JCS_UNKNOWN
                           : r->ycc             ? JCS_YCbCr
                                                : JCS_RGB);
    jpeg_set_quality(c, r->quality, TRUE);
    for (int i = 0; i < c->num_components; i++) {
        c->comp_info[i].h_samp_factor = r->chroma_h ? r->chroma_h : 1;
        c->comp_info[i].v_samp_factor = r->chroma_v ? r->chroma_v : 1;
    }
    c->comp_info[0].h_samp_factor = r->h_samp;
    c->comp_info[0].v_samp_factor = r->v_samp;
    c->write_JFIF_header = (boolean)r->jfif;
    c->write_Adobe_marker = (boolean)r->adobe;
    c->restart_interval = (unsigned)r->restart;
    c->optimize_coding = (boolean)r->optimise;
    c->arith_code = (boolean)r->arithmetic;
    if (r->progressive) jpeg_simple_progression(c);
}

static void draw(struct jpeg_compress_struct *c, const jpeg_recipe *r, uint64_t *seed)
{
    JSAMPLE *row = calloc((size_t)r->w, (size_t)r->components);
    if (!row) abort();
    while (c->next_scanline < c->image_height) {
        for (int x = 0; x < r->w; x++) {
            for (int i = 0; i < r->components; i++)
                row[x * r->components + i] = paint(r->picture, x, (int)c->next_scanline, i, seed);
        }
        jpeg_write_scanlines(c, &row, 1);
    }
    free(row);
}

jpeg_stream jpeg_make(const jpeg_recipe *r, uint64_t *seed)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    jpeg_stream out = {0};
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    if (r->abbreviated) {
        jpeg_mem_dest(&c, &out.tables, &out.tables_size);
        set_up(&c, r);
        jpeg_write_tables(&c);
        jpeg_suppress_tables(&c, TRUE);
    } else {
        set_up(&c, r);
    }
    jpeg_mem_dest(&c, &out.bytes, &out.size);
    jpeg_start_compress(&c, !r->abbreviated);
    draw(&c, r, seed);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return out;
}

void jpeg_stream_free(jpeg_stream *s)
{
    free(s->bytes);
    free(s->tables);
    *s = (jpeg_stream){0};
}
