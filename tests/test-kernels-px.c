/* px/ headers compile in the common subset of C and C++ (this file is built with -Wc++-compat), and their scalar
 * functions hold what they promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "kernels/px/cast-px.h"
#include "kernels/px/gaussian-px.h"
#include "kernels/px/gray-px.h"
#include "kernels/px/invert-px.h"
#include "kernels/px/median-px.h"
#include "kernels/px/morphology-px.h"
#include "kernels/px/rescale-px.h"
#include "kernels/px/sobel-px.h"
#include "kernels/px/stain-px.h"

static void logarithm_is_within_two_units(void **state)
{
    (void)state;
    for (float x = 1e-6f; x < 1e6f; x *= 1.00037f) {
        const double want = log((double)x), unit = fmax(fabs(want), 1e-3) * 0x1p-23;
        assert_true(fabs((double)wsi_px_log(x) - want) <= 2 * unit);
    }
    assert_true(wsi_px_log(1.0f) == 0.0f);
}

static void exponential_is_within_two_units(void **state)
{
    (void)state;
    for (float x = -80.0f; x < 80.0f; x += 0.0173f) {
        const double want = exp((double)x);
        assert_true(fabs((double)wsi_px_exp(x) - want) <= 2 * want * 0x1p-23);
    }
    assert_true(wsi_px_exp(0.0f) == 1.0f);
}

static void rounding_is_half_to_even(void **state)
{
    (void)state;
    for (int i = -300; i < 300; i++) {
        const float v = (float)i * 0.25f;
        assert_true(wsi_px_rint_small(v) == nearbyintf(v));
        assert_true(wsi_px_rint_f32(v) == nearbyintf(v));
        assert_true(wsi_px_rint_f64((double)v) == nearbyint((double)v));
        assert_true((int32_t)(wsi_px_rint_bits(v) << 10) >> 10 == (int32_t)nearbyintf(v));
    }
    assert_true(wsi_px_rint_f32(1e9f) == 1e9f);
    assert_true(wsi_px_rint_f32(-5e6f - 0.5f) == nearbyintf(-5e6f - 0.5f));
}

static void casts_saturate(void **state)
{
    (void)state;
    assert_int_equal(wsi_px_f32_to_u8(2.0f), 255);
    assert_int_equal(wsi_px_f32_to_u8(-1.0f), 0);
    assert_int_equal(wsi_px_f32_to_u8(NAN), 0);
    assert_int_equal(wsi_px_f32_to_u8(INFINITY), 255);
    assert_int_equal(wsi_px_f32_to_u8(-INFINITY), 0);
    assert_int_equal(wsi_px_f32_to_i16(-3.0f), -32768);
    assert_int_equal(wsi_px_f32_to_i8(NAN), 0);
    assert_true(wsi_px_f32_to_u32(1.0f) == 4294967295u);
    assert_true(wsi_px_f32_to_i32(1.0f) == 2147483647);
    assert_true(wsi_px_f32_to_i32(-2.0f) == INT32_MIN);
    for (int v = 0; v < 256; v++) assert_int_equal(wsi_px_f32_to_u8(wsi_px_u8_to_f32((uint8_t)v)), v);
    for (int v = 0; v < 65536; v++) assert_int_equal(wsi_px_f32_to_u16(wsi_px_u16_to_f32((uint16_t)v)), v);
}

static void keys_keep_the_order(void **state)
{
    static const float rising[] = {-INFINITY, -3.5f, -1e-40f, 0.0f, 1e-40f, 2.0f, INFINITY};
    (void)state;
    for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++) {
        assert_true(wsi_px_unkey_f32(wsi_px_key_f32(rising[i])) == rising[i]);
        assert_true(wsi_px_unkey_f64(wsi_px_key_f64((double)rising[i])) == (double)rising[i]);
        if (i == 0) continue;
        assert_true(wsi_px_key_f32(rising[i - 1]) < wsi_px_key_f32(rising[i]));
        assert_true(wsi_px_key_f64((double)rising[i - 1]) < wsi_px_key_f64((double)rising[i]));
    }
    assert_true(wsi_px_key_f32(-0.0f) == wsi_px_key_f32(0.0f));
    assert_true(wsi_px_key_f32(NAN) > wsi_px_key_f32(INFINITY));
    assert_true(isnan(wsi_px_unkey_f32(wsi_px_key_f32(-NAN))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithm_is_within_two_units), cmocka_unit_test(exponential_is_within_two_units),
        cmocka_unit_test(rounding_is_half_to_even),      cmocka_unit_test(casts_saturate),
        cmocka_unit_test(keys_keep_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
