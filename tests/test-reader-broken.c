/* Files that must fail: cut short, lying about sizes, or of a kind that is not read. Each ends in one error of the
 * right kind whose message names the file (and level and tile, where one is at fault), and memory stays small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/mem.h"
#include "reader-maker.h"
#include "reader/reader.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* Opens and reads everything; the first failure. */
static wsi_status try_file(const char *path, wsi_error *err)
{
    wsi_slide *slide = NULL;
    wsi_status status = wsi_slide_open(path, NULL, &slide, err);
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    for (int i = 0; status == WSI_OK && i < info->level_count; i++) {
        const wsi_level *l = &info->levels[i];
        for (int64_t t = 0; t < l->tiles_x * l->tiles_y && status == WSI_OK; t++) {
            const wsi_rect r = wsi_slide_tile_rect(slide, i, t % l->tiles_x, t / l->tiles_x);
            const size_t row = (size_t)r.w * wsi_pixfmt_size(info->fmt);
            const wsi_image dst = {wsi_calloc((size_t)r.h, row), (ptrdiff_t)row, r.w, r.h, info->fmt};
            if (!dst.data) fail_msg("%s: a tile of %lld x %lld was let through", path, (long long)r.w, (long long)r.h);
            status = wsi_slide_read_tile(slide, i, t % l->tiles_x, t / l->tiles_x, NULL, 0, &dst, err);
            wsi_free(dst.data);
        }
    }
    wsi_slide_close(&slide);
    return status;
}

static void expect(const char *path, wsi_status want, const char *text)
{
    wsi_error err = {0};
    const wsi_status status = try_file(path, &err);
    if (status != want || !strstr(err.message, text) || strncmp(err.message, path, strlen(path)) != 0) {
        fail_msg("expected [%s] with \"%s\", got [%s] %s", wsi_status_name(want), text, wsi_status_name(status),
                 err.message);
    }
}

/* A good tiled grey file, 100 x 100 in tiles of 64, with room for lies. */
static void start(maker *m, int compression, const void *tile, size_t size)
{
    uint64_t offsets[4], counts[4];
    maker_start(m, 0, 0);
    maker_image(m, 100, 100, 1, 8, 1, compression, 64);
    for (int i = 0; i < 4; i++) {
        offsets[i] = maker_bytes(m, tile, size);
        counts[i] = size;
    }
    maker_tags(m, 324, 4, offsets, 4);
    maker_tags(m, 325, 4, counts, 4);
}

static const char *finish(maker *m)
{
    maker_directory(m);
    maker_save(m, maker_path(0));
    return maker_path(0);
}

static unsigned char grey[64 * 64];

static void test_not_slides(void **state)
{
    (void)state;
    expect("/nonexistent/slide.svs", WSI_ERR_INPUT_OPEN, "No such file");
    expect("/tmp", WSI_ERR_INPUT_OPEN, "not a regular file");
    maker_write(maker_path(0), "", 0);
    expect(maker_path(0), WSI_ERR_INPUT_FORMAT, "not a slide");
    assert_int_equal(wsi_slide_probe(maker_path(0)), 0);
    maker_write(maker_path(0), "II", 2);
    expect(maker_path(0), WSI_ERR_INPUT_FORMAT, "not a slide");
    maker_write(maker_path(0), "\x89PNG\r\n\x1a\n and so on", 18);
    expect(maker_path(0), WSI_ERR_INPUT_FORMAT, "not a slide");
    maker_write(maker_path(0), "[GENERAL]\nSLIDE_ID=1\n", 21); /* a MIRAX Slidedat.ini */
    expect(maker_path(0), WSI_ERR_INPUT_FORMAT, "not a slide");
    assert_int_equal(wsi_slide_probe("/nonexistent"), 0);
    assert_int_equal(wsi_slide_probe("/tmp"), 0);
    assert_int_equal(wsi_slide_probe(NULL), 0);
}

/* A file cut anywhere never crashes, and never opens with all its tiles. */
static void test_truncated(void **state)
{
    size_t size;
    maker m;
    (void)state;
    start(&m, 1, grey, sizeof grey);
    unsigned char *bytes = maker_load(finish(&m), &size);
    assert_int_equal(try_file(maker_path(0), NULL), WSI_OK);
    for (size_t n = 8; n < size; n += n < size - 200 ? 997 : 1) {
        wsi_error err = {0};
        maker_write(maker_path(1), bytes, n);
        const wsi_status status = try_file(maker_path(1), &err);
        if (n < size - 4) { /* the last four bytes are the link to no further directory */
            assert_int_equal(status, WSI_ERR_INPUT_CORRUPT);
            assert_non_null(strstr(err.message, maker_path(1)));
        }
        assert_int_equal(wsi_slide_probe(maker_path(1)), 1); /* it claims to be one: its failure is to be seen */
    }
    wsi_free(bytes);
}

static void set_value(maker *m, int tag, int i, uint64_t value)
{
    for (int k = 0; k < m->tag_count; k++) {
        if (m->tags[k].tag == tag) m->tags[k].values[i] = value;
    }
}

static void test_bad_tiles_are_named(void **state)
{
    maker m;
    (void)state;
    start(&m, 1, grey, sizeof grey);
    set_value(&m, 324, 3, 0x7FFFFFFF);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "level 0 tile (1,1): tiff: 4096 bytes at 2147483647 lie beyond");
    start(&m, 1, grey, sizeof grey);
    set_value(&m, 325, 2, 100);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "level 0 tile (0,1): tiff: 100 bytes, the tile needs 4096");
    start(&m, 1, grey, sizeof grey);
    set_value(&m, 325, 2, 0xFFFFFFFF); /* cut at the end of the file, where enough is left */
    assert_int_equal(try_file(finish(&m), NULL), WSI_OK);
    start(&m, 5, "\x80\x00 nonsense", 11);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "level 0 tile (0,0): lzw: ");
    start(&m, 8, "nonsense", 8);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "level 0 tile (0,0): deflate: ");
    start(&m, 50000, "nonsense", 8);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "level 0 tile (0,0): zstd: ");
    start(&m, 32773, "\x05\x01", 2);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "level 0 tile (0,0): packbits: ");
    start(&m, 7, "\xFF\xD8\xFF\xD9", 4);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "level 0 tile (0,0): jpeg: no frame header");
    start(&m, 7, "not a jpeg", 10);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "level 0 tile (0,0): jpeg: ");
    start(&m, 33005, "\xFF\x4F\xFF\x51 too short", 14);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "level 0 tile (0,0): jpeg2000: no codestream");
}

static void test_lying_sizes(void **state)
{
    static const uint64_t sizes[] = {0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    maker m;
    (void)state;
    for (int i = 0; i < 4; i++) {
        for (int tag = 256; tag <= 257; tag++) {
            start(&m, 1, grey, sizeof grey);
            maker_tag1(&m, (uint16_t)tag, 4, sizes[i]);
            expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "tiff: ");
        }
        for (int tag = 322; tag <= 323; tag++) {
            start(&m, 1, grey, sizeof grey);
            maker_tag1(&m, (uint16_t)tag, 4, sizes[i] + 1);
            assert_int_not_equal(try_file(finish(&m), NULL), WSI_OK);
        }
    }
    start(&m, 1, grey, sizeof grey); /* one tile of a gigapixel, in 16 kB */
    maker_tag1(&m, 256, 4, 32768);
    maker_tag1(&m, 257, 4, 32768);
    maker_tag1(&m, 322, 4, 32768);
    maker_tag1(&m, 323, 4, 32768);
    expect(finish(&m), WSI_ERR_INPUT_UNSUPPORTED, "a tile of this size");
    start(&m, 1, grey, sizeof grey); /* tables for more tiles than there are */
    maker_tag1(&m, 256, 4, 1000);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "the tile table has 4 entries, 32 are needed");
    start(&m, 1, grey, sizeof grey);
    maker_drop(&m, 324);
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "tiff: ");
    start(&m, 1, grey, sizeof grey);
    maker_tag1(&m, 277, 3, 0);
    assert_int_not_equal(try_file(finish(&m), NULL), WSI_OK);
    start(&m, 1, grey, sizeof grey);
    maker_tag1(&m, 277, 3, 65535);
    assert_int_not_equal(try_file(finish(&m), NULL), WSI_OK);
}

static void test_unsupported(void **state)
{
    static const struct {
        uint16_t tag;
        uint64_t value;
        const char *text;
    } cases[] = {
        {259, 4, "fax"},
        {259, 6, "old-style JPEG"},
        {259, 12345, "unknown scheme"},
        {259, 33004, "JPEG 2000 whose colours nothing tells"},
        {259, 34887, "LERC"},
        {259, 34933, "PNG"},
        {259, 50002, "JPEG XL"},
        {258, 12, "this sample type"},
        {258, 24, "this sample type"},
        {339, 5, "this sample type"},
        {339, 6, "this sample type"},
        {262, 4, "transparency mask"},
        {262, 32845, "photometric"},
    };
    maker m;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(&m, 1, grey, sizeof grey);
        maker_tag1(&m, cases[i].tag, 3, cases[i].value);
        expect(finish(&m), WSI_ERR_INPUT_UNSUPPORTED, cases[i].text);
    }
    start(&m, 1, grey, sizeof grey); /* floating point, white is zero */
    maker_tag1(&m, 258, 3, 32);
    maker_tag1(&m, 339, 3, 3);
    maker_tag1(&m, 262, 3, 0);
    expect(finish(&m), WSI_ERR_INPUT_UNSUPPORTED, "white-is-zero");
    static const struct {
        int samples, photometric;
        const char *text;
    } colour[] = {{4, 5, "CMYK"}, {3, 8, "CIE"}, {3, 6, "YCbCr outside"}, {2, 2, "RGB with fewer"}};
    for (int i = 0; i < 4; i++) {
        start(&m, 1, grey, sizeof grey);
        maker_tags(&m, 258, 3, (const uint64_t[]){8, 8, 8, 8}, colour[i].samples);
        maker_tag1(&m, 277, 3, (uint64_t)colour[i].samples);
        maker_tag1(&m, 262, 3, (uint64_t)colour[i].photometric);
        expect(finish(&m), WSI_ERR_INPUT_UNSUPPORTED, colour[i].text);
    }
}

/* A broken directory behind a good one costs its level, and is said; a loop ends. */
static void test_broken_chain(void **state)
{
    size_t size;
    maker m;
    wsi_slide *slide = NULL;
    (void)state;
    start(&m, 1, grey, sizeof grey);
    const uint64_t first = maker_directory(&m);
    maker_image(&m, 50, 50, 1, 8, 1, 1, 64);
    maker_tag1(&m, 324, 4, 8);
    maker_tag1(&m, 325, 4, 4096);
    finish(&m);
    assert_int_equal(wsi_slide_open(maker_path(0), NULL, &slide, NULL), WSI_OK);
    assert_int_equal(wsi_slide_get_info(slide)->level_count, 2);
    wsi_slide_close(&slide);
    unsigned char *bytes = maker_load(maker_path(0), &size);
    maker_write(maker_path(1), bytes, size - 60); /* the second directory is cut */
    assert_int_equal(wsi_slide_open(maker_path(1), NULL, &slide, NULL), WSI_OK);
    assert_int_equal(wsi_slide_get_info(slide)->level_count, 1);
    wsi_slide_close(&slide);
    memcpy(bytes + size - 4, &(uint32_t){(uint32_t)first}, 4); /* the chain bites its tail */
    maker_write(maker_path(1), bytes, size);
    assert_int_equal(wsi_slide_open(maker_path(1), NULL, &slide, NULL), WSI_OK);
    assert_int_equal(wsi_slide_get_info(slide)->level_count, 2);
    wsi_slide_close(&slide);
    wsi_free(bytes);
}

/* Descriptions that are no XML, bomb the parser or lie about planes. */
static void test_hostile_descriptions(void **state)
{
    static const char *const texts[] = {
        "<OME xmlns=\"http://www.openmicroscopy.org/x\"",
        "<!DOCTYPE OME [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>"
        "<OME xmlns=\"http://www.openmicroscopy.org/x\"><Image><Pixels SizeC=\"&b;\"/></Image></OME>",
        "<!DOCTYPE OME SYSTEM \"file:///etc/passwd\"><OME xmlns=\"http://www.openmicroscopy.org/x\"/>",
        "<OME xmlns=\"http://www.openmicroscopy.org/x\"/>",
        "<OME xmlns=\"http://www.openmicroscopy.org/x\"><Image><Pixels SizeC=\"-4\" SizeZ=\"99999999999\" SizeT=\"x\">"
        "<Channel SamplesPerPixel=\"0\"/><TiffData IFD=\"4294967297\" PlaneCount=\"1048576\"/></Pixels></Image></OME>",
        "<DataObject ObjectType=\"DPUfsImport\"><Attribute Name=\"PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE\">"
        "<Attribute Name=\"DICOM_PIXEL_SPACING\">\"1e-300\" \"nan\" x</Attribute></Attribute></DataObject>",
        "Aperio\n|MPP = nan|AppMag = 1e999|=|||",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        maker m;
        wsi_slide *slide = NULL;
        wsi_error err = {0};
        start(&m, 1, grey, sizeof grey);
        maker_text(&m, 270, texts[i]);
        if (wsi_slide_open(finish(&m), NULL, &slide, &err) != WSI_OK) fail_msg("%s", err.message);
        const wsi_slide_info *info = wsi_slide_get_info(slide);
        assert_int_equal(info->level_count, 1);
        assert_int_equal(info->fmt.channels, 1);
        assert_true(info->mpp_x == 0 && info->objective == 0);
        wsi_slide_close(&slide);
    }
    maker m;
    start(&m, 1, grey, sizeof grey);
    maker_text(
        &m, 270,
        "<OME xmlns=\"http://www.openmicroscopy.org/x\"><Image><Pixels SizeC=\"1000\"><Channel SamplesPerPixel=\"1\"/>"
        "</Pixels></Image></OME>");
    expect(finish(&m), WSI_ERR_INPUT_UNSUPPORTED, "1000 channels");
    start(&m, 1, grey, sizeof grey);
    maker_text(&m, 270,
               "<OME xmlns=\"http://www.openmicroscopy.org/x\"><Image><Pixels DimensionOrder=\"CXY\"/></Image></OME>");
    expect(finish(&m), WSI_ERR_INPUT_CORRUPT, "dimension order");
}

/* Every byte of a small file changed in turn: an error or pixels, nothing else. */
static void test_every_byte(void **state)
{
    static const unsigned char values[] = {0x00, 0xFF, 0x80};
    size_t size;
    maker m;
    (void)state;
    maker_start(&m, 0, 0);
    maker_image(&m, 8, 8, 1, 8, 1, 1, 16);
    maker_tag1(&m, 324, 4, maker_bytes(&m, grey, 256));
    maker_tag1(&m, 325, 4, 256);
    unsigned char *bytes = maker_load(finish(&m), &size);
    for (size_t i = 0; i < size; i++) {
        if (i == 8) i = 264; /* pixels */
        for (int v = 0; v < 3; v++) {
            const unsigned char old = bytes[i];
            bytes[i] = values[v];
            maker_write(maker_path(1), bytes, size);
            wsi_error err = {0};
            if (try_file(maker_path(1), &err) != WSI_OK) assert_non_null(strstr(err.message, maker_path(1)));
            bytes[i] = old;
        }
    }
    wsi_free(bytes);
}

static void test_memory_stayed_small(void **state)
{
    struct rusage usage;
    (void)state;
    getrusage(RUSAGE_SELF, &usage);
    if (!SANITIZED) assert_true(usage.ru_maxrss < 200 * 1024);
}

static int remove_files(void **state)
{
    (void)state;
    unlink(maker_path(0));
    unlink(maker_path(1));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_slides),           cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_bad_tiles_are_named),  cmocka_unit_test(test_lying_sizes),
        cmocka_unit_test(test_unsupported),          cmocka_unit_test(test_broken_chain),
        cmocka_unit_test(test_hostile_descriptions), cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_memory_stayed_small),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
