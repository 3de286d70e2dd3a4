/* TIFF layouts: every sample type, compression, predictor, plane layout, byte order and tiling comes back exactly as
 * it was written; pyramids, channels, sparse tiles and vendors' metadata are understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "common/mem.h"
#include "reader-maker.h"
#include "reader/reader.h"

enum { W = 150, H = 110 };

static wsi_slide *open_good(const char *path)
{
    wsi_error err = {0};
    wsi_slide *slide = NULL;
    if (wsi_slide_open(path, NULL, &slide, &err) != WSI_OK) fail_msg("%s", err.message);
    return slide;
}

static wsi_image read_level(wsi_slide *slide, int level)
{
    wsi_error err = {0};
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    const wsi_level *l = &info->levels[level];
    const ptrdiff_t stride = (ptrdiff_t)((size_t)l->w * wsi_pixfmt_size(info->fmt));
    const wsi_image im = {wsi_calloc((size_t)l->h, (size_t)stride), stride, l->w, l->h, info->fmt};
    assert_non_null(im.data);
    if (wsi_slide_decode_rect(slide, level, (wsi_rect){0, 0, l->w, l->h}, &im, &err) != WSI_OK) {
        fail_msg("%s", err.message);
    }
    return im;
}

/* ---- Everything libtiff can write ---- */

typedef struct layout {
    wsi_dtype type;
    int samples, compression, predictor, planar, tiled;
    const char *mode;
} layout;

static uint32_t noise(uint32_t i)
{
    i = i * 2654435761u ^ i >> 13;
    return i ^ i >> 16;
}

/* Sample s of pixel (x, y): bits without meaning for integers, finite numbers for floats. */
static void sample(const layout *l, int x, int y, int s, unsigned char *out)
{
    const uint32_t v = noise((uint32_t)(x / 3 + 1000 * y + 1000000 * s));
    const float f = (float)(int32_t)v / 65536.0f;
    const double d = (double)(int32_t)v / 3.0;
    if (l->type == WSI_F32) {
        memcpy(out, &f, 4);
    } else if (l->type == WSI_F64) {
        memcpy(out, &d, 8);
    } else {
        memcpy(out, &v, wsi_dtype_size(l->type));
    }
}

/* Rows of a block at (x0, y0), samples s0 .. s0+n-1, blocks clipped at nothing: outside pixels are made up, too. */
static void fill_block(const layout *l, int x0, int y0, int w, int h, int s0, int n, unsigned char *out)
{
    const size_t size = wsi_dtype_size(l->type);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            for (int s = 0; s < n; s++, out += size) sample(l, x0 + x, y0 + y, s0 + s, out);
        }
    }
}

static void write_blocks(TIFF *tif, const layout *l, int bw, int bh)
{
    unsigned char *block = wsi_calloc((size_t)bw * (size_t)bh, (size_t)l->samples * 8);
    const int planes = l->planar == PLANARCONFIG_SEPARATE ? l->samples : 1, n = l->samples / planes;
    const size_t row = (size_t)bw * (size_t)n * wsi_dtype_size(l->type);
    uint32_t index = 0;
    for (int p = 0; p < planes; p++) {
        for (int y = 0; y < H; y += bh) {
            for (int x = 0; x < W; x += bw, index++) {
                const int rows = l->tiled || y + bh <= H ? bh : H - y;
                fill_block(l, x, y, bw, rows, p * n, n, block);
                const tmsize_t size = (tmsize_t)(row * (size_t)rows);
                const tmsize_t done = l->tiled ? TIFFWriteEncodedTile(tif, index, block, size)
                                               : TIFFWriteEncodedStrip(tif, index, block, size);
                assert_true(done >= 0);
            }
        }
    }
    wsi_free(block);
}

static void write_layout(const layout *l, const char *path)
{
    const int bw = l->tiled ? 64 : W, bh = l->tiled ? 48 : 13;
    const int format = l->type >= WSI_F32                                              ? SAMPLEFORMAT_IEEEFP
                       : l->type == WSI_I8 || l->type == WSI_I16 || l->type == WSI_I32 ? SAMPLEFORMAT_INT
                                                                                       : SAMPLEFORMAT_UINT;
    TIFF *tif = TIFFOpen(path, l->mode);
    assert_non_null(tif);
    TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, W);
    TIFFSetField(tif, TIFFTAG_IMAGELENGTH, H);
    TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, (int)(8 * wsi_dtype_size(l->type)));
    TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, l->samples);
    TIFFSetField(tif, TIFFTAG_SAMPLEFORMAT, format);
    TIFFSetField(tif, TIFFTAG_PLANARCONFIG, l->planar);
    TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, l->samples == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tif, TIFFTAG_COMPRESSION, l->compression);
    if (l->predictor > 1) TIFFSetField(tif, TIFFTAG_PREDICTOR, l->predictor);
    if (l->tiled) {
        TIFFSetField(tif, TIFFTAG_TILEWIDTH, bw);
        TIFFSetField(tif, TIFFTAG_TILELENGTH, bh);
    } else {
        TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, bh);
    }
    write_blocks(tif, l, bw, bh);
    TIFFClose(tif);
}

static void check_layout(const layout *l)
{
    const char *path = maker_path(0);
    write_layout(l, path);
    wsi_slide *slide = open_good(path);
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    assert_int_equal(info->fmt.type, l->type);
    assert_int_equal(info->fmt.channels, l->samples);
    assert_int_equal(info->photometric, l->samples == 1   ? WSI_PHOTO_GRAY
                                        : l->samples == 3 ? WSI_PHOTO_RGB
                                                          : WSI_PHOTO_CHANNELS);
    const wsi_image im = read_level(slide, 0);
    unsigned char *want = wsi_calloc((size_t)im.h, (size_t)im.stride);
    fill_block(l, 0, 0, W, H, 0, l->samples, want);
    if (memcmp(im.data, want, (size_t)(im.stride * im.h)) != 0) {
        fail_msg("%s x %d, compression %d, predictor %d, planar %d, tiled %d, %s: pixels differ",
                 wsi_dtype_name(l->type), l->samples, l->compression, l->predictor, l->planar, l->tiled, l->mode);
    }
    wsi_free(want);
    wsi_free(im.data);
    wsi_slide_close(&slide);
}

static void test_all_layouts(void **state)
{
    static const int codecs[] = {COMPRESSION_NONE,    COMPRESSION_LZW,  COMPRESSION_ADOBE_DEFLATE,
                                 COMPRESSION_DEFLATE, COMPRESSION_ZSTD, COMPRESSION_PACKBITS};
    static const wsi_dtype types[] = {WSI_U8, WSI_I8, WSI_U16, WSI_I16, WSI_U32, WSI_I32, WSI_F32, WSI_F64};
    static const char *const modes[] = {"wl", "wb", "wl8", "wb8"};
    static const int samples[] = {1, 3, 5};
    unsigned turn = 0;
    (void)state;
    for (int i = 0; i < 8 * 6 * 2 * 2 * 2; i++) {
        const int predicted = i / 48 % 2, codec = codecs[i / 8 % 6], floats = types[i % 8] >= WSI_F32;
        const int can = codec != COMPRESSION_NONE && codec != COMPRESSION_PACKBITS;
        if (predicted && !can) continue;
        const layout l = {.type = types[i % 8],
                          .samples = samples[turn % 3],
                          .compression = codec,
                          .predictor = !predicted ? 1
                                       : floats   ? 3
                                                  : 2,
                          .planar = i / 96 % 2 ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG,
                          .tiled = i / 192 % 2,
                          .mode = modes[turn / 3 % 4]};
        turn++;
        /* libtiff 4.5 swaps before its floating-point predictor when it writes the other byte order: not a file. */
        if (l.predictor == 3 && l.mode[1] == 'b') continue;
        check_layout(&l);
    }
    unlink(maker_path(0));
}

/* ---- Made by hand ---- */

static void test_sparse_tiles(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) { /* offset and count 0; count 0 alone */
        maker m;
        maker_start(&m, 1, kind);
        maker_grey_tiles(&m, 100, 100, 64, 10);
        for (int i = 0; i < m.tag_count; i++) {
            if (m.tags[i].tag == 325 || (m.tags[i].tag == 324 && kind == 0)) m.tags[i].values[2] = 0;
        }
        maker_directory(&m);
        maker_save(&m, maker_path(0));
        wsi_slide *slide = open_good(maker_path(0));
        const wsi_image im = read_level(slide, 0);
        assert_int_equal(wsi_slide_tile_span(slide, 0, 0, 1).size, 0);
        assert_int_equal(wsi_slide_tile_span(slide, 0, 1, 1).size, 64 * 64);
        assert_int_equal(((uint8_t *)im.data)[0], 10);
        assert_int_equal(((uint8_t *)im.data)[64 * 100], 0); /* background of grey */
        assert_int_equal(((uint8_t *)im.data)[64 * 100 + 64], 13);
        wsi_free(im.data);
        wsi_slide_close(&slide);
    }
}

/* Pages are levels when they are reduced copies, with the bit or without it; other pages are not. */
static void test_page_pyramid(void **state)
{
    (void)state;
    for (int bit = 0; bit < 2; bit++) {
        maker m;
        maker_start(&m, 0, bit);
        static const struct {
            uint32_t w, h;
        } pages[] = {{200, 150}, {50, 38}, {100, 75}, {100, 90}, {200, 150}, {25, 19}};
        for (int i = 0; i < 6; i++) {
            maker_grey_tiles(&m, pages[i].w, pages[i].h, 64, 10 * i);
            if (bit && i > 0) maker_tag1(&m, 254, 4, 1);
            maker_directory(&m);
        }
        maker_save(&m, maker_path(0));
        wsi_slide *slide = open_good(maker_path(0));
        const wsi_slide_info *info = wsi_slide_get_info(slide);
        assert_int_equal(info->level_count, 4);
        assert_int_equal(info->levels[1].w, 100); /* sorted by size, whatever their order */
        assert_int_equal(info->levels[1].h, 75);
        assert_int_equal(info->levels[2].w, 50);
        assert_int_equal(info->levels[3].w, 25);
        assert_int_equal(info->associated_count, 1);
        assert_string_equal(info->associated[0].name, "page-3");
        uint8_t rgb[100 * 90 * 3];
        const wsi_image page = {rgb, 300, 100, 90, {WSI_U8, 3}};
        assert_int_equal(wsi_slide_decode_associated(slide, 0, &page, NULL), WSI_OK);
        assert_int_equal(rgb[0], 30);
        assert_int_equal(rgb[3 * (89 * 100 + 99) + 2], 33);
        wsi_slide_close(&slide);
    }
}

static void test_sub_ifds(void **state)
{
    uint64_t subs[2];
    maker m;
    (void)state;
    maker_start(&m, 1, 1);
    maker_grey_tiles(&m, 100, 80, 64, 20);
    subs[0] = maker_sub_directory(&m);
    maker_grey_tiles(&m, 50, 40, 64, 30);
    subs[1] = maker_sub_directory(&m);
    maker_grey_tiles(&m, 200, 160, 64, 0);
    maker_tags(&m, 330, 16, subs, 2);
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    wsi_slide *slide = open_good(maker_path(0));
    assert_int_equal(wsi_slide_get_info(slide)->level_count, 3);
    const wsi_image im = read_level(slide, 2);
    assert_int_equal(((uint8_t *)im.data)[0], 30);
    wsi_free(im.data);
    wsi_slide_close(&slide);
}

static void test_palette_bits_and_inversion(void **state)
{
    static const unsigned char bits[] = {0xA0, 0x50}, nibbles[] = {0x1F, 0xF0};
    uint64_t map[48];
    maker m;
    (void)state;
    maker_start(&m, 0, 0);
    maker_strip(&m, 4, 2, 1, 0, bits, sizeof bits); /* white is zero: 1010 -> black white black white */
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    wsi_slide *slide = open_good(maker_path(0));
    wsi_image im = read_level(slide, 0);
    assert_memory_equal(im.data, ((const uint8_t[]){0, 255, 0, 255, 255, 0, 255, 0}), 8);
    wsi_free(im.data);
    wsi_slide_close(&slide);

    for (int i = 0; i < 48; i++) map[i] = (uint64_t)i * 1000;
    maker_start(&m, 0, 1);
    maker_strip(&m, 2, 2, 4, 3, nibbles, sizeof nibbles);
    maker_tags(&m, 320, 3, map, 48);
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    slide = open_good(maker_path(0));
    im = read_level(slide, 0);
    assert_int_equal(im.fmt.channels, 3);
    assert_memory_equal(im.data,
                        ((const uint8_t[]){1000 >> 8, 17000 >> 8, 33000 >> 8, 15000 >> 8, 31000 >> 8, 47000 >> 8}), 6);
    wsi_free(im.data);
    wsi_slide_close(&slide);

    static const uint16_t words[] = {0, 65535, 1, 1000};
    maker_start(&m, 0, 0);
    maker_strip(&m, 2, 2, 16, 0, words, sizeof words);
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    slide = open_good(maker_path(0));
    im = read_level(slide, 0);
    assert_memory_equal(im.data, ((const uint16_t[]){65535, 0, 65534, 64535}), 8);
    wsi_free(im.data);
    wsi_slide_close(&slide);
}

/* A strip of 80 MB is read in bands, forwards cheaply, backwards by starting over; memory is a row. */
static void test_huge_strip(void **state)
{
    enum { WIDE = 10000, TALL = 8000 };
    unsigned char *rows = wsi_calloc(TALL, WIDE);
    wsi_error err = {0};
    (void)state;
    for (int y = 0; y < TALL; y++) memset(rows + (size_t)y * WIDE, y % 251, WIDE);
    TIFF *tif = TIFFOpen(maker_path(0), "w");
    TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, WIDE);
    TIFFSetField(tif, TIFFTAG_IMAGELENGTH, TALL);
    TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tif, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, TALL);
    assert_true(TIFFWriteEncodedStrip(tif, 0, rows, (tmsize_t)WIDE * TALL) > 0);
    TIFFClose(tif);
    wsi_free(rows);
    wsi_slide *slide = open_good(maker_path(0));
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    assert_int_equal(info->levels[0].sequential, 1);
    assert_int_equal(info->levels[0].raw, 0);
    const int64_t bands[] = {3, 4, 20, 1, info->levels[0].tiles_y - 1};
    const wsi_image band = {wsi_calloc(256, WIDE), WIDE, WIDE, 256, {WSI_U8, 1}};
    for (int i = 0; i < 5; i++) {
        const wsi_rect r = wsi_slide_tile_rect(slide, 0, 0, bands[i]);
        const wsi_image dst = wsi_image_crop(&band, (wsi_rect){0, 0, r.w, r.h});
        if (wsi_slide_read_tile(slide, 0, 0, bands[i], NULL, 0, &dst, &err) != WSI_OK) fail_msg("%s", err.message);
        for (int64_t y = 0; y < r.h; y++) {
            const uint8_t *row = wsi_image_row(&dst, y);
            assert_int_equal(row[0], (r.y + y) % 251);
            assert_int_equal(row[WIDE - 1], (r.y + y) % 251);
        }
    }
    wsi_free(band.data);
    wsi_slide_close(&slide);
}

/* The fingerprint follows content, not name or time, and notices one changed byte in a small file. */
static void test_fingerprint(void **state)
{
    size_t size;
    char first[65], second[65];
    maker m;
    (void)state;
    maker_start(&m, 0, 0);
    maker_grey_tiles(&m, 200, 150, 64, 0);
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    unsigned char *bytes = maker_load(maker_path(0), &size);
    maker_write(maker_path(1), bytes, size);
    bytes[size / 2] ^= 1;
    maker_write(maker_path(2), bytes, size);
    wsi_free(bytes);
    wsi_slide *slide = open_good(maker_path(0));
    memcpy(first, wsi_slide_get_info(slide)->fingerprint, 65);
    wsi_slide_close(&slide);
    slide = open_good(maker_path(1));
    memcpy(second, wsi_slide_get_info(slide)->fingerprint, 65);
    wsi_slide_close(&slide);
    assert_string_equal(first, second);
    slide = open_good(maker_path(2));
    assert_string_not_equal(first, wsi_slide_get_info(slide)->fingerprint);
    wsi_slide_close(&slide);
}

static int remove_files(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) unlink(maker_path(i));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_layouts),
        cmocka_unit_test(test_sparse_tiles),
        cmocka_unit_test(test_page_pyramid),
        cmocka_unit_test(test_sub_ifds),
        cmocka_unit_test(test_palette_bits_and_inversion),
        cmocka_unit_test(test_huge_strip),
        cmocka_unit_test(test_fingerprint),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
