/* Slides that are images in the caller's memory: types, layouts, ownership, conversion to 8-bit RGB, and what is
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>
#include <wsiproc/wsiproc.h>

enum { W = 600, H = 530 }; /* more than one tile each way */

static wsi_slide *open_ok(const wsi_array *pixels, const wsi_memory_options *options)
{
    wsi_slide *slide = NULL;
    wsi_error err;
    if (wsi_slide_open_memory(pixels, options, &slide, &err) != WSI_OK) fail_msg("%s", err.message);
    return slide;
}

static void read_ok(wsi_slide *slide, wsi_rect at, const wsi_array *dst)
{
    wsi_error err;
    if (wsi_slide_read_region(slide, 0, at, dst, &err) != WSI_OK) fail_msg("%s", err.message);
}

static uint8_t *noise(size_t n)
{
    uint8_t *p = malloc(n);
    uint32_t x = 12345;
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (uint8_t)(x >> 24);
    }
    return p;
}

/* Every type and some numbers of channels come back as they were given. */
static void every_type(void **state)
{
    (void)state;
    static const int channels[] = {1, 2, 3, 4, 7};
    for (int type = WSI_U8; type < WSI_DTYPE_COUNT; type++) {
        const wsi_pixfmt fmt = {(wsi_dtype)type, channels[type % 5]};
        const size_t bytes = (size_t)W * H * wsi_dtype_size(fmt.type) * (size_t)fmt.channels;
        uint8_t *pixels = noise(bytes), *got = malloc(bytes);
        const wsi_array a = wsi_array_packed(pixels, fmt, W, H), to = wsi_array_packed(got, fmt, W, H);
        wsi_slide *slide = open_ok(&a, NULL);
        const wsi_slide_info *info = wsi_slide_get_info(slide);
        assert_int_equal(info->fmt.type, type);
        assert_int_equal(info->fmt.channels, fmt.channels);
        assert_string_equal(info->driver, "memory");
        assert_string_equal(info->path, "memory");
        assert_int_equal(info->photometric, fmt.channels == 1                        ? WSI_PHOTO_GRAY
                                            : fmt.channels == 3 || fmt.channels == 4 ? WSI_PHOTO_RGB
                                                                                     : WSI_PHOTO_CHANNELS);
        read_ok(slide, (wsi_rect){0, 0, W, H}, &to);
        assert_memory_equal(got, pixels, bytes);
        wsi_slide_close(&slide);
        free(got);
        free(pixels);
    }
}

/* The same image planar and upside down is the same slide: pixels and fingerprint. */
static void any_layout(void **state)
{
    (void)state;
    const wsi_pixfmt fmt = {WSI_U16, 3};
    const size_t n = (size_t)W * H * 3;
    uint16_t *packed = (uint16_t *)(void *)noise(2 * n), *planar = malloc(2 * n), *got = malloc(2 * n);
    for (size_t i = 0; i < (size_t)W * H; i++) {
        const size_t y = i / W, x = i % W;
        for (size_t c = 0; c < 3; c++) planar[c * W * H + (H - 1 - y) * W + x] = packed[3 * i + c];
    }
    const wsi_array a = wsi_array_packed(packed, fmt, W, H), to = wsi_array_packed(got, fmt, W, H);
    wsi_array b = wsi_array_packed(planar + (size_t)(H - 1) * W, fmt, W, H);
    b.strides[0] = -2 * W, b.strides[1] = 2, b.strides[2] = 2 * W * H;
    wsi_slide *one = open_ok(&a, NULL), *other = open_ok(&b, NULL);
    read_ok(other, (wsi_rect){0, 0, W, H}, &to);
    assert_memory_equal(got, packed, 2 * n);
    assert_string_equal(wsi_slide_get_info(one)->fingerprint, wsi_slide_get_info(other)->fingerprint);
    wsi_slide_close(&other);
    planar[n - 1] ^= 1;
    other = open_ok(&b, NULL);
    assert_string_not_equal(wsi_slide_get_info(one)->fingerprint, wsi_slide_get_info(other)->fingerprint);
    wsi_slide_close(&other);
    wsi_slide_close(&one);
    free(packed);
    free(planar);
    free(got);
}

static void note_release(void *user, void *data)
{
    void **seen = user;
    assert_null(seen[1]); /* once */
    assert_ptr_equal(data, seen[0]);
    seen[1] = data;
}

static void ownership(void **state)
{
    (void)state;
    uint8_t *pixels = noise(64 * 64), got[64 * 64], before[64 * 64];
    const wsi_array a = wsi_array_packed(pixels, (wsi_pixfmt){WSI_U8, 1}, 64, 64),
                    to = wsi_array_packed(got, (wsi_pixfmt){WSI_U8, 1}, 64, 64);
    void *seen[2] = {pixels, NULL};
    wsi_memory_options options = {.release = note_release, .release_user = seen, .name = "lent"};
    wsi_slide *slide = open_ok(&a, &options);
    assert_string_equal(wsi_slide_get_info(slide)->path, "lent");
    assert_null(seen[1]);
    wsi_slide_close(&slide);
    assert_ptr_equal(seen[1], pixels);
    /* A copy gives the caller's memory back at once and does not see what becomes of it. */
    seen[1] = NULL;
    options.copy = 1;
    slide = open_ok(&a, &options);
    assert_ptr_equal(seen[1], pixels);
    memcpy(before, pixels, sizeof before);
    memset(pixels, 0, sizeof before);
    read_ok(slide, (wsi_rect){0, 0, 64, 64}, &to);
    assert_memory_equal(got, before, sizeof before);
    wsi_slide_close(&slide);
    /* What fails takes nothing over. */
    seen[1] = NULL;
    const double wrong = 256;
    options.background = &wrong;
    for (options.copy = 0; options.copy < 2; options.copy++) {
        assert_int_equal(wsi_slide_open_memory(&a, &options, &slide, NULL), WSI_ERR_USAGE);
        assert_null(slide);
    }
    assert_null(seen[1]);
    free(pixels);
}

static void refused(void **state)
{
    (void)state;
    uint8_t pixels[16 * 16 * 3] = {0};
    const wsi_array good = wsi_array_packed(pixels, (wsi_pixfmt){WSI_U8, 3}, 16, 16);
    wsi_slide *slide = (wsi_slide *)&good;
    wsi_error err;
    assert_int_equal(wsi_slide_open_memory(&good, NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_slide_open_memory(NULL, NULL, &slide, &err), WSI_ERR_USAGE);
    assert_null(slide);
    wsi_array bad = good;
    bad.memory = WSI_MEMORY_CUDA;
    assert_int_equal(wsi_slide_open_memory(&bad, NULL, &slide, &err), WSI_ERR_USAGE);
    bad = good;
    bad.shape[1] = 0;
    assert_int_equal(wsi_slide_open_memory(&bad, NULL, &slide, &err), WSI_ERR_USAGE);
    bad = good;
    bad.shape[2] = WSI_CHANNELS_MAX + 1;
    bad.strides[2] = 0;
    assert_int_equal(wsi_slide_open_memory(&bad, NULL, &slide, &err), WSI_ERR_INPUT_UNSUPPORTED);
    bad = good;
    bad.shape[0] = (int64_t)1 << 31;
    bad.strides[0] = 0;
    assert_int_equal(wsi_slide_open_memory(&bad, NULL, &slide, &err), WSI_ERR_INPUT_UNSUPPORTED);
    const wsi_memory_options options[] = {{.mpp_x = -1}, {.mpp_y = 1.0 / 0.0}, {.objective = -2}, {.reserved = {1}}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_int_equal(wsi_slide_open_memory(&good, &options[i], &slide, &err), WSI_ERR_USAGE);
    assert_null(slide);
}

static void said_of_it(void **state)
{
    (void)state;
    uint8_t pixels[8 * 8 * 3] = {0}, got[3 * 2];
    const double background[3] = {1, 2, 3};
    const wsi_array a = wsi_array_packed(pixels, (wsi_pixfmt){WSI_U8, 3}, 8, 8),
                    to = wsi_array_packed(got, (wsi_pixfmt){WSI_U8, 3}, 2, 1);
    const wsi_memory_options options = {.mpp_y = 0.5, .objective = 20, .background = background};
    wsi_slide *slide = open_ok(&a, &options);
    assert_true(wsi_slide_get_info(slide)->mpp_x == 0.5 && wsi_slide_get_info(slide)->objective == 20);
    read_ok(slide, (wsi_rect){7, 0, 2, 1}, &to);
    assert_memory_equal(got, ((uint8_t[]){0, 0, 0, 1, 2, 3}), 6);
    wsi_slide_close(&slide);
}

/* NumPy's bool may hold any byte that is not 0. */
static void booleans(void **state)
{
    (void)state;
    uint8_t pixels[4] = {0, 1, 2, 255}, got[4], rgb[12];
    const wsi_array a = wsi_array_packed(pixels, (wsi_pixfmt){WSI_BOOL, 1}, 4, 1),
                    to = wsi_array_packed(got, (wsi_pixfmt){WSI_BOOL, 1}, 4, 1),
                    seen = wsi_array_packed(rgb, (wsi_pixfmt){WSI_U8, 3}, 4, 1);
    wsi_slide *slide = open_ok(&a, NULL);
    read_ok(slide, (wsi_rect){0, 0, 4, 1}, &to);
    assert_memory_equal(got, ((uint8_t[]){0, 1, 1, 1}), 4);
    read_ok(slide, (wsi_rect){0, 0, 4, 1}, &seen);
    assert_memory_equal(rgb, ((uint8_t[]){0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255}), 12);
    wsi_slide_close(&slide);
}

/* One pixel of a format, and one beyond the edge, as 8-bit RGB. */
static void expect_rgb(const void *pixel, wsi_pixfmt fmt, const uint8_t inside[3], const uint8_t outside[3])
{
    uint8_t got[6];
    const wsi_array a = wsi_array_packed((void *)(uintptr_t)pixel, fmt, 1, 1),
                    to = wsi_array_packed(got, (wsi_pixfmt){WSI_U8, 3}, 2, 1);
    wsi_slide *slide = open_ok(&a, NULL);
    read_ok(slide, (wsi_rect){0, 0, 2, 1}, &to);
    assert_memory_equal(got, inside, 3);
    assert_memory_equal(got + 3, outside, 3);
    wsi_slide_close(&slide);
}

static void to_rgb(void **state)
{
    (void)state;
    static const uint8_t white[3] = {255, 255, 255}, black[3] = {0, 0, 0};
    expect_rgb(&(uint8_t){77}, (wsi_pixfmt){WSI_U8, 1}, (uint8_t[]){77, 77, 77}, black);
    expect_rgb(&(uint16_t){0x1280}, (wsi_pixfmt){WSI_U16, 1}, (uint8_t[]){0x12, 0x12, 0x12}, black);
    expect_rgb((uint16_t[]){0x0100, 0x02ff, 0xffff}, (wsi_pixfmt){WSI_U16, 3}, (uint8_t[]){1, 2, 255}, white);
    expect_rgb((uint8_t[]){9, 8, 7, 0}, (wsi_pixfmt){WSI_U8, 4}, (uint8_t[]){9, 8, 7}, white);
    expect_rgb((float[]){0.5f, -1, 7}, (wsi_pixfmt){WSI_F32, 3}, (uint8_t[]){128, 0, 255}, black);
    uint8_t pixel[3] = {1, 2, 3}, got[3];
    const wsi_array a = wsi_array_packed(pixel, (wsi_pixfmt){WSI_U8, 3}, 1, 1);
    const wsi_array two = wsi_array_packed(pixel, (wsi_pixfmt){WSI_U8, 2}, 1, 1),
                    to = wsi_array_packed(got, (wsi_pixfmt){WSI_U8, 3}, 1, 1);
    const wsi_memory_options apart = {.channels_apart = 1};
    wsi_slide *slide = open_ok(&two, NULL);
    wsi_error err;
    assert_int_equal(wsi_slide_read_region(slide, 0, (wsi_rect){0, 0, 1, 1}, &to, &err), WSI_ERR_INPUT_UNSUPPORTED);
    wsi_slide_close(&slide);
    slide = open_ok(&a, &apart); /* three bytes a pixel are its own format all the same */
    assert_int_equal(wsi_slide_get_info(slide)->photometric, WSI_PHOTO_CHANNELS);
    read_ok(slide, (wsi_rect){0, 0, 1, 1}, &to);
    assert_memory_equal(got, pixel, 3);
    wsi_slide_close(&slide);
}

/* Runs a chain over the pixels into a file and returns what came of it. */
static wsi_job_outcome run_into(const wsi_array *pixels, const char *base)
{
    wsi_slide *slide = open_ok(pixels, NULL);
    wsi_job *job = NULL;
    wsi_error err;
    if (wsi_job_create(NULL, &job, &err) != WSI_OK || wsi_job_set_slide(job, slide, &err) != WSI_OK ||
        wsi_job_set(job, "chain", "gaussian:sigma=1", &err) != WSI_OK ||
        wsi_job_set(job, "output", base, &err) != WSI_OK || wsi_job_run(job, &err) != WSI_OK)
        fail_msg("%s", err.message);
    const wsi_job_outcome outcome = wsi_job_get_result(job)->outcome;
    wsi_job_destroy(&job);
    wsi_slide_close(&slide);
    return outcome;
}

/* Outputs of the same pixels are up to date, wherever those lie; one other sample makes them anew. */
static void known_again(void **state)
{
    (void)state;
    char folder[] = "/tmp/wsi-memory-XXXXXX", base[64], file[80];
    uint8_t *pixels = noise(200 * 100), *other = noise(200 * 100);
    const wsi_array a = wsi_array_packed(pixels, (wsi_pixfmt){WSI_U8, 1}, 200, 100),
                    b = wsi_array_packed(other, (wsi_pixfmt){WSI_U8, 1}, 200, 100);
    assert_non_null(mkdtemp(folder));
    snprintf(base, sizeof base, "%s/out", folder);
    snprintf(file, sizeof file, "%s.h5", base);
    assert_int_equal(run_into(&a, base), WSI_JOB_DONE);
    assert_int_equal(run_into(&b, base), WSI_JOB_SKIPPED);
    other[12345] ^= 1;
    assert_int_equal(run_into(&b, base), WSI_JOB_DONE);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(folder), 0);
    free(pixels);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type), cmocka_unit_test(any_layout),  cmocka_unit_test(ownership),
        cmocka_unit_test(refused),    cmocka_unit_test(said_of_it),  cmocka_unit_test(booleans),
        cmocka_unit_test(to_rgb),     cmocka_unit_test(known_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
