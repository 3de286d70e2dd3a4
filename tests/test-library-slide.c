/* Slides through the library: opening, looking, reading regions anywhere in any format and layout, and every call with
 * arguments that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <wsiproc/wsiproc.h>

enum { W = 700, H = 300 }; /* of the slide, which has tiles of 256 */

static const char *const path = "synthetic:700x300,seed=5,levels=2";
static const wsi_pixfmt rgb8 = {WSI_U8, 3};

static wsi_slide *open_slide(void)
{
    wsi_slide *slide = NULL;
    wsi_error err;
    if (wsi_slide_open(path, NULL, &slide, &err) != WSI_OK) fail_msg("%s", err.message);
    return slide;
}

static void read_ok(wsi_slide *slide, int level, wsi_rect at, const wsi_array *dst)
{
    wsi_error err;
    if (wsi_slide_read_region(slide, level, at, dst, &err) != WSI_OK) fail_msg("%s", err.message);
}

/* All of level 0, packed; freed by the caller. */
static uint8_t *read_whole(wsi_slide *slide)
{
    uint8_t *whole = malloc((size_t)3 * W * H);
    const wsi_array dst = wsi_array_packed(whole, rgb8, W, H);
    read_ok(slide, 0, (wsi_rect){0, 0, W, H}, &dst);
    return whole;
}

/* What pixel (x, y) of level 0 must be. */
static void expect_pixel(const uint8_t *whole, int64_t x, int64_t y, const uint8_t *got)
{
    static const uint8_t white[3] = {255, 255, 255};
    const int inside = x >= 0 && y >= 0 && x < W && y < H;
    assert_memory_equal(got, inside ? whole + 3 * (y * W + x) : white, 3);
}

static void open_refuses(void **state)
{
    (void)state;
    wsi_slide *slide = (wsi_slide *)&state;
    wsi_error err;
    assert_int_equal(wsi_slide_open(path, NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_open(NULL, NULL, &slide, &err), WSI_ERR_USAGE);
    assert_null(slide);
    assert_int_equal(wsi_slide_open("/nonexistent/x.svs", NULL, &slide, &err), WSI_ERR_INPUT_OPEN);
    assert_int_equal(err.code, WSI_ERR_INPUT_OPEN);
    assert_non_null(strstr(err.message, "/nonexistent/x.svs"));
    assert_int_equal(wsi_slide_open("synthetic:0x10", NULL, &slide, NULL), WSI_ERR_USAGE);
    wsi_slide_options options = {.mpp_override = -1};
    assert_int_equal(wsi_slide_open(path, &options, &slide, &err), WSI_ERR_USAGE);
    options = (wsi_slide_options){.reserved = {0, 1}};
    assert_int_equal(wsi_slide_open(path, &options, &slide, &err), WSI_ERR_USAGE);
    assert_null(slide);
    assert_int_equal(wsi_slide_probe(NULL), 0);
    assert_int_equal(wsi_slide_probe("/nonexistent/x.svs"), 0);
    assert_int_equal(wsi_slide_probe(path), 1);
}

static void closing_twice(void **state)
{
    (void)state;
    wsi_slide *slide = open_slide();
    wsi_slide_close(&slide);
    assert_null(slide);
    wsi_slide_close(&slide);
    wsi_slide_close(NULL);
}

static void looking(void **state)
{
    (void)state;
    wsi_slide *slide = open_slide();
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    assert_string_equal(info->path, path);
    assert_int_equal(info->level_count, 2);
    assert_int_equal(info->levels[0].w, W);
    assert_int_equal(info->levels[1].h, H / 2);
    assert_int_equal(strlen(info->fingerprint), 64);
    assert_string_equal(wsi_slide_property(slide, "synthetic.seed"), "5");
    assert_null(wsi_slide_property(slide, "no such key"));
    assert_null(wsi_slide_property(slide, NULL));
    assert_null(wsi_slide_property(NULL, "synthetic.seed"));
    assert_null(wsi_slide_get_info(NULL));
    assert_int_equal(wsi_slide_best_level(slide, 0.5), 0);
    assert_int_equal(wsi_slide_best_level(slide, 1.9), 0);
    assert_int_equal(wsi_slide_best_level(slide, 2), 1);
    assert_int_equal(wsi_slide_best_level(slide, 1000), 1);
    assert_int_equal(wsi_slide_best_level(NULL, 1), -1);
    wsi_slide_close(&slide);
}

static void log_line(void *user, wsi_log_level level, const char *text)
{
    (void)level;
    (void)text;
    ++*(int *)user;
}

static void options_are_taken(void **state)
{
    (void)state;
    int lines = 0;
    const wsi_log log = {log_line, &lines, WSI_LOG_DEBUG};
    const wsi_slide_options options = {.log = &log, .mpp_override = 0.5};
    wsi_slide *slide;
    assert_int_equal(wsi_slide_open(path, &options, &slide, NULL), WSI_OK);
    assert_true(wsi_slide_get_info(slide)->mpp_x == 0.5);
    assert_int_equal(lines, 1); /* the file's own is overridden */
    wsi_slide_close(&slide);
}

/* Regions inside, across edges, around the slide and beyond it. */
static void regions_anywhere(void **state)
{
    (void)state;
    static const wsi_rect regions[] = {
        {0, 0, 10, 10},       {250, 250, 20, 20}, {-5, -7, 30, 40}, {W - 3, H - 2, 20, 9}, {-10, -10, W + 20, H + 20},
        {-1, 100, 1, 1},      {W, 0, 5, 5},       {0, H, 5, 5},     {-500, -500, 20, 20},  {1 << 30, 10, 4, 4},
        {INT64_MIN, 0, 2, 2}, {10, -3, 300, 2}};
    wsi_slide *slide = open_slide();
    uint8_t *whole = read_whole(slide);
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) {
        const wsi_rect r = regions[i];
        uint8_t *got = malloc((size_t)(3 * r.w * r.h));
        const wsi_array dst = wsi_array_packed(got, rgb8, r.w, r.h);
        read_ok(slide, 0, r, &dst);
        for (int64_t y = 0; y < r.h; y++)
            for (int64_t x = 0; x < r.w; x++) expect_pixel(whole, r.x + x, r.y + y, got + 3 * (y * r.w + x));
        free(got);
    }
    free(whole);
    wsi_slide_close(&slide);
}

/* The same pixels into planar, upside-down, padded and transposed memory; bytes in between stay as they were. */
static void any_layout(void **state)
{
    (void)state;
    enum { w = 40, h = 30, ROOM = 4 * 64 * 64 };
    static const struct {
        int64_t offset, strides[3];
    } layouts[] = {
        {0, {w, 1, w * h}},                /* planar */
        {3 * w * (h - 1), {-3 * w, 3, 1}}, /* upside down */
        {5, {4 * 64, 4, 1}},               /* padded rows and pixels */
        {0, {3, 3 * h, 1}},                /* transposed */
        {3 * w * h - 1, {-3 * w, -3, -1}}, /* all backwards: BGR, mirrored */
    };
    const wsi_rect r = {W - 20, -10, w, h};
    wsi_slide *slide = open_slide();
    uint8_t *whole = read_whole(slide), *room = malloc(ROOM);
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        const int64_t *s = layouts[i].strides;
        wsi_array dst = wsi_array_packed(room + layouts[i].offset, rgb8, w, h);
        memcpy(dst.strides, s, sizeof dst.strides);
        memset(room, 0xA5, ROOM);
        read_ok(slide, 0, r, &dst);
        for (int64_t y = 0; y < h; y++) {
            for (int64_t x = 0; x < w; x++) {
                uint8_t pixel[3];
                for (int c = 0; c < 3; c++) pixel[c] = room[layouts[i].offset + y * s[0] + x * s[1] + c * s[2]];
                expect_pixel(whole, r.x + x, r.y + y, pixel);
            }
        }
        if (i == 2) {
            for (int64_t y = 0; y < h; y++) assert_int_equal(room[5 + y * s[0] + 3], 0xA5);
        }
        assert_int_equal(room[ROOM - 1], 0xA5);
    }
    free(room);
    free(whole);
    wsi_slide_close(&slide);
}

static void expect_refused(wsi_slide *slide, int level, wsi_rect at, const wsi_array *dst)
{
    wsi_error err = {WSI_OK, ""};
    assert_int_equal(wsi_slide_read_region(slide, level, at, dst, &err), WSI_ERR_USAGE);
    assert_int_equal(err.code, WSI_ERR_USAGE);
    assert_true(err.message[0] != '\0');
    assert_int_equal(wsi_slide_read_region(slide, level, at, dst, NULL), WSI_ERR_USAGE);
}

static void region_refuses(void **state)
{
    (void)state;
    uint8_t room[3 * 16 * 16];
    const wsi_array good = wsi_array_packed(room, rgb8, 16, 16);
    const wsi_rect at = {0, 0, 16, 16};
    wsi_slide *slide = open_slide();
    expect_refused(NULL, 0, at, &good);
    expect_refused(slide, -1, at, &good);
    expect_refused(slide, 2, at, &good);
    expect_refused(slide, 0, at, NULL);
    expect_refused(slide, 0, (wsi_rect){0, 0, 0, 16}, &good);
    expect_refused(slide, 0, (wsi_rect){0, 0, 16, -1}, &good);
    expect_refused(slide, 0, (wsi_rect){0, 0, 15, 16}, &good);
    expect_refused(slide, 0, (wsi_rect){0, 0, 16, 17}, &good);
    expect_refused(slide, 0, (wsi_rect){INT64_MAX - 3, 0, 16, 16}, &good);
    const wsi_array faults[] = {
        {.data = NULL,
         .memory = WSI_MEMORY_HOST,
         .type = WSI_U8,
         .ndim = 3,
         .shape = {16, 16, 3},
         .strides = {48, 3, 1}},
        {.data = room,
         .memory = WSI_MEMORY_CUDA,
         .type = WSI_U8,
         .ndim = 3,
         .shape = {16, 16, 3},
         .strides = {48, 3, 1}},
        {.data = room,
         .memory = (wsi_memory_kind)9,
         .type = WSI_U8,
         .ndim = 3,
         .shape = {16, 16, 3},
         .strides = {48, 3, 1}},
        {.data = room,
         .memory = WSI_MEMORY_HOST,
         .type = (wsi_dtype)77,
         .ndim = 3,
         .shape = {16, 16, 3},
         .strides = {48, 3, 1}},
        {.data = room,
         .memory = WSI_MEMORY_HOST,
         .type = WSI_U16,
         .ndim = 3,
         .shape = {16, 16, 3},
         .strides = {96, 6, 2}},
        {.data = room,
         .memory = WSI_MEMORY_HOST,
         .type = WSI_U8,
         .ndim = 3,
         .shape = {16, 16, 4},
         .strides = {64, 4, 1}},
        {.data = room, .memory = WSI_MEMORY_HOST, .type = WSI_U8, .ndim = 2, .shape = {16, 16}, .strides = {16, 1}},
        {.data = room, .memory = WSI_MEMORY_HOST, .type = WSI_U8, .ndim = 1, .shape = {16}, .strides = {1}},
        {.data = room,
         .memory = WSI_MEMORY_HOST,
         .type = WSI_U8,
         .ndim = 3,
         .shape = {16, 16, 3},
         .strides = {0, 3, 1}},
        {.data = room,
         .memory = WSI_MEMORY_HOST,
         .type = WSI_U8,
         .ndim = 3,
         .shape = {16, 16, 3},
         .strides = {48, 2, 1}},
        {.data = room,
         .memory = WSI_MEMORY_HOST,
         .type = WSI_U8,
         .ndim = 3,
         .shape = {16, 16, 3},
         .strides = {INT64_MAX, 3, 1}},
        {.data = room,
         .memory = WSI_MEMORY_HOST,
         .type = WSI_U8,
         .ndim = 3,
         .shape = {16, 16, 3},
         .strides = {INT64_MIN, 3, 1}},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) expect_refused(slide, 0, at, &faults[i]);
    wsi_slide_close(&slide);
}

static void descriptions(void **state)
{
    (void)state;
    uint16_t room[64];
    const wsi_array a = wsi_array_packed(room, (wsi_pixfmt){WSI_U16, 4}, 4, 4);
    assert_int_equal(wsi_array_bytes(&a), sizeof room);
    assert_int_equal(a.strides[0], 32);
    assert_int_equal(wsi_array_format(&a).channels, 4);
    wsi_array odd = a;
    odd.data = (char *)room + 1;
    assert_int_equal(wsi_array_check(&odd, NULL), WSI_ERR_USAGE);
    assert_int_equal(wsi_array_bytes(&odd), 0);
    odd = a;
    odd.strides[1] = 7;
    assert_int_equal(wsi_array_check(&odd, NULL), WSI_ERR_USAGE);
    assert_int_equal(wsi_array_check(NULL, NULL), WSI_ERR_USAGE);
    odd = a;
    odd.shape[0] = odd.shape[1] = odd.shape[2] = INT64_MAX;
    memset(odd.strides, 0, sizeof odd.strides);
    assert_int_equal(wsi_array_check(&odd, NULL), WSI_OK); /* one sample, very often */
    assert_int_equal(wsi_array_bytes(&odd), 0);
    assert_string_equal(wsi_dtype_typestr(WSI_BOOL), "|b1");
    assert_string_equal(wsi_dtype_typestr(WSI_F32), "<f4");
    assert_string_equal(wsi_dtype_typestr((wsi_dtype)-1), "");
    assert_int_equal(wsi_dtype_dlpack_code(WSI_U16), 1);
    assert_int_equal(wsi_dtype_dlpack_code(WSI_F64), 2);
    assert_int_equal(wsi_dtype_dlpack_code(WSI_DTYPE_COUNT), -1);
}

static void versions(void **state)
{
    (void)state;
    assert_string_equal(wsi_version(), WSI_VERSION_STRING);
    assert_int_equal(wsi_version_number(), WSI_VERSION_NUMBER);
    assert_true(WSI_VERSION_AT_LEAST(0, 1, 0) && !WSI_VERSION_AT_LEAST(WSI_VERSION_MAJOR + 1, 0, 0));
    for (int code = -1; code < 60; code++) assert_non_null(wsi_status_name((wsi_status)code));
    wsi_free(NULL);
}

/* A real slide's pictures, packed and planar. */
static void associated(void **state)
{
    (void)state;
    char real[512];
    const char *data = getenv("WSIPROC_TEST_DATA");
    wsi_slide *slide = open_slide(), *with = NULL;
    uint8_t one[3];
    const wsi_array tiny = wsi_array_packed(one, rgb8, 1, 1);
    assert_int_equal(wsi_slide_read_associated(slide, 0, &tiny, NULL), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_associated(slide, -1, &tiny, NULL), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_associated(NULL, 0, &tiny, NULL), WSI_ERR_USAGE);
    wsi_slide_close(&slide);
    snprintf(real, sizeof real, "%s/slides/CMU-1-Small-Region.svs", data ? data : "");
    if (wsi_slide_open(real, NULL, &with, NULL) != WSI_OK) skip();
    const wsi_slide_info *info = wsi_slide_get_info(with);
    assert_true(info->associated_count > 0);
    const int64_t w = info->associated[0].w, h = info->associated[0].h;
    uint8_t *packed = malloc((size_t)(3 * w * h)), *planar = malloc((size_t)(3 * w * h));
    const wsi_array a = wsi_array_packed(packed, rgb8, w, h);
    wsi_array b = wsi_array_packed(planar, rgb8, w, h);
    b.strides[0] = w, b.strides[1] = 1, b.strides[2] = w * h;
    assert_int_equal(wsi_slide_read_associated(with, 0, &tiny, NULL), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_associated(with, 0, NULL, NULL), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_read_associated(with, 0, &a, NULL), WSI_OK);
    assert_int_equal(wsi_slide_read_associated(with, 0, &b, NULL), WSI_OK);
    for (int64_t i = 0; i < w * h; i++)
        for (int c = 0; c < 3; c++) assert_int_equal(packed[3 * i + c], planar[c * w * h + i]);
    free(packed);
    free(planar);
    wsi_slide_close(&with);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_refuses),      cmocka_unit_test(closing_twice),    cmocka_unit_test(looking),
        cmocka_unit_test(options_are_taken), cmocka_unit_test(regions_anywhere), cmocka_unit_test(any_layout),
        cmocka_unit_test(region_refuses),    cmocka_unit_test(descriptions),     cmocka_unit_test(versions),
        cmocka_unit_test(associated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
