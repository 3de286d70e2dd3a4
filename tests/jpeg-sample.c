/* Samples: streams from jpeg-maker.c, judged by libjpeg-turbo through the reader's decoder. */
#include "jpeg-sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static wsi_image make_image(int64_t w, int64_t h, int channels)
{
    const wsi_image im = {wsi_calloc((size_t)(h * w), (size_t)channels), w * channels, w, h, {WSI_U8, channels}};
    if (!im.data) fprintf(stderr, "no memory\n"), exit(1);
    return im;
}

jpeg_recipe jpeg_small_recipe(uint64_t *seed)
{
    jpeg_recipe r = jpeg_random_recipe(seed);
    r.w = 1 + r.w % 70;
    r.h = 1 + r.h % 70;
    r.progressive = jpeg_random(seed) % 32 == 0;
    return r;
}

void jpeg_sample_make(jpeg_sample *s, const jpeg_recipe *r, uint64_t *seed)
{
    const int cut = jpeg_random(seed) % 4 == 0;
    const int64_t w = cut ? 1 + jpeg_random(seed) % (unsigned)r->w : (unsigned)r->w;
    const int64_t h = cut ? 1 + jpeg_random(seed) % (unsigned)r->h : (unsigned)r->h;
    *s = (jpeg_sample){.recipe = *r, .stream = jpeg_make(r, seed), .tile = -1};
    s->want = make_image(w, h, r->components);
    s->got = make_image(w, h, r->components);
}

void jpeg_sample_free(jpeg_sample *s)
{
    jpeg_stream_free(&s->stream);
    wsi_free(s->want.data);
    wsi_free(s->got.data);
}

void jpeg_sample_damage(jpeg_sample *s, uint64_t *seed)
{
    unsigned char *bytes = s->stream.bytes;
    const unsigned long size = s->stream.size;
    const unsigned long from = jpeg_random(seed) % 2 ? size / 2 : 2;
    const uint32_t kind = jpeg_random(seed) % 6;
    for (uint32_t i = kind < 4 ? kind : 0; i > 0; i--) {
        bytes[from + jpeg_random(seed) % (size - from)] =
            (unsigned char)(jpeg_random(seed) % 3 ? jpeg_random(seed) : jpeg_random(seed) % 2 * 0xFF);
    }
    if (kind == 4) s->stream.size = jpeg_random(seed) % size;
    if (kind == 5) {
        const unsigned long a = from + jpeg_random(seed) % (size - from), b = from + jpeg_random(seed) % (size - from);
        memmove(bytes + a, bytes + b, size - (a > b ? a : b));
    }
    if (s->stream.tables && jpeg_random(seed) % 8 == 0) {
        s->stream.tables[jpeg_random(seed) % s->stream.tables_size] = (unsigned char)jpeg_random(seed);
    }
}

int jpeg_sample_read(jpeg_sample *s, wsi_jpeg *jpeg, wsi_jpeg_frame *frame)
{
    static uint64_t ids;
    const wsi_jpeg_tables tables = {s->stream.tables, s->stream.tables_size, ++ids};
    const wsi_jpeg_tables *shared = s->stream.tables ? &tables : NULL;
    const jpeg_stream *in = &s->stream;
    wsi_jpeg_header header;
    int usable = 0;
    const int parsed = wsi_jpeg_parse(in->bytes, in->size, &header);
    const wsi_jpeg_colour colour = parsed ? wsi_jpeg_decide_colour(&header, s->recipe.ycc) : WSI_JPEG_AS_STORED;
    s->status = wsi_jpeg_decode(jpeg, shared, colour, in->bytes, in->size, s->recipe.w, s->recipe.h, &s->want, NULL);
    if (wsi_jpeg_read_frame(jpeg, shared, colour, in->bytes, in->size, s->recipe.w, s->recipe.h, &s->want, frame,
                            &usable, NULL) != WSI_OK) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
    return usable;
}

int jpeg_sample_right(const jpeg_sample *s, char *text, size_t size)
{
    const jpeg_recipe *r = &s->recipe;
    const size_t bytes = (size_t)(s->want.h * s->want.stride);
    if (s->status == WSI_OK && memcmp(s->want.data, s->got.data, bytes) == 0) return 1;
    snprintf(text, size,
             "%dx%d, %d components %dx%d and %dx%d, picture %d, quality %d, ycc %d, restart %d: libjpeg's status is %d",
             r->w, r->h, r->components, r->h_samp, r->v_samp, r->chroma_h, r->chroma_v, (int)r->picture, r->quality,
             r->ycc, r->restart, (int)s->status);
    return 0;
}
