/* Real slides of the test data: levels, scale, colours and associated images are what is known about them, and pixels
 * equal OpenSlide's own where it reads the same file well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <openslide.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "reader-maker.h"
#include "reader/reader.h"

static char data_path[1024];

static wsi_slide *open_slide(const char *name)
{
    wsi_error err = {0};
    wsi_slide *slide = NULL;
    snprintf(data_path, sizeof data_path, "%s/slides/%s", maker_data(), name);
    if (wsi_slide_open(data_path, NULL, &slide, &err) != WSI_OK) fail_msg("%s", err.message);
    return slide;
}

static wsi_image read_level(wsi_slide *slide, int level)
{
    wsi_error err = {0};
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    const wsi_level *l = &info->levels[level];
    const ptrdiff_t stride = (ptrdiff_t)((size_t)l->w * wsi_pixfmt_size(info->fmt));
    const wsi_image im = {wsi_calloc((size_t)l->h, (size_t)stride), stride, l->w, l->h, info->fmt};
    if (wsi_slide_decode_rect(slide, level, (wsi_rect){0, 0, l->w, l->h}, &im, &err) != WSI_OK)
        fail_msg("%s", err.message);
    return im;
}

/* Means as slides/README.md gives them. */
static void expect_mean(const wsi_image *im, const double want[3], double tolerance)
{
    for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int64_t i = 0; i < im->w * im->h; i++) sum += ((const uint8_t *)im->data)[3 * i + c];
        const double mean = sum / (double)(im->w * im->h);
        if (fabs(mean - want[c]) > tolerance)
            fail_msg("%s: channel %d has mean %g, expected %g", data_path, c, mean, want[c]);
    }
}

static void expect_like_openslide(const wsi_image *im, int level)
{
    openslide_t *o = openslide_open(data_path);
    uint32_t *argb = wsi_calloc((size_t)(im->w * im->h), 4);
    openslide_read_region(o, argb, 0, 0, level, im->w, im->h);
    assert_null(openslide_get_error(o));
    for (int64_t i = 0; i < im->w * im->h; i++) {
        const uint8_t *p = (const uint8_t *)im->data + 3 * i;
        const uint32_t v = 0xFF000000u | (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        if (argb[i] >> 24 == 255 && v != argb[i]) {
            fail_msg("%s level %d pixel %lld: %08x, OpenSlide says %08x", data_path, level, (long long)i, v, argb[i]);
        }
    }
    wsi_free(argb);
    openslide_close(o);
}

static void test_aperio_jpeg(void **state)
{
    wsi_slide *slide = open_slide("CMU-1-Small-Region.svs");
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    (void)state;
    assert_string_equal(info->driver, "tiff");
    assert_string_equal(info->vendor, "aperio");
    assert_int_equal(info->level_count, 1);
    assert_true(info->mpp_x == 0.499 && info->mpp_y == 0.499 && info->objective == 20);
    assert_int_equal(info->levels[0].raw, 1);
    const wsi_image im = read_level(slide, 0);
    expect_mean(&im, (const double[]){214.01, 194.81, 207.9}, 0.01);
    expect_like_openslide(&im, 0);
    wsi_free(im.data);
    static const char *const names[] = {"thumbnail", "label", "macro"};
    static const double means[3][3] = {{213.85, 194.6, 207.67}, {145.74, 104.17, 57.55}, {177.9, 180.66, 178.59}};
    assert_int_equal(info->associated_count, 3);
    for (int i = 0; i < 3; i++) {
        const wsi_associated *a = &info->associated[i];
        const wsi_image picture = {wsi_calloc((size_t)a->h, 3 * (size_t)a->w), 3 * a->w, a->w, a->h, {WSI_U8, 3}};
        assert_string_equal(a->name, names[i]);
        assert_int_equal(wsi_slide_decode_associated(slide, i, &picture, NULL), WSI_OK);
        expect_mean(&picture, means[i], 0.01);
        wsi_free(picture.data);
    }
    wsi_slide_close(&slide);
}

static void test_aperio_jpeg2000(void **state)
{
    wsi_slide *slide = open_slide("tcga-cr-7395-01a-01-ts1.svs");
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    (void)state;
    assert_int_equal(info->level_count, 2);
    assert_string_equal(info->levels[1].compression, "jpeg2000");
    assert_true(info->mpp_x == 0 && info->icc_size > 0);
    const wsi_image im = read_level(slide, 1);
    expect_mean(&im, (const double[]){217.52, 158.24, 188.21}, 0.2);
    expect_like_openslide(&im, 1);
    wsi_free(im.data);
    wsi_slide_close(&slide);
}

/* Whole JFIF tiles under a wrong RGB tag: tissue is purple, not green. */
static void test_jfif_under_wrong_tag(void **state)
{
    static const double means[2][3] = {{144.37, 123.64, 179.70}, {180.68, 187.93, 200.18}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        wsi_slide *slide = open_slide(i ? "OS-2-ndpi.ome.tif" : "OS-1-detail.ome.tif");
        const wsi_slide_info *info = wsi_slide_get_info(slide);
        assert_string_equal(info->vendor, "ome");
        assert_true(fabs(info->mpp_x - 0.2270972430394695) < 1e-12);
        const wsi_image im = read_level(slide, 0);
        expect_mean(&im, means[i], 0.01);
        wsi_free(im.data);
        wsi_slide_close(&slide);
    }
}

/* Levels narrower than their tile, where OpenSlide 3.4.1 fails. */
static void test_small_levels(void **state)
{
    wsi_slide *slide = open_slide("yb10kx5k.zstd.tiff");
    (void)state;
    assert_int_equal(wsi_slide_get_info(slide)->level_count, 5);
    wsi_image im = read_level(slide, 4);
    expect_mean(&im, (const double[]){51.08, 51.08, 203.92}, 0.01);
    wsi_free(im.data);
    wsi_slide_close(&slide);
    slide = open_slide("boxes.tiff");
    im = read_level(slide, 3);
    expect_mean(&im, (const double[]){157.04, 161.56, 190.18}, 0.01);
    wsi_free(im.data);
    wsi_slide_close(&slide);
}

static void test_channels(void **state)
{
    wsi_slide *slide = open_slide("multi-channel-pyramid.ome.tif");
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    (void)state;
    assert_int_equal(info->fmt.channels, 3);
    assert_int_equal(info->level_count, 8);
    assert_int_equal(info->levels[7].w, 3);
    wsi_image im = read_level(slide, 0);
    expect_mean(&im, (const double[]){56.65, 56.66, 56.67}, 0.01);
    wsi_free(im.data);
    wsi_slide_close(&slide);
    slide = open_slide("multi-channel-z-series.ome.tif");
    info = wsi_slide_get_info(slide);
    assert_int_equal(info->fmt.channels, 3);
    assert_int_equal(info->fmt.type, WSI_I8);
    im = read_level(slide, 0);
    wsi_free(im.data);
    wsi_slide_close(&slide);
}

static void test_openslide_formats(void **state)
{
    wsi_slide *slide = open_slide("test3-DAPI-2-(387).ndpi");
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    (void)state;
    assert_string_equal(info->driver, "openslide");
    assert_string_equal(info->vendor, "hamamatsu");
    assert_true(info->objective == 40 && fabs(info->mpp_x - 0.2281750559028887) < 1e-12);
    for (int level = 1; level < info->level_count; level += 2) {
        const wsi_image im = read_level(slide, level);
        expect_like_openslide(&im, level);
        wsi_free(im.data);
    }
    assert_int_equal(info->associated_count, 1);
    const wsi_associated *a = &info->associated[0];
    const wsi_image macro = {wsi_calloc((size_t)a->h, 3 * (size_t)a->w), 3 * a->w, a->w, a->h, {WSI_U8, 3}};
    assert_int_equal(wsi_slide_decode_associated(slide, 0, &macro, NULL), WSI_OK);
    expect_mean(&macro, (const double[]){141, 141, 141}, 0.01);
    wsi_free(macro.data);
    wsi_slide_close(&slide);
}

/* An error sticks to an OpenSlide handle; here it costs the tile alone. */
static void test_openslide_recovers(void **state)
{
    size_t size;
    wsi_error err = {0};
    wsi_slide *slide = NULL;
    uint8_t *pixels = wsi_calloc(1024 * 1024, 3);
    (void)state;
    snprintf(data_path, sizeof data_path, "%s/slides/test3-DAPI-2-(387).ndpi", maker_data());
    unsigned char *bytes = maker_load(data_path, &size);
    memset(bytes + 1000000, 0, 60000); /* inside level 0's second row of tiles and a bit */
    maker_write(maker_path(0), bytes, size);
    wsi_free(bytes);
    if (wsi_slide_open(maker_path(0), NULL, &slide, &err) != WSI_OK) fail_msg("%s", err.message);
    int good = 0, bad = 0;
    for (int64_t ty = 0; ty < 4; ty++) {
        const wsi_image dst = {pixels, 3 * 1024, 1024, 1024, {WSI_U8, 3}};
        if (wsi_slide_read_tile(slide, 0, 0, ty, NULL, 0, &dst, &err) == WSI_OK) {
            good++;
        } else {
            char text[64];
            snprintf(text, sizeof text, ": level 0 tile (0,%d): openslide: ", (int)ty);
            assert_non_null(strstr(err.message, text));
            assert_int_equal(err.code, WSI_ERR_INPUT_CORRUPT);
            bad++;
        }
    }
    assert_true(good >= 2 && bad >= 1);
    wsi_slide_close(&slide);
    wsi_free(pixels);
    unlink(maker_path(0));
}

static void test_probe(void **state)
{
    static const struct {
        const char *name;
        int want;
    } files[] = {{"CMU-1-Small-Region.svs", 1},
                 {"test3-DAPI-2-(387).ndpi", 1},
                 {"kather1.tif", 1},
                 {"ihc.png", 0},
                 {"retina.jpg", 0},
                 {"README.md", 0},
                 {"j2k/rgb_mct.j2k", 0},
                 {"j2k", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(data_path, sizeof data_path, "%s/slides/%s", maker_data(), files[i].name);
        assert_int_equal(wsi_slide_probe(data_path), files[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aperio_jpeg),        cmocka_unit_test(test_aperio_jpeg2000),
        cmocka_unit_test(test_small_levels),       cmocka_unit_test(test_jfif_under_wrong_tag),
        cmocka_unit_test(test_channels),           cmocka_unit_test(test_openslide_formats),
        cmocka_unit_test(test_openslide_recovers), cmocka_unit_test(test_probe),
    };
    if (!maker_data()) {
        printf("skipped: no test data\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
