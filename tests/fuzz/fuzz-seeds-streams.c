/* JPEG streams of every kind that tests/jpeg-maker.c makes, small ones; and JPEG 2000 by OpenJPEG. */
#include "fuzz-seeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openjpeg.h>

#include "common/mem.h"
#include "jpeg-sample.h"
#include "reader-maker.h"

enum { JPEGS = 24, EDGE = 32 };

/* As fuzz-jpeg.c takes it apart. */
static void seed_jpeg(int number, const jpeg_recipe *recipe, uint64_t *seed)
{
    jpeg_stream s = jpeg_make(recipe, seed);
    const size_t size = 3 + s.tables_size + s.size;
    unsigned char *all = wsi_calloc(size, 1);
    if (!all) exit(1);
    all[0] = (unsigned char)(s.tables_size & 255);
    all[1] = (unsigned char)(s.tables_size >> 8);
    all[2] = (unsigned char)(number % 4);
    if (s.tables) memcpy(all + 3, s.tables, s.tables_size);
    memcpy(all + 3 + s.tables_size, s.bytes, s.size);
    seed_write("jpeg", seed_name(number), -1, all, size);
    wsi_free(all);
    jpeg_stream_free(&s);
}

static void quiet(const char *text, void *user)
{
    (void)text, (void)user;
}

static opj_image_t *picture(int channels, int bits)
{
    opj_image_cmptparm_t parts[3];
    memset(parts, 0, sizeof parts);
    for (int c = 0; c < channels; c++) {
        parts[c].dx = parts[c].dy = 1;
        parts[c].w = parts[c].h = EDGE;
        parts[c].prec = (OPJ_UINT32)bits;
    }
    opj_image_t *image =
        opj_image_create((OPJ_UINT32)channels, parts, channels == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
    if (!image) abort();
    image->x1 = image->y1 = EDGE;
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < EDGE * EDGE; i++) image->comps[c].data[i] = (i / EDGE * 7 + i % EDGE * 3 + 40 * c) % 200;
    return image;
}

/* first: what fuzz-jp2k.c is told of the tile. */
static void seed_jp2k(const char *name, int first, OPJ_CODEC_FORMAT format, int channels, int bits)
{
    opj_cparameters_t parameters;
    opj_codec_t *codec = opj_create_compress(format);
    opj_image_t *image = picture(channels, bits);
    opj_stream_t *stream = opj_stream_create_default_file_stream(maker_path(1), OPJ_FALSE);
    opj_set_default_encoder_parameters(&parameters);
    parameters.tcp_mct = channels == 3;
    parameters.numresolution = 3;
    if (!codec || !stream) abort();
    opj_set_error_handler(codec, quiet, NULL);
    if (!opj_setup_encoder(codec, &parameters, image) || !opj_start_compress(codec, image, stream) ||
        !opj_encode(codec, stream) || !opj_end_compress(codec, stream)) {
        abort();
    }
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(image);
    seed_move("jp2k", name, first, maker_path(1));
}

void seed_streams(void)
{
    uint64_t seed = 0x9E3779B97F4A7C15u;
    for (int i = 0; i < JPEGS; i++) {
        jpeg_recipe r = jpeg_small_recipe(&seed);
        r.progressive = i % 8 == 7;
        seed_jpeg(i, &r, &seed);
    }
    seed_jp2k("rgb.j2k", 2, OPJ_CODEC_J2K, 3, 8);
    seed_jp2k("grey.j2k", 0, OPJ_CODEC_J2K, 1, 8);
    seed_jp2k("grey16.j2k", 4, OPJ_CODEC_J2K, 1, 16);
    seed_jp2k("rgb.jp2", 2 + 8, OPJ_CODEC_JP2, 3, 8);
}
