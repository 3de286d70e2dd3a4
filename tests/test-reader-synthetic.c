/* The synthetic slide: its nuclei are where the plan says, tiles do not depend on tiling, sizes have no ceiling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "reader/reader-synthetic.h"
#include "reader/reader.h"

static const wsi_pixfmt rgb = {WSI_U8, 3};

static wsi_slide *open_good(const char *path)
{
    wsi_error err = {0};
    wsi_slide *slide = NULL;
    if (wsi_slide_open(path, NULL, &slide, &err) != WSI_OK) fail_msg("%s", err.message);
    return slide;
}

static wsi_image read_rect(wsi_slide *slide, int level, wsi_rect r)
{
    wsi_error err = {0};
    const wsi_image im = {wsi_calloc((size_t)r.h, 3 * (size_t)r.w), 3 * r.w, r.w, r.h, rgb};
    assert_non_null(im.data);
    if (wsi_slide_decode_rect(slide, level, r, &im, &err) != WSI_OK) fail_msg("%s", err.message);
    return im;
}

static wsi_image read_all(const char *path, int level)
{
    wsi_slide *slide = open_good(path);
    const wsi_level *l = &wsi_slide_get_info(slide)->levels[level];
    const wsi_image im = read_rect(slide, level, (wsi_rect){0, 0, l->w, l->h});
    wsi_slide_close(&slide);
    return im;
}

static void test_bad_specs(void **state)
{
    static const char *const bad[] = {
        "synthetic:",
        "synthetic:100",
        "synthetic:x100",
        "synthetic:100x",
        "synthetic:0x100",
        "synthetic:100x0",
        "synthetic:-1x10",
        "synthetic:2147483648x10",
        "synthetic:10x99999999999999999999",
        "synthetic:10x10,",
        "synthetic:10x10,seed",
        "synthetic:10x10,seed=",
        "synthetic:10x10,seed=-1",
        "synthetic:10x10,seed=4294967296",
        "synthetic:10x10,tile=15",
        "synthetic:10x10,tile=8193",
        "synthetic:10x10,levels=0",
        "synthetic:10x10,levels=25",
        "synthetic:10x10,mpp=0",
        "synthetic:10x10,colour=red",
        "synthetic:10x10 ",
        "synthetic:1e3x10",
        "synthetic:10x10,seed=1,,tile=256",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        wsi_error err = {0};
        wsi_slide *slide = NULL;
        assert_int_equal(wsi_slide_open(bad[i], NULL, &slide, &err), WSI_ERR_USAGE);
        assert_null(slide);
        assert_int_equal(strncmp(err.message, bad[i], strlen(bad[i])), 0);
        assert_non_null(strstr(err.message, "synthetic:WxH"));
    }
    assert_int_equal(wsi_slide_open(NULL, NULL, NULL, NULL), WSI_ERR_USAGE);
}

/* Dark and blue enough to be a nucleus: no tissue or background pixel is. */
static int is_nucleus(const uint8_t *p)
{
    return p[0] < 110 && p[1] < 80;
}

/* Pixels that are nuclei, counted on the picture and by the plan. */
static void check_pixels(const char *path)
{
    wsi_synthetic_spec spec;
    wsi_nucleus nuclei[WSI_SYNTHETIC_BLOCK_NUCLEI];
    int64_t bx, by, seen = 0, planned = 0, found = 0;
    assert_int_equal(wsi_synthetic_parse(path, &spec, NULL), WSI_OK);
    wsi_image im = read_all(path, 0);
    for (int64_t i = 0; i < im.w * im.h; i++) seen += is_nucleus((uint8_t *)im.data + 3 * i);
    wsi_synthetic_blocks(&spec, &bx, &by);
    for (int64_t b = 0; b < bx * by; b++) {
        const int n = wsi_synthetic_block(&spec, b % bx, b / bx, nuclei);
        for (int i = 0; i < n; i++, found++) {
            for (int dy = -nuclei[i].ry; dy <= nuclei[i].ry; dy++) {
                const int half = wsi_nucleus_half_width(&nuclei[i], dy);
                const uint8_t *row = wsi_image_row(&im, nuclei[i].cy + dy);
                planned += 2 * half + 1;
                assert_true(is_nucleus(row + 3 * (nuclei[i].cx - half)));
                assert_true(is_nucleus(row + 3 * (nuclei[i].cx + half)));
                assert_false(is_nucleus(row + 3 * (nuclei[i].cx - half - 1)));
                assert_false(is_nucleus(row + 3 * (nuclei[i].cx + half + 1)));
            }
        }
    }
    assert_int_equal(seen, planned);
    assert_int_equal(found, wsi_synthetic_count(&spec));
    wsi_free(im.data);
}

static void test_nuclei_are_where_planned(void **state)
{
    (void)state;
    check_pixels("synthetic:2100x1500,seed=3");
    check_pixels("synthetic:1111x3333,seed=0");
    check_pixels("synthetic:287x288");
    check_pixels("synthetic:288x288");
}

/* The closed sum equals the sum over blocks. */
static void test_count(void **state)
{
    (void)state;
    for (int64_t w = 1; w < 12000; w += 617) {
        wsi_synthetic_spec spec = {.w = w, .h = 9000 - w / 2, .seed = (uint32_t)w};
        wsi_nucleus nuclei[WSI_SYNTHETIC_BLOCK_NUCLEI];
        int64_t bx, by;
        uint64_t sum = 0;
        wsi_synthetic_blocks(&spec, &bx, &by);
        for (int64_t b = 0; b < bx * by; b++) sum += (uint64_t)wsi_synthetic_block(&spec, b % bx, b / bx, nuclei);
        assert_int_equal(sum, wsi_synthetic_count(&spec));
    }
}

static void test_nuclei_cross_seams(void **state)
{
    wsi_synthetic_spec spec = {.w = 5000, .h = 5000, .seed = 1};
    wsi_nucleus nuclei[WSI_SYNTHETIC_BLOCK_NUCLEI];
    int columns = 0, rows = 0, corners = 0;
    (void)state;
    for (int64_t b = 0; b < 19 * 19; b++) {
        const int n = wsi_synthetic_block(&spec, b % 19, b / 19, nuclei);
        for (int i = 0; i < n; i++) {
            const int64_t x = (nuclei[i].cx + nuclei[i].rx) / 256, y = (nuclei[i].cy + nuclei[i].ry) / 256;
            const int across = (nuclei[i].cx - nuclei[i].rx) / 256 != x,
                      down = (nuclei[i].cy - nuclei[i].ry) / 256 != y;
            columns += across;
            rows += down;
            corners += across && down;
        }
    }
    assert_true(columns > 300);
    assert_true(rows > 300);
    assert_true(corners > 250); /* one in every block that has nuclei */
}

static void test_tiling_does_not_matter(void **state)
{
    (void)state;
    const wsi_image a = read_all("synthetic:1500x1300,seed=9,levels=4", 0);
    const wsi_image b = read_all("synthetic:1500x1300,seed=9,tile=97", 0);
    const wsi_image c = read_all("synthetic:1500x1300,seed=9,tile=8192", 0);
    const wsi_image d = read_all("synthetic:1500x1300,seed=10", 0);
    assert_memory_equal(a.data, b.data, (size_t)(a.stride * a.h));
    assert_memory_equal(a.data, c.data, (size_t)(a.stride * a.h));
    assert_memory_not_equal(a.data, d.data, (size_t)(a.stride * a.h));
    for (int level = 1; level < 4; level++) {
        const wsi_image r = read_all("synthetic:1500x1300,seed=9,levels=4,tile=64", level);
        for (int64_t y = 0; y < r.h; y++) {
            for (int64_t x = 0; x < r.w; x++) {
                const uint8_t *full = (const uint8_t *)wsi_image_row(&a, y << level) + 3 * (x << level);
                assert_memory_equal((const uint8_t *)wsi_image_row(&r, y) + 3 * x, full, 3);
            }
        }
        wsi_free(r.data);
    }
    wsi_free(a.data);
    wsi_free(b.data);
    wsi_free(c.data);
    wsi_free(d.data);
}

static void test_largest(void **state)
{
    wsi_slide *slide = open_good("synthetic:2147483647x2147483647,levels=24");
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    (void)state;
    assert_int_equal(info->levels[0].tiles_x, 8388608);
    assert_int_equal(info->level_count, 24);
    const wsi_image corner = read_rect(slide, 0, (wsi_rect){2147483647 - 300, 2147483647 - 200, 300, 200});
    const wsi_image top = read_rect(slide, 23, (wsi_rect){0, 0, info->levels[23].w, 2});
    int dark = 0;
    for (int64_t i = 0; i < corner.w * corner.h; i++) dark += ((uint8_t *)corner.data)[3 * i] < 60;
    assert_int_equal(dark, 0);
    wsi_free(corner.data);
    wsi_free(top.data);
    wsi_slide_close(&slide);
    slide = open_good("synthetic:1x1");
    wsi_slide_close(&slide);
}

static void test_info(void **state)
{
    wsi_slide *slide = open_good("synthetic:4000x3000,seed=7,tile=512,mpp=0.5");
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    char want[32];
    wsi_synthetic_spec spec = {.w = 4000, .h = 3000, .seed = 7};
    (void)state;
    snprintf(want, sizeof want, "%llu", (unsigned long long)wsi_synthetic_count(&spec));
    assert_string_equal(info->properties[0].key, "synthetic.nuclei");
    assert_string_equal(info->properties[0].value, want);
    assert_string_equal(info->driver, "synthetic");
    assert_true(info->mpp_x == 0.5 && info->objective == 20);
    assert_int_equal(info->levels[0].tile_w, 512);
    assert_int_equal(strlen(info->fingerprint), 64);
    assert_int_equal(wsi_slide_probe("synthetic:4000x3000"), 1);
    assert_int_equal(wsi_slide_tile_span(slide, 0, 0, 0).size, 0);
    wsi_slide_close(&slide);
    wsi_slide_close(&slide); /* NULL is fine */
}

static void test_misuse(void **state)
{
    wsi_slide *slide = open_good("synthetic:600x600");
    uint8_t pixels[3 * 256] = {0};
    wsi_error err = {0};
    const wsi_image im = {pixels, 3 * 16, 16, 16, rgb}, grey = {pixels, 16, 256, 256, {WSI_U8, 1}};
    (void)state;
    assert_int_equal(wsi_slide_read_tile(slide, 0, 0, 0, NULL, 0, &im, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_tile(slide, 0, 0, 0, NULL, 0, &grey, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_tile(slide, 0, 3, 0, NULL, 0, &im, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_tile(slide, 0, 0, -1, NULL, 0, &im, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_tile(slide, 1, 0, 0, NULL, 0, &im, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_tile(NULL, 0, 0, 0, NULL, 0, &im, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_decode_rect(slide, 0, (wsi_rect){590, 0, 16, 16}, &im, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_decode_associated(slide, 0, &im, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_bytes(slide, 0, 4, pixels, &err), WSI_ERR_USAGE);
    assert_true(wsi_rect_empty(wsi_slide_tile_rect(slide, 0, 9, 9)));
    assert_null(wsi_slide_get_info(NULL));
    wsi_slide_close(&slide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_specs),
        cmocka_unit_test(test_nuclei_are_where_planned),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_nuclei_cross_seams),
        cmocka_unit_test(test_tiling_does_not_matter),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
