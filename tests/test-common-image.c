/* Rectangles, formats and error records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/error-private.h"
#include "common/image.h"
#include "common/nan.h"

static void rectangles(void **state)
{
    (void)state;
    const wsi_rect a = {0, 0, 10, 10}, b = {5, 6, 10, 10}, none = {3, 3, 0, 4};
    const wsi_rect both = wsi_rect_intersect(a, b), all = wsi_rect_union(a, b);
    assert_int_equal(both.x, 5);
    assert_int_equal(both.h, 4);
    assert_int_equal(all.w, 15);
    assert_int_equal(all.h, 16);
    assert_int_equal(wsi_rect_union(a, none).w, 10);
    assert_true(wsi_rect_empty(wsi_rect_intersect(a, (wsi_rect){10, 0, 5, 5})));
    assert_true(wsi_rect_contains(a, both));
    assert_false(wsi_rect_contains(a, b));
    assert_int_equal(wsi_rect_grow(a, 2, 3).h, 16);
}

static void formats(void **state)
{
    (void)state;
    for (int t = 0; t < WSI_DTYPE_COUNT; t++) {
        wsi_dtype back;
        assert_true(wsi_dtype_parse(wsi_dtype_name((wsi_dtype)t), &back));
        assert_int_equal(back, t);
        assert_true(wsi_dtype_size((wsi_dtype)t) > 0);
    }
    wsi_dtype back;
    assert_false(wsi_dtype_parse("float16", &back));
    size_t n;
    assert_false(wsi_mul_size(SIZE_MAX, 2, &n));
    assert_true(wsi_mul_size(3, 4, &n));
    assert_int_equal(n, 12);
}

static void copies_and_fills(void **state)
{
    (void)state;
    uint8_t a[6 * 4 * 3], b[6 * 4 * 3];
    const wsi_pixfmt rgb = {WSI_U8, 3};
    wsi_image whole = {a, 18, 6, 4, rgb}, other = {b, 18, 6, 4, rgb};
    memset(a, 0, sizeof a);
    memset(b, 7, sizeof b);
    const wsi_image to = wsi_image_crop(&whole, (wsi_rect){2, 1, 3, 2});
    const wsi_image from = wsi_image_crop(&other, (wsi_rect){0, 0, 3, 2});
    wsi_image_copy(&to, &from);
    int sum = 0;
    for (size_t i = 0; i < sizeof a; i++) sum += a[i];
    assert_int_equal(sum, 7 * 18);
    assert_int_equal(a[18 + 6], 7);
    const uint8_t pixel[3] = {1, 2, 3};
    wsi_image_fill(&to, pixel);
    assert_int_equal(a[2 * 18 + 4 * 3 + 2], 3);
    assert_int_equal(a[2 * 18 + 5 * 3], 0);
}

/* Neither payload nor sign is left, not even those of signalling NaN; what is none stays, and so does what is beside.
 */
static void nan_has_one_pattern(void **state)
{
    enum { W = 40, H = 3, MANY = W * H, BESIDE = 7 };
    static const uint32_t odd[] = {0xffc00000, 0x7fffffff, 0x7f800001, 0xff800001, 0x7fc01234};
    static const uint32_t kept[] = {0x80000000, 0x7f800000, 0xff800000, 0x00000001, 0x3f800000};
    uint32_t bits[MANY];
    uint64_t wide[2] = {UINT64_C(0xfff8000000000000), UINT64_C(0x8000000000000000)};
    float samples[MANY];
    double doubles[2];
    (void)state;
    for (int i = 0; i < MANY; i++) bits[i] = i % 3 ? kept[i % 5] : odd[i % 5];
    memcpy(samples, bits, sizeof samples);
    memcpy(doubles, wide, sizeof doubles);
    const wsi_image im = {samples, W * sizeof *samples, W - BESIDE, H, {WSI_F32, 1}};
    wsi_image_one_nan(&im);
    wsi_image_one_nan(&(wsi_image){doubles, sizeof doubles, 1, 1, {WSI_F64, 2}});
    for (int i = 0; i < MANY; i++) {
        uint32_t got;
        memcpy(&got, &samples[i], sizeof got);
        assert_int_equal(got, i % 3 == 0 && i % W < W - BESIDE ? 0x7fc00000 : bits[i]);
    }
    memcpy(wide, doubles, sizeof doubles);
    assert_int_equal(wide[0], UINT64_C(0x7ff8000000000000));
    assert_int_equal(wide[1], UINT64_C(0x8000000000000000));
}

static void errors_are_one_line(void **state)
{
    (void)state;
    wsi_error err = {WSI_OK, ""};
    assert_int_equal(wsi_error_set(&err, WSI_ERR_INPUT_CORRUPT, "bad\nthing %d", 3), WSI_ERR_INPUT_CORRUPT);
    assert_int_equal(wsi_error_prefix(&err, "%s: ", "slide.svs"), WSI_ERR_INPUT_CORRUPT);
    assert_string_equal(err.message, "slide.svs: bad?thing 3");
    char longer[3000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    wsi_error_prefix(&err, "%s", longer);
    assert_int_equal(strlen(err.message), WSI_ERROR_MESSAGE_MAX - 1);
    assert_non_null(strstr(err.message, "xslide.svs: bad?thing 3")); /* the cause is never cut */
    assert_int_equal(wsi_error_set(NULL, WSI_ERR_USAGE, "dropped"), WSI_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rectangles), cmocka_unit_test(formats),
                                       cmocka_unit_test(copies_and_fills), cmocka_unit_test(nan_has_one_pattern),
                                       cmocka_unit_test(errors_are_one_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
