/* Files made to mislead: streams that hold something else than their first bytes say, numbers beyond every range. What
 * comes out is the same every time, and small files cost little. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "reader-maker.h"
#include "reader/decode-jp2k.h"
#include "reader/reader.h"

enum { EDGE = 64 };

/* ---- More than the tile ---- */

/* zlib's stream of 8192 bytes of 7: its matches of 258 bytes end before and behind the end of a tile of 4096. */
static const unsigned char too_much[] = {0x78, 0xda, 0xed, 0xc1, 0x31, 0x0d, 0x00, 0x00, 0x00, 0xc3, 0xa0,
                                         0xb3, 0xfe, 0x1d, 0x4f, 0xc7, 0x12, 0xa0, 0x00, 0x00, 0x00, 0x00,
                                         0x00, 0x00, 0x00, 0x80, 0x77, 0x03, 0x62, 0x0f, 0xe0, 0x01};

static void read_into(wsi_slide *slide, unsigned char *pixels, int fill)
{
    const wsi_image dst = {pixels, EDGE, EDGE, EDGE, {WSI_U8, 1}};
    memset(pixels, fill, EDGE * EDGE);
    assert_int_equal(wsi_slide_read_tile(slide, 0, 0, 0, NULL, 0, &dst, NULL), WSI_OK);
}

static void test_deflate_beyond_the_tile(void **state)
{
    static unsigned char first[EDGE * EDGE], second[EDGE * EDGE];
    wsi_slide *slide = NULL;
    maker m;
    (void)state;
    maker_start(&m, 0, 0);
    maker_image(&m, EDGE, EDGE, 1, 8, 1, 8, EDGE);
    maker_tag1(&m, 324, 4, maker_bytes(&m, too_much, sizeof too_much));
    maker_tag1(&m, 325, 4, sizeof too_much);
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    assert_int_equal(wsi_slide_open(maker_path(0), NULL, &slide, NULL), WSI_OK);
    read_into(slide, first, 0x55);
    read_into(slide, second, 0xAA);
    assert_int_equal(first[0], 7);
    assert_memory_equal(first, second, sizeof first);
    wsi_slide_close(&slide);
}

/* ---- SubIFDs ---- */

static int warnings; /* one thread */

static void count_warning(void *user, wsi_log_level level, const char *text)
{
    (void)user, (void)text;
    warnings += level == WSI_LOG_WARNING;
}

/* Every one of many directories names the same SubIFDs, which are none. */
static void test_sub_ifds_of_nothing(void **state)
{
    enum { PAGES = 200, SUBS = 60 };
    static const wsi_log log = {count_warning, NULL, WSI_LOG_WARNING};
    const wsi_slide_options options = {.log = &log};
    uint64_t subs[SUBS];
    wsi_slide *slide = NULL;
    maker m;
    (void)state;
    for (int i = 0; i < SUBS; i++) subs[i] = 9;
    maker_start(&m, 0, 0);
    for (int i = 0; i < PAGES; i++) {
        maker_grey_tiles(&m, 16, 16, 16, 0);
        maker_tags(&m, 330, 4, subs, SUBS);
        maker_directory(&m);
    }
    maker_save(&m, maker_path(0));
    assert_int_equal(wsi_slide_open(maker_path(0), &options, &slide, NULL), WSI_OK);
    assert_int_equal(wsi_slide_get_info(slide)->level_count, 1);
    assert_int_equal(warnings, 256 + 1); /* and that no others are looked at */
    wsi_slide_close(&slide);
}

/* ---- JPEG 2000 ---- */

static size_t put32(unsigned char *out, uint32_t v)
{
    for (int i = 0; i < 4; i++) out[i] = (unsigned char)(v >> (24 - 8 * i));
    return 4;
}

/* The start of a codestream of one component; returns its size. */
static size_t put_siz(unsigned char *out, uint32_t side, uint32_t tile)
{
    static const unsigned char head[] = {0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0}, tail[] = {0, 1, 7, 1, 1};
    size_t n = 0;
    memcpy(out, head, sizeof head);
    n += sizeof head;
    for (int i = 0; i < 2; i++) n += put32(out + n, side);
    for (int i = 0; i < 2; i++) n += put32(out + n, 0);
    for (int i = 0; i < 2; i++) n += put32(out + n, tile);
    for (int i = 0; i < 2; i++) n += put32(out + n, 0);
    memcpy(out + n, tail, sizeof tail);
    return n + sizeof tail;
}

static size_t put_box(unsigned char *out, const char *type, const void *content, size_t size)
{
    put32(out, (uint32_t)(size + 8));
    memcpy(out + 4, type, 4);
    memcpy(out + 8, content, size);
    return size + 8;
}

static void expect_jp2k(const unsigned char *bytes, size_t size, const char *text)
{
    static unsigned char pixels[32 * 32];
    const wsi_image dst = {pixels, 32, 32, 32, {WSI_U8, 1}};
    wsi_error err = {0};
    assert_int_equal(wsi_jp2k_decode(bytes, size, WSI_JP2K_SAYS_RGB, 32, 32, &dst, &err), WSI_ERR_INPUT_CORRUPT);
    if (!strstr(err.message, text)) fail_msg("expected \"%s\", got \"%s\"", text, err.message);
}

/* A small codestream in another box, or behind the first marker of a large one, does not speak for the large one:
 * OpenJPEG would make room for its 65025 tiles. */
static void test_jp2k_sizes_are_those_that_count(void **state)
{
    unsigned char small[64], large[64], file[512] = {0};
    const size_t small_size = put_siz(small, 32, 32), large_size = put_siz(large, 30000, 118);
    size_t n = put_box(file, "jP  ", "\r\n\x87\n", 4);
    (void)state;
    n += put_box(file + n, "ftyp", "jp2 \0\0\0\0jp2 ", 12);
    n += put_box(file + n, "uuid", small, small_size);
    n += put_box(file + n, "jp2c", large, large_size);
    expect_jp2k(file, n, "the stream is 30000x30000, the tile 32x32");
    memset(file, 0, sizeof file);
    memcpy(file, "\xFF\x4F\xFF\x30", 4); /* a marker that has no content */
    memcpy(file + 4, large + 2, large_size - 2);
    memcpy(file + 2 + large_size, small, small_size);
    expect_jp2k(file, sizeof file, "no codestream");
}

static void test_jp2k_boxes_that_lead_nowhere(void **state)
{
    unsigned char small[64], file[256] = {0};
    const size_t small_size = put_siz(small, 32, 32);
    (void)state;
    const size_t start = put_box(file, "jP  ", "\r\n\x87\n", 4);
    size_t n = start + put_box(file + start, "uuid", small, small_size);
    expect_jp2k(file, n, "no codestream");
    for (uint32_t length = 0; length < 8; length++) { /* 0: to the end; 1: a length of eight bytes follows */
        put32(file + start, length);
        expect_jp2k(file, n, "no codestream");
    }
    put32(file + start, UINT32_MAX);
    expect_jp2k(file, n, "no codestream");
    n = start + put_box(file + start, "jp2c", small, 20);
    expect_jp2k(file, n, "no codestream");
}

static int remove_files(void **state)
{
    (void)state;
    unlink(maker_path(0));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deflate_beyond_the_tile),
        cmocka_unit_test(test_sub_ifds_of_nothing),
        cmocka_unit_test(test_jp2k_sizes_are_those_that_count),
        cmocka_unit_test(test_jp2k_boxes_that_lead_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
